package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Listener serves a Server at an address until it is closed.
type Listener struct {
	URL string // http://HOST:PORT, with the real port

	server *http.Server
	cancel context.CancelFunc
	done   chan struct{}
	once   sync.Once
	err    error
}

// Listen serves s at addr, such as "127.0.0.1:0" (also meant by the empty string), until Close is called or ctx is done.
func (s *Server) Listen(ctx context.Context, addr string) (*Listener, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", cmp.Or(addr, "127.0.0.1:0"))
	if err != nil {
		return nil, fmt.Errorf("simulator: cannot listen: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Listener{
		URL: "http://" + reachable(ln.Addr()),
		server: &http.Server{
			Handler:           s,
			BaseContext:       func(net.Listener) context.Context { return ctx }, // so that Close ends every wait
			ReadHeaderTimeout: 10 * time.Second,
			IdleTimeout:       5 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          log.New(io.Discard, "", 0), // a screen may own the terminal
		},
		cancel: cancel,
		done:   make(chan struct{}),
	}
	go l.serve(ln)
	go s.tick(ctx)
	context.AfterFunc(ctx, func() { _ = l.Close() })
	return l, nil
}

func (l *Listener) serve(ln net.Listener) {
	defer close(l.done)
	if err := l.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		l.err = fmt.Errorf("simulator: %w", err)
	}
}

// Close ends at once: requests in flight lose their connections. It returns why serving had ended, if not by Close.
func (l *Listener) Close() error {
	l.once.Do(func() {
		l.cancel()
		_ = l.server.Close()
	})
	<-l.done
	return l.err
}

// reachable is how a client on this host names the address.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}
