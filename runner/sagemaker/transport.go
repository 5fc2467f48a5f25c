package sagemaker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"sagetop/runner"
	"sagetop/runner/http1"
)

// Messages of failures without an answer. They are ours, so that equal failures have equal words on every system.
const (
	msgLate        = "no whole answer in time"
	msgConnectLate = "connect timed out"
	msgReset       = "the connection broke before an answer"
	msgTruncated   = "the connection broke inside the answer"
	msgNotHTTP     = "the answer is not HTTP/1.1 as it should be"
	msgTooLong     = "the answer is too long"
	msgNotEvents   = "the answer is not a stream of events as it should be"
)

// lateFailure is a request whose time was up. One that had no connection yet is a matter of the network, not of the endpoint.
func lateFailure(connected bool) runner.Failure {
	if !connected {
		return runner.Failure{Class: runner.Connect, Message: msgConnectLate}
	}
	return runner.Failure{Class: runner.Timeout, Message: msgLate}
}

func bodyFailure(err error) runner.Failure {
	switch {
	case isTimeout(err):
		return lateFailure(true)
	case errors.Is(err, http1.ErrTooLong):
		return runner.Failure{Class: runner.Other, Message: msgTooLong}
	case errors.Is(err, errEvents):
		return runner.Failure{Class: runner.Other, Message: msgNotEvents}
	}
	return runner.Failure{Class: runner.Truncated, Message: msgTruncated}
}

// transportFailure sorts what broke before an answer. TLS comes before connect and time-out, because its errors are also those.
func transportFailure(err error) runner.Failure {
	if message, ok := tlsMessage(err); ok {
		return runner.Failure{Class: runner.TLS, Message: message}
	}
	if message, ok := connectMessage(err); ok {
		return runner.Failure{Class: runner.Connect, Message: message}
	}
	switch {
	case isTimeout(err):
		return lateFailure(true)
	case isReset(err):
		return runner.Failure{Class: runner.Reset, Message: msgReset}
	}
	if sent, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		err = sent.Err // without the SDK's chain around it
	}
	return runner.Failure{Class: runner.Other, Message: oddAnswer(err)}
}

// oddAnswer says what is wrong with an answer that cannot be read.
func oddAnswer(err error) string {
	const broken = "net/http: HTTP/1.x transport connection broken: " // net/http has no type for it
	text := err.Error()
	switch {
	case errors.Is(err, http1.ErrTooLong), strings.Contains(text, "server response headers exceeded"):
		return msgTooLong
	case errors.Is(err, http1.ErrMalformed), strings.HasPrefix(text, broken), strings.HasPrefix(text, "malformed HTTP"): // the last is a proxy's
		return msgNotHTTP
	}
	return Normalize(text)
}

func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

func isReset(err error) bool {
	for _, target := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, net.ErrClosed} {
		if errors.Is(err, target) {
			return true
		}
	}
	// Unexported by net/http, and no error of its own is within.
	return strings.Contains(err.Error(), "server closed idle connection")
}

// tlsMessage says what is wrong with the handshake, if it was that.
func tlsMessage(err error) (string, bool) {
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return Normalize("certificate not accepted: " + bad.Err.Error()), true
	}
	if plain, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return Normalize("no TLS at the other end: " + plain.Msg), true
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok {
		return Normalize("the other end refused the handshake: " + alert.Error()), true
	}
	// net/http and crypto/tls have no type for these: a handshake that took too long, plain HTTP behind an https URL, an alert.
	text := err.Error()
	for _, mark := range []string{"TLS handshake timeout", "server gave HTTP response to HTTPS client", "remote error: tls: ", "tls: "} {
		if i := strings.Index(text, mark); i >= 0 {
			return Normalize(text[i:]), true
		}
	}
	return "", false
}

// connectMessage says why there was no connection, if there was none.
func connectMessage(err error) (string, bool) {
	if refused, ok := errors.AsType[*http1.ProxyError](err); ok {
		return fmt.Sprintf("the proxy refused the connection (%d %s)", refused.Status, http.StatusText(refused.Status)), true
	}
	op, ok := errors.AsType[*net.OpError](err)
	if ok && op.Op == http1.ProxyConnect {
		if why, ok := connectMessage(op.Err); ok {
			return fmt.Sprintf("no connection to the proxy%s: %s", addressOf(op.Err), why), true
		}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "no such host " + dns.Name, true
		}
		return Normalize("name of " + dns.Name + " not resolved: " + dns.Err), true
	}
	if !ok || op.Op != "dial" && op.Op != http1.ProxyConnect && op.Op != "socks connect" {
		return "", false
	}
	if isTimeout(op) {
		return msgConnectLate, true
	}
	if errno, ok := errors.AsType[syscall.Errno](op); ok {
		return errno.Error(), true // connection refused, no route to host, too many open files
	}
	return Normalize(op.Err.Error()), true
}

// addressOf what was dialled, after a space; empty where its name has no address.
func addressOf(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil {
		return " " + op.Addr.String()
	}
	return ""
}
