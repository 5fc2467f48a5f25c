package attach

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sagetop/internal/session"
)

// Run is what screens are attached to.
type Run interface {
	session.Conductor
	Look() (leave func()) // a screen looks on until it leaves
}

// Config of a Server.
type Config struct {
	Run     Run
	Version string   // of sagetop: a Client of another one is refused
	Folder  string   // of the run: File is written there
	Dirs    []string // for the socket, the first that is good for it

	Every    time.Duration // between updates; 0: 250 ms
	Patience time.Duration // with a Client that reads nothing; 0: 10 s
}

const (
	defaultEvery    = 250 * time.Millisecond
	defaultPatience = 10 * time.Second
	greeting        = 5 * time.Second // for both first frames
	farewell        = 3 * time.Second // for the last ones
	mostClients     = 32
)

// Server lets screens look at a run. None of them can hold up the run or another one: each is served by goroutines of its own, and
// pulls the State as a screen of the run's own process does. A bug in serving one costs that screen, not the run.
type Server struct {
	cfg      Config
	wire     wire
	listener *net.UnixListener
	seat     seat
	over     chan struct{} // closed when the last update is to be sent
	farewell time.Duration // that it may take

	mu      sync.Mutex
	clients map[*net.UnixConn]bool
	serving sync.WaitGroup
}

// Serve begins, and says where in the run's folder. Close ends it.
func Serve(cfg Config) (*Server, error) {
	if cfg.Every == 0 {
		cfg.Every = defaultEvery
	}
	if cfg.Patience == 0 {
		cfg.Patience = defaultPatience
	}
	w, err := newWire()
	if err != nil {
		return nil, err
	}
	l, err := listen(cfg.Dirs)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, wire: w, listener: l, over: make(chan struct{}), farewell: farewell, clients: map[*net.UnixConn]bool{}}
	where := Where{Socket: l.Addr().String(), PID: os.Getpid(), Started: time.Now()}
	if err := where.write(cfg.Folder); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.serving.Go(s.accept)
	return s, nil
}

// Close is for when the run is over and written: it sends everybody the last update, and removes what says where to attach. A Client
// that does not read it is waited for no longer than a few seconds.
func (s *Server) Close() error {
	err := errors.Join(os.Remove(filepath.Join(s.cfg.Folder, File)), s.listener.Close())
	close(s.over)
	defer time.AfterFunc(s.farewell, s.cutOff).Stop()
	s.serving.Wait()
	return err
}

func (s *Server) cutOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		_ = c.Close()
	}
}

func (s *Server) accept() {
	for {
		c, err := s.listener.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of files, say: who knocks again may find some
			select {
			case <-s.over:
				return
			case <-time.After(s.cfg.Every):
			}
			continue
		}
		s.serving.Go(func() {
			defer func() { _ = recover() }()
			s.serve(c)
		})
	}
}

// serve one client to its end.
func (s *Server) serve(c *net.UnixConn) {
	defer c.Close()
	crowded := !s.admit(c)
	defer s.forget(c)
	_ = c.SetDeadline(time.Now().Add(min(greeting, s.cfg.Patience)))
	if sameUser(c) != nil {
		return
	}
	var h hello
	if err := s.wire.receive(c, &h, maxFromClient); err != nil || h.Hello != helloText {
		return
	}
	w := welcome{Version: s.cfg.Version, Refused: s.refusal(&h, crowded)}
	if err := s.wire.send(c, w); err != nil || w.Refused != "" {
		return
	}
	_ = c.SetDeadline(time.Time{})
	v := &viewer{server: s, conn: c, role: h.Role, gone: make(chan struct{})}
	v.serve()
}

// refusal says why who says h is not served; empty when it is.
func (s *Server) refusal(h *hello, crowded bool) string {
	switch {
	case h.Version != s.cfg.Version:
		return fmt.Sprintf("the run is sagetop %s, this is sagetop %s: attach with the same one", s.cfg.Version, h.Version)
	case h.Role != Screen && h.Role != Ender:
		return fmt.Sprintf("%q is nobody it knows", h.Role)
	case crowded:
		return fmt.Sprintf("%d look at it already: close one", mostClients)
	}
	return ""
}

// admit c, and say whether there is room for it.
func (s *Server) admit(c *net.UnixConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[c] = true
	return len(s.clients) <= mostClients
}

func (s *Server) forget(c *net.UnixConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}

// viewer is one client.
type viewer struct {
	server *Server
	conn   *net.UnixConn
	role   Role
	gone   chan struct{} // closed once nothing more comes from it
}

func (v *viewer) serve() {
	s := v.server
	if v.role == Screen {
		defer s.cfg.Run.Look()()
		s.seat.offer(v)
		defer s.seat.leave(v)
	}
	s.serving.Go(v.obey)
	v.show()
	_ = v.conn.Close() // ends obey
	<-v.gone
}

// obey the client's commands. What the run has no room for now is not done: whoever sent so many sees that.
func (v *viewer) obey() {
	defer close(v.gone)
	defer func() { _ = recover() }()
	for {
		var c session.Command
		if err := v.server.wire.receive(v.conn, &c, maxFromClient); err != nil {
			return
		}
		if v.server.seat.may(v, c.Verb) {
			_ = v.server.cfg.Run.Do(c)
		}
	}
}

// show the State as it changes.
func (v *viewer) show() {
	s := v.server
	d := differ{wire: s.wire, fields: fields()}
	tick := time.NewTicker(s.cfg.Every)
	defer tick.Stop()
	for over := false; !over; {
		if err := v.update(&d); err != nil {
			return
		}
		select {
		case <-v.gone:
			return
		case <-s.over:
			over = true
		case <-tick.C:
		}
	}
	if v.update(&d) == nil {
		_ = v.send(&update{Bye: true})
	}
}

func (v *viewer) update(d *differ) error {
	var now session.State
	v.server.cfg.Run.State(&now)
	now.Place = session.Away
	if v.role == Screen {
		now.Aside = v.server.seat.aside(v)
	}
	return d.update(&now, v.send)
}

func (v *viewer) send(u *update) error { return v.server.wire.send(v, u) }

// Write p in pieces, each of which must be read within Patience: who is slow is no stuck one.
func (v *viewer) Write(p []byte) (n int, err error) {
	for piece := range slices.Chunk(p, 64<<10) {
		_ = v.conn.SetWriteDeadline(time.Now().Add(v.server.cfg.Patience))
		m, err := v.conn.Write(piece)
		if n += m; err != nil {
			return n, err
		}
	}
	return n, nil
}
