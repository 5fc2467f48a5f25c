package http1

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"runtime/debug"
	"time"
)

// Config says where a Dialer goes.
type Config struct {
	Host, Port string
	TLS        *tls.Config // nil: plain HTTP
	Proxy      *url.URL    // by CONNECT over plain HTTP; nil: none

	Net     net.Dialer    // its Timeout is not used
	find    lookup        // addresses of a name; nil: by Net
	Timeout time.Duration // of a TCP connect, and of a handshake; 0: none but the request's
}

// atOnce is how many TLS handshakes may be under way. One needs some 30 kB and a millisecond of CPU: ten thousand at the same time
// would take no less time and 300 MB.
const atOnce = 256

// Dialer opens connections to one server. Many goroutines may use it.
type Dialer struct {
	Config
	places  addresses     // of Host, or of Proxy
	shaking chan struct{} // has an entry for each handshake
}

// NewDialer returns a Dialer. It connects to nothing.
func NewDialer(c Config) *Dialer {
	return &Dialer{Config: c, shaking: make(chan struct{}, atOnce)}
}

// Dial opens a connection for a request that is over at due, and does the first exchange on it. It waits on no more than ctx when that
// ends. The connection is the caller's from when first is called, and the error of that is Dial's.
//
// Looking up names and shaking hands need a deep stack, and so do the session tickets that TLS brings with the first answer. They are
// dealt with apart; a turn to shake hands is waited for here.
func (d *Dialer) Dial(ctx context.Context, due time.Time, first func(*Conn) error) error {
	var c *Conn
	err := apart(func() (err error) {
		c, err = d.connect(ctx, due)
		return err
	})
	if err != nil {
		return err
	}
	if d.TLS == nil {
		return first(c)
	}
	if err := d.turn(ctx, due); err != nil {
		c.Close()
		return err
	}
	return apart(func() error {
		if err := d.shake(c, due); err != nil {
			c.Close()
			return err
		}
		return first(c)
	})
}

// apart does f on a goroutine of its own. A stack that has once grown stays so for as long as its goroutine has half of it in use: done
// apart, ten thousand users have 4 kB each and not 8 or 16.
func apart(f func() error) (err error) {
	var panicked error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				panicked = fmt.Errorf("%v\n%s", v, debug.Stack())
			}
		}()
		err = f()
	}()
	<-done
	if panicked != nil {
		panic(panicked) // where it is expected
	}
	return err
}

// ProxyConnect is the operation of a *net.OpError without a connection to, or through, the proxy: net/http names it so.
const ProxyConnect = "proxyconnect"

// connect opens a TCP connection to the server, through the proxy if there is one.
func (d *Dialer) connect(ctx context.Context, due time.Time) (*Conn, error) {
	c, lookup, took, err := d.dialTCP(ctx, d.before(due, time.Now()))
	if err != nil {
		if d.Proxy != nil {
			err = &net.OpError{Op: ProxyConnect, Net: "tcp", Err: err}
		}
		return nil, err
	}
	conn, err := newConn(ctx, c)
	if err != nil {
		c.Close()
		return nil, err
	}
	conn.Lookup, conn.Connect = lookup, took
	if d.Proxy == nil {
		return conn, nil
	}
	if err := d.tunnel(conn, due); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func (d *Dialer) before(due, now time.Time) time.Time {
	if own := now.Add(d.Timeout); d.Timeout > 0 && own.Before(due) {
		return own
	}
	return due
}

// dialTCP connects to one address of the server's, or of the proxy's, and to the next one if that fails. took is what the connect
// took that succeeded, without what came before it; lookup is what it took to learn the addresses.
func (d *Dialer) dialTCP(ctx context.Context, due time.Time) (c net.Conn, lookup, took time.Duration, err error) {
	ctx, cancel := context.WithDeadline(ctx, due)
	defer cancel()
	host, port := d.Host, d.Port
	if d.Proxy != nil {
		host, port = d.Proxy.Hostname(), portOf(d.Proxy)
	}
	asked := time.Now()
	list, err := d.places.of(ctx, d.lookup(), host)
	if err != nil {
		return nil, 0, 0, &net.OpError{Op: "dial", Net: "tcp", Err: err}
	}
	lookup = time.Since(asked)
	var first error
	for i, addr := range list {
		began := time.Now()
		c, err := d.dialOne(ctx, net.JoinHostPort(addr.String(), port), len(list)-i)
		if err == nil {
			return c, lookup, time.Since(began), nil
		}
		if ctx.Err() == nil {
			d.places.bad(addr)
		}
		if first == nil {
			first = err
		}
	}
	return nil, 0, 0, first
}

func (d *Dialer) lookup() lookup {
	switch {
	case d.find != nil:
		return d.find
	case d.Net.Resolver != nil:
		return d.Net.Resolver.LookupNetIP
	}
	return net.DefaultResolver.LookupNetIP
}

// leastTry is how long an address may take to answer, however many there are to be tried after it.
const leastTry = 2 * time.Second

// dialOne gives an address its share of the time when others may have to be tried after it.
func (d *Dialer) dialOne(ctx context.Context, address string, left int) (net.Conn, error) {
	dialer := d.Net
	dialer.Timeout = 0
	if due, ok := ctx.Deadline(); ok && left > 1 {
		dialer.Timeout = max(leastTry, time.Until(due)/time.Duration(left))
	}
	return dialer.DialContext(ctx, "tcp", address)
}

// turn waits for one to shake hands.
func (d *Dialer) turn(ctx context.Context, due time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, due)
	defer cancel()
	select {
	case d.shaking <- struct{}{}:
		return nil
	case <-ctx.Done():
		return os.ErrDeadlineExceeded
	}
}

// shake hands, and end the turn.
func (d *Dialer) shake(c *Conn, due time.Time) error {
	defer func() { <-d.shaking }()
	own := d.before(due, time.Now())
	err := c.handshake(d.TLS, own)
	if errors.Is(err, os.ErrDeadlineExceeded) && own.Before(due) {
		return ErrHandshakeTimeout
	}
	return err
}

// tunnel asks the proxy for a connection to the server.
func (d *Dialer) tunnel(c *Conn, due time.Time) error {
	server := net.JoinHostPort(d.Host, d.Port)
	request := "CONNECT " + server + " HTTP/1.1\r\nHost: " + server + "\r\n"
	if user := d.Proxy.User; user != nil {
		password, _ := user.Password()
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)) + "\r\n"
	}
	now := time.Now()
	own := d.before(due, now)
	c.wire.begin(time.Time{}, now, own)
	if err := c.wire.put([]byte(request + "\r\n")); err != nil {
		return err
	}
	status, err := tunnelStatus(c.wire)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded) && own.Before(due):
		return &net.OpError{Op: ProxyConnect, Net: "tcp", Err: os.ErrDeadlineExceeded} // no connection, while the request has time left
	case err != nil:
		return err
	case status != 200:
		return &ProxyError{Status: status}
	}
	return nil
}

// tunnelStatus reads the proxy's answer byte by byte: what follows it is the server's.
func tunnelStatus(w *wire) (int, error) {
	var read []byte
	interim := 0
	for {
		read = append(read, 0)
		if _, err := w.Read(read[len(read)-1:]); err != nil {
			return 0, err
		}
		if err := tooLong(len(read)); err != nil {
			return 0, err
		}
		if read[len(read)-1] != '\n' {
			continue
		}
		var h head
		size, err := h.parse(read[interim:])
		switch {
		case err != nil:
			return 0, err
		case size > 0 && h.interim():
			interim = len(read)
		case size > 0:
			return h.status, nil
		}
	}
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
