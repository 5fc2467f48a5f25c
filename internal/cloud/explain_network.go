package cloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// explainNetwork explains a call that got no answer.
func (p place) explainNetwork(err error) *Problem {
	if text, ok := tlsTrouble(err, p.where(err)); ok {
		return problem(ErrTLS, err, "%s", text)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == proxyConnect {
		return problem(ErrUnreachable, err, "no connection to the proxy%s: %s\n%s", addressOf(op.Err), whyNot(op.Err), checkProxy)
	}
	if refused, ok := errors.AsType[proxyRefusal](err); ok {
		return problem(ErrUnreachable, err, "%s not reached: %v\n%s", p.where(err), refused, checkProxy)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return p.noName(dns, err)
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return problem(ErrUnreachable, err, "connection refused by %s\n%s", p.where(err), p.whatToStart())
	case isTimeout(err):
		silent := p.noAnswer(err)
		silent.Late = true
		return silent
	case isBroken(err):
		return problem(ErrUnreachable, err, "%s broke the connection without an answer\ncheck --endpoint-url, the proxy (HTTPS_PROXY) and firewalls on the way", p.where(err))
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return problem(ErrUnreachable, err, "no connection to %s: %v\ncheck the network and the proxy (HTTPS_PROXY)", p.where(err), errors.Unwrap(op))
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return problem(ErrUnreachable, err, "no answer from %s\ncheck the network and the proxy (HTTPS_PROXY)", p.where(err))
	}
	return nil
}

// tlsTrouble says what is wrong with the handshake with host, if it was that. net/http and crypto/tls have types for only some of it.
func tlsTrouble(err error, host string) (text string, ok bool) {
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Sprintf("the certificate of %s does not verify: %s\nif a proxy signs here, set AWS_CA_BUNDLE to the file of its CA; if not, this is not AWS",
			host, oneLine(bad.Err.Error())), true
	}
	switch sdk := err.Error(); {
	case contains(sdk, "server gave HTTP response to HTTPS client", "first record does not look like a TLS handshake"):
		return host + " speaks plain HTTP, not TLS\nwrite http:// in --endpoint-url, or check the proxy (HTTPS_PROXY)", true
	case strings.Contains(sdk, "tls: "):
		return "no TLS connection with " + host + "\ncheck --endpoint-url, the proxy (HTTPS_PROXY) and AWS_CA_BUNDLE", true
	}
	return "", false
}

const checkProxy = "check HTTPS_PROXY and HTTP_PROXY, with http://user:password@host:port where the proxy wants that; NO_PROXY names what is reached without it"

// proxyConnect is what net/http names the operation of a connection that fails before there is one to the proxy.
const proxyConnect = "proxyconnect"

// addressOf what was dialled, after a space; empty where its name has no address.
func addressOf(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil {
		return " " + op.Addr.String()
	}
	return ""
}

// whyNot says in a few words why there was no connection.
func whyNot(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "no such host " + dns.Name
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok && !isTimeout(err) {
		return errno.Error()
	}
	return "no answer in time"
}

func (p place) noName(dns *net.DNSError, err error) *Problem {
	if p.url != "" {
		return problem(ErrUnreachable, err, "no such host %s\ncheck --endpoint-url %s", dns.Name, p.url)
	}
	return problem(ErrUnreachable, err, "no such host %s\nis the region %s spelled right (--region), and has this machine DNS and a network?", dns.Name, p.region)
}

func (p place) whatToStart() string {
	if p.url != "" {
		return "nothing listens at --endpoint-url " + p.url + ": is it started, and the port right?"
	}
	return "check the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL"
}

// noAnswer is a silent network: without a route or a VPC endpoint, packets are dropped rather than refused.
func (p place) noAnswer(err error) *Problem {
	service, after := serviceOf(err), p.dial
	if after == 0 {
		after = defaultDial
	}
	what := "unreachable after " + after.Round(time.Millisecond).String()
	if op, ok := errors.AsType[*net.OpError](err); !ok || op.Op != "dial" {
		what = "gives no answer"
	}
	switch {
	case p.url != "":
		return problem(ErrUnreachable, err, "%s %s\ncheck --endpoint-url and what listens there", p.where(err), what)
	case service == "" || p.region == "":
		return problem(ErrUnreachable, err, "%s %s\ncheck the network, the proxy (HTTPS_PROXY) and the region", p.where(err), what)
	}
	hint := "check the network and HTTPS_PROXY"
	if name := VPCEndpoint(p.region, service); name != "" {
		hint += "; in a VPC without internet add the endpoint " + name
	}
	return problem(ErrUnreachable, err, "%s in %s %s (%s): no route, or no VPC endpoint for it\n%s", servicePrefix(service), p.region, what, p.where(err), hint)
}

// where is the host that was called.
func (p place) where(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		if parsed, perr := url.Parse(u.URL); perr == nil && parsed.Host != "" {
			return parsed.Host
		}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil {
		return op.Addr.String()
	}
	if u, err := url.Parse(p.url); err == nil && u.Host != "" {
		return u.Host
	}
	if service := serviceOf(err); service != "" {
		return servicePrefix(service) + p.inRegion()
	}
	return "AWS"
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

func isBroken(err error) bool {
	// The last two: net/http saw the connection end before the request was on it, or closed its own side for that while it wrote.
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		strings.Contains(err.Error(), "server closed idle connection") || errors.Is(err, net.ErrClosed)
}
