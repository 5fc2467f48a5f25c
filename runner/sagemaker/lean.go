package sagemaker

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"sagetop/runner"
	"sagetop/runner/http1"
)

// joined is the most bytes of a body that are copied behind the head, to leave in one piece with it.
const joined = 8 << 10

// lane is what the lean invokers of a Target share.
type lane struct {
	cfg     *Config
	signer  *signer // nil: requests are not signed
	dialer  *http1.Dialer
	decoder *decoder
	start   [][]byte // of heads, by form: what never changes
}

// newLane makes ready to send without the SDK. why says why that cannot be done, empty when it can.
func newLane(cfg *Config, tr *http.Transport, dialer *net.Dialer) (l *lane, why string) {
	if hasSteps(&cfg.AWS) {
		return nil, "the AWS configuration has steps of its own for each request"
	}
	shapes, err := newShapes(cfg)
	if err != nil {
		return nil, Normalize(err.Error())
	}
	l = &lane{cfg: cfg, decoder: newDecoder(), signer: newSigner(shapes, cfg.AWS.Credentials, len(cfg.Payload.bodies))}
	if why := l.pave(shapes, tr, dialer); why != "" {
		return nil, why
	}
	return l, ""
}

// pave makes l ready to send requests of these shapes. why says why that cannot be done, empty when it can.
func (l *lane) pave(shapes []*shape, tr *http.Transport, dialer *net.Dialer) (why string) {
	for _, s := range shapes {
		l.start = append(l.start, s.head())
	}
	l.dialer, why = newDialer(l.cfg, shapes[0], tr, dialer)
	return why
}

// hasSteps says whether there is anything that the SDK would do to, or with, each request at the wish of its configuration.
func hasSteps(c *aws.Config) bool {
	registry := reflect.ValueOf(c.Interceptors)
	for i := range registry.NumField() {
		f := registry.Field(i)
		if empty := f.Kind() == reflect.Slice && f.Len() == 0; !empty && !f.IsZero() { // config.LoadDefaultConfig leaves empty slices
			return true
		}
	}
	return len(c.APIOptions) > 0 || len(c.ServiceOptions) > 0
}

// newDialer goes where the transport would, past the same proxy and trusting the same certificates.
func newDialer(cfg *Config, s *shape, tr *http.Transport, dialer *net.Dialer) (d *http1.Dialer, why string) {
	if tr.DialTLSContext != nil || tr.GetProxyConnectHeader != nil || tr.ProxyConnectHeader != nil {
		return nil, "the HTTP client has a way of its own to connect"
	}
	u := s.url
	c := http1.Config{Host: u.Hostname(), Port: u.Port(), Net: *dialer, Timeout: cfg.ConnectTimeout}
	if tr.Proxy != nil {
		proxy, err := tr.Proxy(&http.Request{URL: u, Header: http.Header{}})
		switch {
		case err != nil:
			return nil, "the proxy's address is not one: " + Normalize(err.Error())
		case proxy != nil && (proxy.Scheme != "http" || u.Scheme != "https"):
			return nil, "of proxies it knows only http:// ones to an https:// endpoint, not " + proxy.Redacted() + " to " + u.Scheme + "://"
		}
		c.Proxy = proxy
	}
	switch u.Scheme {
	case "http":
		c.Port = withDefault(c.Port, "80")
	case "https":
		c.Port = withDefault(c.Port, "443")
		c.TLS = tlsConfig(tr.TLSClientConfig, u.Hostname())
	default:
		return nil, "of URLs it knows only http:// and https://, not " + u.Scheme + "://"
	}
	return http1.NewDialer(c), ""
}

func withDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// tlsConfig is the transport's, for one server, with sessions that are resumed.
func tlsConfig(base *tls.Config, server string) *tls.Config {
	c := new(tls.Config)
	if base != nil {
		c = base.Clone()
	}
	if c.ServerName == "" {
		c.ServerName = server
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	c.NextProtos = nil
	c.DynamicRecordSizingDisabled = true // a request in one record, not in packets for a reader that could begin early
	if c.ClientSessionCache == nil {
		c.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return c
}

// leanInvoker sends InvokeEndpoint on a connection of its own, as bytes that it made beforehand and makes anew only when the second
// or the payload is another one.
type leanInvoker struct {
	*lane
	conn *http1.Conn
	ctx  context.Context // that conn watches
	res  http1.Response
	err  error // of the last request: why there is no whole answer

	stream *stream // nil: answers come as a whole

	maker     maker
	request   []byte            // head, and the body if it is small
	body      []byte            // of request
	payload   int               // that body is
	sum       [sha256.Size]byte // of body, where that was made for the request
	stamp     *stamp            // of request; nil: body is another one's
	form      int               // of request
	signature [2 * sha256.Size]byte
	tool      *instrument // that signs bodies which are made; nil until the first
	key       []byte      // memory of the decoder's
}

func newLeanInvoker(l *lane, user int) *leanInvoker {
	inv := &leanInvoker{lane: l, maker: maker{cfg: l.cfg, user: user}, res: http1.Response{Keep: errorBody, Most: l.cfg.maxBody}}
	if inv.stream = newStream(l.cfg); inv.stream != nil {
		inv.res.Each = inv.stream.take
	} else {
		inv.res.KeepOK = l.cfg.looksInto()
	}
	return inv
}

// Invoke sends request n and reads the whole answer.
func (inv *leanInvoker) Invoke(ctx context.Context, n uint64, r *runner.Result) {
	r.Reset()
	inv.res.Reset()
	now := time.Now()
	i, made := inv.cfg.pick(n), inv.cfg.Payload.made()
	if made || inv.body == nil || inv.payload != i {
		if inv.err = inv.make(n, i); inv.err != nil {
			r.Failure = payloadFailure(inv.err)
			return
		}
	}
	if made {
		sent := time.Now()
		r.Before, now = sent.Sub(now), sent
	}
	if inv.stream != nil {
		inv.stream.begin(now, r)
	}
	due := now.Add(inv.cfg.Timeout)
	if inv.err = inv.prepare(ctx, n, i, now, due); inv.err != nil {
		r.Failure = Classify(inv.err)
		return
	}
	inv.err = inv.exchange(ctx, now, due, r)
	inv.settle(now, due, r)
	if inv.cfg.looks() && r.Failure.Class == runner.OK {
		inv.cfg.look(r, inv.res.Status, inv.body, inv.answer())
	}
}

// make makes the body of request n, which is payload i.
func (inv *leanInvoker) make(n uint64, i int) (err error) {
	inv.payload, inv.stamp = i, nil
	if inv.body, err = inv.maker.body(n, i); err == nil && inv.signer != nil && inv.cfg.Payload.made() {
		inv.sum = sha256.Sum256(inv.body)
	}
	return err
}

// settle says in r what came of a request.
func (inv *leanInvoker) settle(sent, due time.Time, r *runner.Result) {
	if inv.conn != nil {
		r.BytesOut = int64(len(inv.body))
	}
	r.BytesIn = inv.res.Bytes
	if !inv.res.First.IsZero() {
		r.FirstByte = inv.res.First.Sub(sent)
	}
	if inv.stream != nil && inv.res.OK() {
		inv.stream.fill()
	}
	if inv.err != nil || !inv.res.OK() {
		r.Failure = inv.failure(due)
	}
	if inv.conn != nil && (inv.err != nil || !inv.conn.Reusable()) {
		inv.hangUp()
	}
}

// unsigned is the stamp of all requests that are not signed.
var unsigned = new(stamp)

// prepare makes request n, of payload i, unless it is the one that was made last.
func (inv *leanInvoker) prepare(ctx context.Context, n uint64, i int, now, due time.Time) error {
	st := unsigned
	if inv.signer != nil {
		if st = inv.signer.at(ctx, now, due); st.err != nil {
			return st.err
		}
	}
	if f := inv.cfg.formOf(n, i); inv.stamp != st || inv.form != f {
		inv.stamp, inv.form = st, f
		inv.write()
	}
	return nil
}

// write writes the request.
func (inv *leanInvoker) write() {
	b := append(inv.request[:0], inv.start[inv.form]...)
	b = strconv.AppendInt(b, int64(len(inv.body)), 10)
	if inv.signer != nil {
		inv.sign()
		b = append(b, "\r\nX-Amz-Date: "...)
		b = append(b, inv.stamp.date...)
		b = append(b, inv.stamp.keys.authorize...)
		b = append(b, inv.signature[:]...)
	}
	b = append(b, "\r\n\r\n"...)
	if len(inv.body) <= joined {
		b = append(b, inv.body...)
	}
	inv.request = b
}

func (inv *leanInvoker) sign() {
	if p := inv.cfg.Payload; !p.made() {
		inv.signer.recall(inv.stamp, inv.form, inv.payload, len(inv.body), &p.sums[inv.payload], &inv.signature)
		return
	}
	if inv.tool == nil {
		inv.tool = new(instrument)
	}
	inv.tool.sign(inv.stamp, inv.form, len(inv.body), &inv.sum, &inv.signature)
}

// exchange sends the request and receives the answer. A connection that was closed while idle is replaced: nothing came to the other
// end on it.
func (inv *leanInvoker) exchange(ctx context.Context, now, due time.Time, r *runner.Result) error {
	if inv.conn != nil && (inv.ctx == ctx || inv.conn.Watch(ctx)) {
		inv.ctx = ctx
		err := inv.roundTrip(now, due)
		if !errors.Is(err, http1.ErrIdleClosed) {
			return err
		}
	}
	inv.hangUp()
	inv.res.Reset()
	return inv.dialer.Dial(ctx, due, func(conn *http1.Conn) error {
		inv.conn, inv.ctx = conn, ctx
		r.Opened, r.Local, r.Wait = true, conn.Local, time.Since(now)
		r.Lookup, r.Connect, r.Handshake = conn.Lookup, conn.Connect, conn.Handshake
		return inv.roundTrip(now, due)
	})
}

func (inv *leanInvoker) roundTrip(now, due time.Time) error {
	var rest []byte
	if len(inv.body) > joined {
		rest = inv.body
	}
	if err := inv.conn.Send(inv.request, rest, now, due); err != nil {
		return err
	}
	err := inv.conn.Receive(&inv.res)
	if err == nil && inv.stream != nil {
		err = inv.stream.whole()
	}
	return err
}

// failure says what came of a request that did not succeed.
func (inv *leanInvoker) failure(due time.Time) (f runner.Failure) {
	switch err := inv.err; {
	case err == nil && inv.signer == nil:
		f = containerFailure(inv.res.Status)
	case err == nil:
		f, inv.key = inv.decoder.failure(inv.res.Status, inv.res.Header(errorTypeHeader), inv.res.Body, inv.key)
		if f.Class == runner.Auth {
			inv.signer.correct(inv.res.Header("Date"), time.Now())
		}
	case errors.Is(err, errInterrupted):
		f, inv.key = inv.decoder.failure(inv.res.Status, nil, inv.stream.fault, inv.key)
	case isTimeout(err) && !time.Now().Before(due):
		f = lateFailure(inv.conn != nil)
	case inv.res.Status != 0:
		f = bodyFailure(err)
		f.HTTPStatus = inv.res.Status
	default:
		f = Classify(err)
	}
	return f
}

func (inv *leanInvoker) hangUp() {
	if inv.conn != nil {
		_ = inv.conn.Close() // nothing is lost: its answer was read, or will not come
		inv.conn = nil
	}
}

// Close closes the connection.
func (inv *leanInvoker) Close() error {
	inv.hangUp()
	return nil
}
