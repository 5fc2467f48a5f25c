package simulator

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// Largest request bodies.
const (
	maxInvocation = 25 << 20 // bytes
	maxCall       = 1 << 20
	maxInflated   = 4 << 20 // of a call that came compressed
	maxPooled     = 1 << 20 // larger buffers are not kept
)

// Server simulates the services. It is an http.Handler; all its methods may be called at any time.
type Server struct {
	config   Config
	clock    model.Clock
	keys     *wire.Keys
	faults   faults
	logs     logbook
	custom   customMetrics
	counts   counts
	control  http.Handler
	bodies   sync.Pool // of *bytes.Buffer
	requests atomic.Uint64

	changes   sync.Mutex // one change of what exists at a time
	endpoints directory[endpoint]
	departed  directory[endpoint] // deleted, the newest maxDeparted of them, for what CloudWatch remembers
	configs   directory[endpointConfig]
	agenda    agenda
	scaling   scaling
	seeds     uint64 // handed out
}

// New makes a Server, or says with ErrConfig or ErrProfile what is wrong.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	s := &Server{
		config: c, clock: model.Clock{Origin: c.Now()}, keys: wire.NewKeys(c.Credentials),
		counts: counts{n: map[Answer]uint64{}}, custom: customMetrics{byKey: map[string]*customMetric{}},
	}
	s.faults.rng, s.faults.now = model.NewRand(c.Seed, faultStream), s.now
	s.control = s.newControl()
	s.bodies.New = func() any { return new(bytes.Buffer) }
	s.agenda.next.Store(int64(never))
	for i := range c.Endpoints {
		if err := s.establish(&c.Endpoints[i]); err != nil {
			return nil, err
		}
	}
	for _, f := range c.Faults {
		if _, err := s.setFault(f); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrConfig, err)
		}
	}
	return s, nil
}

// Region that requests must be signed for.
func (s *Server) Region() string { return s.config.Region }

// Credentials that requests must be signed with at present.
func (s *Server) Credentials() Credentials { return s.keys.Credentials() }

// SetCredentials makes c the only valid ones: those before have expired.
func (s *Server) SetCredentials(c Credentials) { s.keys.Set(c) }

// ExpireCredentials lets the present credentials expire. SetCredentials ends that, with the same ones or with others.
func (s *Server) ExpireCredentials() { s.keys.Expire() }

// now is the time of the service models.
func (s *Server) now() time.Duration { return s.config.Now().Sub(s.clock.Origin) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if strings.HasPrefix(request.URL.Path, controlPath) {
		s.control.ServeHTTP(w, request)
		return
	}
	x := wire.NewCall(request, s.requestID())
	buffer := s.bodies.Get().(*bytes.Buffer)
	buffer.Reset()
	defer func() {
		if buffer.Cap() <= maxPooled {
			s.bodies.Put(buffer)
		}
	}()
	if s.config.Access == nil {
		r := s.answer(&x, buffer)
		s.send(w, &x, &r)
		return
	}
	began, counted := time.Now(), &counted{ResponseWriter: w}
	r := s.answer(&x, buffer)
	defer s.tell(counted, &x, &r, began) // send may panic
	s.send(counted, &x, &r)
}

// answer takes x through everything that can go wrong before its operation, and then to that.
func (s *Server) answer(x *wire.Call, buffer *bytes.Buffer) reply {
	s.catchUp()
	fault, err := read(x, buffer)
	if err != nil {
		return gone()
	}
	sent := x.Body
	x.Received = len(sent)
	if fault == nil && x.Endpoint == "" {
		fault = x.Inflate(maxInflated)
	}
	x.ReadAction()
	do := operations[x.Service][x.Operation]
	if do == nil {
		x.Operation = "" // what is counted by name must not grow with the names people try
	}
	if fault == nil {
		fault = s.keys.Verify(x.HTTP, sent, s.signedRegion(x), x.Service.Name, s.config.Now())
	}
	if fault == nil && do == nil {
		fault = wire.UnknownOperation()
	}
	if fault != nil {
		return answered(x.Fail(fault))
	}
	if x.Endpoint != "" && buffer.Cap() > maxPooled {
		x.Body, *buffer = nil, bytes.Buffer{} // no model reads it, and many may wait for their answers
	}
	return s.disturb(x, do)
}

// read takes in the body. An error means that the client is gone.
func read(x *wire.Call, buffer *bytes.Buffer) (*wire.Error, error) {
	limit := int64(maxCall)
	if x.Endpoint != "" {
		limit = maxInvocation
	}
	if x.HTTP.ContentLength > limit {
		return wire.TooLarge(), nil
	}
	n, err := buffer.ReadFrom(io.LimitReader(x.HTTP.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return wire.TooLarge(), nil
	}
	x.Body = buffer.Bytes()
	return nil, nil
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
