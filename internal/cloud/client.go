package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// httpClient is the SDK's, with proxies from the environment and AWS_CA_BUNDLE, and short limits.
func httpClient(opts Options) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = opts.DialTimeout }).
		WithTransportOptions(func(tr *http.Transport) {
			tr.TLSHandshakeTimeout = tlsTimeout
			tr.ResponseHeaderTimeout = opts.AnswerTimeout
			tr.OnProxyConnectResponse = refuseProxy
		})
}

// proxyRefusal is the status that a proxy refused to connect us with.
type proxyRefusal int

func (r proxyRefusal) Error() string {
	return fmt.Sprintf("the proxy refused the connection (%d %s)", int(r), http.StatusText(int(r)))
}

// refuseProxy keeps the status, of which net/http would keep the words alone.
func refuseProxy(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode != http.StatusOK {
		return proxyRefusal(res.StatusCode)
	}
	return nil
}

// A person or a poller with its own back-off waits for the answer.
const (
	attempts     = 3
	maxBackoff   = time.Second
	briefBackoff = 200 * time.Millisecond
)

// newRetryer retries what may well pass (throttling, 5xx, a broken connection), but not a service that cannot be reached or trusted:
// three times the time-out tells nobody more than one.
func (o Options) newRetryer() aws.Retryer {
	return retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts, s.MaxBackoff = attempts, maxBackoff
		if o.Brief {
			s.MaxAttempts, s.MaxBackoff = 2, briefBackoff
		}
		s.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(unreachable)}, s.Retryables...)
	})
}

func unreachable(err error) aws.Ternary {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == proxyConnect) {
		return aws.FalseTernary
	}
	if _, ok := errors.AsType[proxyRefusal](err); ok {
		return aws.FalseTernary
	}
	if _, ok := tlsTrouble(err, ""); ok {
		return aws.FalseTernary
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}
