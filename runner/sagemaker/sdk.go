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
	maker     maker
	input     sagemakerruntime.InvokeEndpointInput // its Body, and what else differs, is set for each request
	forms     []form
	form      int            // of input
	buf       []byte         // answers are read into it, and dropped
	keepOK    int            // bytes to keep of the body of a success
	in        int64          // bytes of the answer in hand
	err       error          // of the last request
	head      *http.Response // of its answer; nil: there was none
	kept      []byte         // the start of its body
	stream    *stream        // nil: answers come as a whole
	body      *eventBody     // of the stream in hand
}

func newSDKInvoker(cfg *Config, transport *http.Transport, user int) *sdkInvoker {
	inv := &sdkInvoker{
		cfg:       cfg,
		transport: transport,
		deadline:  deadline{after: cfg.Timeout},
		maker:     maker{cfg: cfg, user: user},
		forms:     cfg.forms(),
		keepOK:    cfg.looksInto(),
		stream:    newStream(cfg),
	}
	inv.client = runtimeClient(cfg, inv)
	return inv
}

// Invoke sends request n and reads the whole answer.
func (inv *sdkInvoker) Invoke(ctx context.Context, n uint64, r *runner.Result) {
	r.Reset()
	inv.in, inv.head, inv.kept = 0, nil, inv.kept[:0]
	began := time.Now()
	if inv.err = inv.make(n); inv.err != nil {
		r.Failure = payloadFailure(inv.err)
		return
	}
	before := time.Duration(0)
	if inv.cfg.Payload.made() {
		before = time.Since(began)
	}

	limited := inv.deadline.start(ctx)
	trace, sent := inv.deadline.trace, time.Now()
	trace.begin(sent)
	inv.err = inv.send(limited, sent, r)
	late := inv.deadline.stop()

	trace.fill(r)
	r.Before, r.BytesIn = before, inv.in
	if inv.body != nil {
		inv.stream.fill()
	}
	if trace.connected() {
		r.BytesOut = int64(len(inv.input.Body))
	}
	switch {
	case inv.err == nil:
		if inv.cfg.looks() {
			inv.cfg.look(r, inv.head.StatusCode, inv.input.Body, inv.answer())
		}
	case late && ctx.Err() == nil && errors.Is(inv.err, context.Canceled) && !noCredentials(inv.err):
		r.Failure = lateFailure(trace.connected())
	default:
		r.Failure = Classify(inv.err)
	}
}

// send sends the request in hand and reads the answer.
func (inv *sdkInvoker) send(ctx context.Context, sent time.Time, r *runner.Result) error {
	if inv.stream != nil {
		return inv.streamed(ctx, sent, r)
	}
	_, err := inv.client.InvokeEndpoint(ctx, &inv.input)
	return err
}

// make makes request n.
func (inv *sdkInvoker) make(n uint64) (err error) {
	i := inv.cfg.pick(n)
	if f := inv.cfg.formOf(n, i); inv.input.EndpointName == nil || inv.form != f {
		inv.input, inv.form = inputOf(inv.cfg, inv.forms[f]), f
	}
	inv.input.Body, err = inv.maker.body(n, i)
	return err
}

// Close closes the connection.
func (inv *sdkInvoker) Close() error {
	inv.deadline.close()
	inv.transport.CloseIdleConnections()
	return nil
}

// Do is the SDK's HTTP client. It calls the transport without http.Client around it, which would follow redirects: a second request.
// The body of a success is read and dropped here, where the SDK would keep all of it in memory; only of a stream it reads the events.
func (inv *sdkInvoker) Do(req *http.Request) (*http.Response, error) {
	// With GetBody the transport moves on to a new connection when the server has just closed the idle one, as long as nothing was
	// written; without, an idle time-out of the server would look like a failure of the endpoint.
	req.GetBody = inv.again
	if inv.stream != nil {
		// The SDK closes the request's body once this returns. The transport, which may not have seen yet that it is at its end, would
		// take that for an error and close the connection, with the stream on it.
		req.Body, _ = inv.again()
	}
	res, err := inv.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	inv.head = res
	if inv.stream != nil && !failed(res) {
		inv.watch(res)
		return res, nil
	}
	err = inv.drain(res)
	res.Body.Close()
	if err != nil {
		return nil, &bodyError{status: res.StatusCode, err: err}
	}
	res.Body = http.NoBody
	if failed(res) {
		res.Body = io.NopCloser(bytes.NewReader(inv.kept))
	}
	return res, nil
}

func (inv *sdkInvoker) again() (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(inv.input.Body)), nil
}

// drain reads the whole body, counts it, and keeps the begin of a failure's, or of one that is looked into.
func (inv *sdkInvoker) drain(res *http.Response) error {
	if inv.buf == nil {
		inv.buf = make([]byte, readBuffer)
	}
	room := inv.keepOK
	if failed(res) {
		room = errorBody
	}
	for {
		n, err := res.Body.Read(inv.buf)
		inv.in += int64(n)
		if left := room - len(inv.kept); left > 0 {
			inv.kept = append(inv.kept, inv.buf[:min(n, left)]...)
		}
		switch {
		case inv.in > inv.cfg.maxBody:
			return http1.ErrTooLong
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func failed(res *http.Response) bool { return res.StatusCode < 200 || res.StatusCode > 299 }

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
