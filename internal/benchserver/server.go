// Package benchserver is the target of the project's own benchmarks: a small HTTP/1.1 server on loopback, plain and over TLS, that
// answers InvokeEndpoint as SageMaker does, as fast as it can or after a fixed time, and fails on purpose by a mix that can be
// repeated. It counts exactly what it did, so that what a client counts can be checked to the last request.
//
// It shares the machine with the clients that are measured. So it reads requests by hand and allocates nothing for them: what it
// takes itself must be small beside what they take.
package benchserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Errors of a Server.
var (
	ErrConfig   = errors.New("benchserver: bad configuration")
	ErrEndpoint = errors.New("benchserver: no such endpoint")
)

// Config of a Server.
type Config struct {
	Port      int                  // of plain HTTP on 127.0.0.1; 0: a free one
	TLSPort   int                  // of HTTPS on 127.0.0.1; 0: a free one
	Endpoints map[string]Behaviour // by name; at least one
}

// Server answers until it is closed.
type Server struct {
	plain, secure net.Listener
	certificate   *certificate
	endpoints     map[string]*endpoint
	start         time.Time
	epoch         time.Duration // of start, on the system's clock

	stop   chan struct{}
	work   sync.WaitGroup
	opened atomic.Uint64

	mu     sync.Mutex
	conns  map[*conn]struct{}
	closed bool
}

// Start listens on loopback and serves.
func Start(cfg Config) (*Server, error) {
	if len(cfg.Endpoints) == 0 {
		return nil, fmt.Errorf("%w: no endpoints", ErrConfig)
	}
	own, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("benchserver: %w", err)
	}
	s := &Server{
		certificate: own, endpoints: make(map[string]*endpoint), start: time.Now(), epoch: Clock(),
		stop: make(chan struct{}), conns: make(map[*conn]struct{}),
	}
	for name, b := range cfg.Endpoints {
		if s.endpoints[name], err = newEndpoint(b, s.start); err != nil {
			return nil, fmt.Errorf("%w: endpoint %s: %w", ErrConfig, name, err)
		}
	}
	if err := s.listen(cfg); err != nil {
		return nil, err
	}
	s.work.Go(func() { s.accept(s.plain, nil) })
	s.work.Go(func() { s.accept(s.secure, &tls.Config{Certificates: []tls.Certificate{own.pair}}) })
	return s, nil
}

func (s *Server) listen(cfg Config) (err error) {
	if s.plain, err = net.Listen("tcp", loopback(cfg.Port)); err != nil {
		return fmt.Errorf("benchserver: %w", err)
	}
	if s.secure, err = net.Listen("tcp", loopback(cfg.TLSPort)); err != nil {
		s.plain.Close()
		return fmt.Errorf("benchserver: %w", err)
	}
	return nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// URL of the server, plain or over TLS.
func (s *Server) URL(secure bool) string {
	if secure {
		return "https://" + s.secure.Addr().String()
	}
	return "http://" + s.plain.Addr().String()
}

// CA is the certificate, in PEM, that clients are to trust.
func (s *Server) CA() []byte { return s.certificate.ca }

// Path is where the endpoint name is invoked.
func Path(name string) string { return pathHead + name + pathTail }

// accept makes a goroutine for each connection. It ends when l is closed.
func (s *Server) accept(l net.Listener, secure *tls.Config) {
	for {
		raw, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			if !s.pause() { // too many open files: those who leave make room
				return
			}
			continue
		}
		c := newConn(s, raw.(*net.TCPConn), secure, s.opened.Add(1))
		if !s.enter(c) {
			raw.Close()
			return
		}
		s.work.Go(c.serve)
	}
}

// pause says whether the server still serves after a moment.
func (s *Server) pause() bool {
	timer := time.NewTimer(5 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.stop:
		return false
	}
}

func (s *Server) enter(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *Server) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Open is how many connections are open now.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Close breaks all connections and waits for what served them. It may be called again.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.stop)
		s.plain.Close()
		s.secure.Close()
		for c := range s.conns {
			c.raw.Close()
		}
	}
	s.mu.Unlock()
	s.work.Wait()
}

// Take returns what the endpoint name did since it was last taken. Requests whose answer is not written yet may be counted or not;
// those that were answered are.
func (s *Server) Take(name string) (Stats, error) {
	e := s.endpoints[name]
	if e == nil {
		return Stats{}, fmt.Errorf("%w: %q", ErrEndpoint, name)
	}
	st := e.take()
	st.Open, st.Opened = s.Open(), s.opened.Load()
	for _, stall := range e.Stall.until(time.Since(s.start)) {
		st.Stalls = append(st.Stalls, Interval{From: s.epoch + stall.From, To: s.epoch + stall.To})
	}
	return st, nil
}
