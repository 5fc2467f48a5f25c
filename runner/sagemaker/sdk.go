package sagemaker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"

	"sagetop/runner"
	"sagetop/runner/http1"
)

const (
	readBuffer = 32 << 10
	errorBody  = 64 << 10 // what is kept of a failure's body, to find its code and message in
)

// sdkInvoker sends InvokeEndpoint by way of the SDK's client.
type sdkInvoker struct {
	cfg       *Config
	client    *sagemakerruntime.Client
	transport *http.Transport
	deadline  deadline
	input     sagemakerruntime.InvokeEndpointInput // its Body is set for each request
	buf       []byte                               // answers are read into it, and dropped
	keepOK    bool                                 // keep the start of a success's body, too
	in        int64                                // bytes of the answer in hand
	err       error                                // of the last request
	head      *http.Response                       // of its answer; nil: there was none
	kept      []byte                               // the start of its body
}

func newSDKInvoker(cfg *Config, transport *http.Transport) *sdkInvoker {
	inv := &sdkInvoker{
		cfg:       cfg,
		transport: transport,
		deadline:  deadline{after: cfg.Timeout},
		input:     inputOf(cfg),
	}
	inv.client = runtimeClient(cfg, inv)
	return inv
}

// Invoke sends request n and reads the whole answer.
func (inv *sdkInvoker) Invoke(ctx context.Context, n uint64, r *runner.Result) {
	r.Reset()
	inv.in, inv.head, inv.kept = 0, nil, nil
	inv.input.Body = inv.cfg.Payload.bodies[inv.cfg.pick(n)]

	limited := inv.deadline.start(ctx)
	trace := inv.deadline.trace
	trace.begin(time.Now())
	_, inv.err = inv.client.InvokeEndpoint(limited, &inv.input)
	late := inv.deadline.stop()

	trace.fill(r)
	r.BytesIn = inv.in
	if trace.connected() {
		r.BytesOut = int64(len(inv.input.Body))
	}
	switch {
	case inv.err == nil:
	case late && ctx.Err() == nil && errors.Is(inv.err, context.Canceled) && !noCredentials(inv.err):
		r.Failure = lateFailure(trace.connected())
	default:
		r.Failure = Classify(inv.err)
	}
}

// Close closes the connection.
func (inv *sdkInvoker) Close() error {
	inv.deadline.close()
	inv.transport.CloseIdleConnections()
	return nil
}

// Do is the SDK's HTTP client. It calls the transport without http.Client around it, which would follow redirects: a second request.
// The body of a success is read and dropped here, where the SDK would keep all of it in memory.
func (inv *sdkInvoker) Do(req *http.Request) (*http.Response, error) {
	// With GetBody the transport moves on to a new connection when the server has just closed the idle one, as long as nothing was
	// written; without, an idle time-out of the server would look like a failure of the endpoint.
	req.GetBody = inv.again
	res, err := inv.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	inv.head = res
	inv.kept, err = inv.drain(res)
	res.Body.Close()
	if err != nil {
		return nil, &bodyError{status: res.StatusCode, err: err}
	}
	res.Body = http.NoBody
	if len(inv.kept) > 0 {
		res.Body = io.NopCloser(bytes.NewReader(inv.kept))
	}
	return res, nil
}

func (inv *sdkInvoker) again() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(inv.input.Body)), nil
}

// drain reads the whole body, counts it, and keeps the start of a failure's.
func (inv *sdkInvoker) drain(res *http.Response) (kept []byte, err error) {
	if inv.buf == nil {
		inv.buf = make([]byte, readBuffer)
	}
	keep := inv.keepOK || res.StatusCode < 200 || res.StatusCode > 299
	for {
		n, err := res.Body.Read(inv.buf)
		inv.in += int64(n)
		if room := errorBody - len(kept); keep && room > 0 {
			kept = append(kept, inv.buf[:min(n, room)]...)
		}
		switch {
		case inv.in > inv.cfg.maxBody:
			return nil, http1.ErrTooLong
		case errors.Is(err, io.EOF):
			return kept, nil
		case err != nil:
			return nil, err
		}
	}
}

// typedCredentials marks errors of the provider, which the SDK wraps without a type, and refuses what cannot be sent.
type typedCredentials struct{ aws.CredentialsProvider }

// errUnfit is about credentials with the end of a line in them, as of a file that was read whole: it would end a header before its time.
var errUnfit = errors.New("they do not fit into a header")

// Retrieve asks the provider within.
func (c typedCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	creds, err := c.CredentialsProvider.Retrieve(ctx)
	if err == nil && strings.ContainsFunc(creds.AccessKeyID+creds.SessionToken, unicode.IsControl) {
		err = errUnfit
	}
	if err != nil {
		return aws.Credentials{}, &credentialsError{err}
	}
	return creds, nil
}
