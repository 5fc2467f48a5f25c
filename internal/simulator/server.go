// Package simulator is SageMaker Runtime, SageMaker, CloudWatch, Application Auto Scaling and STS for simulated endpoints, in one
// http.Handler: a client of AWS that is told to use its address works unchanged, signatures and all.
//
// An endpoint behaves as its Profile says: a queue in front of workers on each instance, a router before them. What it does shows in
// its metrics, late, as in life. A Fault makes any operation fail in the ways that AWS's do.
package simulator

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Largest request bodies.
const (
	maxInvocation = 25 << 20 // bytes
	maxCall       = 1 << 20
	maxPooled     = 1 << 20 // larger buffers are not kept
)

// Server simulates the services. It is an http.Handler; all its methods may be called at any time.
type Server struct {
	config    Config
	clock     clock
	keys      *keys
	endpoints []*endpoint // in the order of Config; the slice does not change
	byName    map[string]*endpoint
	faults    faults
	counts    counts
	bodies    sync.Pool // of *bytes.Buffer
	requests  atomic.Uint64
}

// New makes a Server, or says with ErrConfig or ErrProfile what is wrong.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s := &Server{
		config: c, clock: clock{c.Now()}, keys: newKeys(c.Credentials), byName: map[string]*endpoint{},
		counts: counts{n: map[Answer]uint64{}},
	}
	s.faults.rng = newRand(c.Seed, faultStream)
	s.bodies.New = func() any { return new(bytes.Buffer) }
	for i := range c.Endpoints {
		if err := s.add(&c.Endpoints[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// add makes a variant, and its endpoint with the first of them.
func (s *Server) add(c *EndpointConfig) error {
	e := s.byName[c.Name]
	if e == nil {
		e = newEndpoint(c, s.clock.origin)
		s.endpoints = append(s.endpoints, e)
		s.byName[c.Name] = e
	} else {
		first := e.config
		c.EnhancedMetrics, c.PublishEvery, c.Lateness = first.EnhancedMetrics, first.PublishEvery, first.Lateness
	}
	if e.variant(c.Variant) != nil {
		return fmt.Errorf("%w: endpoint %s has two variants %s", ErrConfig, c.Name, c.Variant)
	}
	e.variants = append(e.variants, newVariant(c, s.clock, s.config.TimeScale, c.seed))
	return nil
}

// Region that requests must be signed for.
func (s *Server) Region() string { return s.config.Region }

// Credentials that requests must be signed with at present.
func (s *Server) Credentials() Credentials { return s.keys.credentials() }

// SetCredentials makes c the only valid ones: those before have expired.
func (s *Server) SetCredentials(c Credentials) { s.keys.set(c) }

// ExpireCredentials lets the present credentials expire. SetCredentials ends that, with the same ones or with others.
func (s *Server) ExpireCredentials() { s.keys.expire() }

// now is the time of the service models.
func (s *Server) now() time.Duration { return s.config.Now().Sub(s.clock.origin) }

// exchange is one request.
type exchange struct {
	r        *http.Request
	id       string
	protocol protocol
	service  string // as signatures are scoped to
	op       string // the operation's name
	endpoint string // that is invoked
	body     []byte // valid until the reply is written
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchange{r: r, id: s.requestID()}
	x.classify()
	buffer := s.bodies.Get().(*bytes.Buffer)
	buffer.Reset()
	defer func() {
		if buffer.Cap() <= maxPooled {
			s.bodies.Put(buffer)
		}
	}()
	s.send(w, &x, s.answer(&x, buffer))
}

// classify finds out who is asked for what. The Query protocol names its operation in the body: that comes later.
func (x *exchange) classify() {
	path := x.r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/endpoints/"); ok {
		x.protocol, x.service = restJSON, "sagemaker"
		if name, ok := strings.CutSuffix(rest, "/invocations"); ok && x.r.Method == http.MethodPost {
			x.op, x.endpoint = "InvokeEndpoint", name
		}
		return
	}
	if op, ok := strings.CutPrefix(path, "/service/GraniteServiceVersion20100801/operation/"); ok {
		x.protocol, x.service, x.op = rpcCBOR, "monitoring", op
		return
	}
	target, op, _ := strings.Cut(x.r.Header.Get("X-Amz-Target"), ".")
	switch {
	case target == "SageMaker":
		x.protocol, x.service, x.op = json11, "sagemaker", op
	case target == "AnyScaleFrontendService":
		x.protocol, x.service, x.op = json11, "application-autoscaling", op
	case strings.HasPrefix(x.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		x.protocol, x.service = query, "sts"
	default:
		x.protocol, x.service = restJSON, "sagemaker"
	}
}

// answer takes x through everything that can go wrong before its operation, and then to that.
func (s *Server) answer(x *exchange, buffer *bytes.Buffer) reply {
	do := x.find()
	fault, err := x.read(buffer)
	if err != nil {
		return reply{code: CodeGone, how: nothing}
	}
	if x.protocol == query {
		x.op = x.action()
		do = x.find()
	}
	if fault == nil {
		fault = s.keys.verify(x.r, x.body, s.config.Region, x.service, s.config.Now())
	}
	if fault == nil && do == nil {
		fault = errUnknownOperation()
	}
	if fault != nil {
		return fault.reply(x.protocol, x.id)
	}
	return s.disturb(x, do)
}

// find is x's operation. One that does not exist is forgotten, as what is counted by name must not grow with the names people try.
func (x *exchange) find() do {
	do := operation(x.service, x.op)
	if do == nil {
		x.op = ""
	}
	return do
}

// read takes in the body. An error means that the client is gone.
func (x *exchange) read(buffer *bytes.Buffer) (*apiError, error) {
	limit := int64(maxCall)
	if x.op == "InvokeEndpoint" {
		limit = maxInvocation
	}
	if x.r.ContentLength > limit {
		return errTooLarge(), nil
	}
	n, err := buffer.ReadFrom(io.LimitReader(x.r.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return errTooLarge(), nil
	}
	x.body = buffer.Bytes()
	return nil, nil
}

// do is an operation of a service.
type do func(*Server, *exchange) (reply, *apiError)

// operation finds what service is asked for; nil when it has no such operation.
func operation(service, name string) do {
	switch service + ":" + name {
	case "sagemaker:InvokeEndpoint":
		return (*Server).invokeEndpoint
	case "sagemaker:DescribeEndpoint":
		return (*Server).describeEndpoint
	case "sagemaker:DescribeEndpointConfig":
		return (*Server).describeEndpointConfig
	case "sagemaker:ListEndpoints":
		return (*Server).listEndpoints
	case "sagemaker:ListEndpointConfigs":
		return (*Server).listEndpointConfigs
	case "sagemaker:ListTags":
		return (*Server).listTags
	case "sagemaker:UpdateEndpointWeightsAndCapacities":
		return (*Server).updateCapacities
	case "application-autoscaling:DescribeScalableTargets":
		return (*Server).describeScalableTargets
	case "application-autoscaling:DescribeScalingPolicies":
		return (*Server).describeScalingPolicies
	case "monitoring:GetMetricData":
		return (*Server).getMetricData
	case "sts:GetCallerIdentity":
		return (*Server).getCallerIdentity
	}
	return nil
}

// send counts r and writes it, or as much of it as is to get through.
func (s *Server) send(w http.ResponseWriter, x *exchange, r reply) {
	s.counts.add(Answer{Operation: x.op, Status: r.status, Code: r.code})
	switch r.how {
	case nothing:
		panic(http.ErrAbortHandler) // net/http closes the connection and says nothing
	case reset:
		resetConnection(w)
		return
	}
	h := w.Header()
	for _, line := range r.header {
		h.Set(line.name, line.value)
	}
	if r.how != bare {
		h["X-Amzn-Requestid"] = []string{x.id}
	}
	h["Content-Length"] = []string{strconv.Itoa(len(r.body))}
	w.WriteHeader(r.status)
	if r.how == cut {
		_, _ = w.Write(r.body[:len(r.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(r.body) // a client that is gone misses nothing
}

// wait lets d pass; false when the client gave up first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// requestID looks like AWS's: a UUID. It is made of the seed and a counter.
func (s *Server) requestID() string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], s.config.Seed*0x9e3779b97f4a7c15+1)
	binary.BigEndian.PutUint64(raw[8:], s.requests.Add(1))
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[0:8], raw[0:4])
	hex.Encode(out[9:13], raw[4:6])
	hex.Encode(out[14:18], raw[6:8])
	hex.Encode(out[19:23], raw[8:10])
	hex.Encode(out[24:36], raw[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}
