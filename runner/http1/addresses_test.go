package http1

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// names is a resolver whose answers can be changed.
type names struct {
	asked atomic.Int64
	mu    sync.Mutex
	list  []netip.Addr
	err   error
	wait  time.Duration
}

func (n *names) set(err error, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err, n.list = err, nil
	for _, a := range addrs {
		n.list = append(n.list, netip.MustParseAddr(a))
	}
}

func (n *names) find(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	n.asked.Add(1)
	if n.wait > 0 {
		select {
		case <-time.After(n.wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.list), n.err
}

// first counts which address comes first, over n connections.
func first(t *testing.T, a *addresses, n *names, count int) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for range count {
		list, err := a.of(t.Context(), n.find, "x.test")
		if err != nil {
			t.Fatal(err)
		}
		seen[list[0].String()]++
	}
	return seen
}

// New connections are spread over the addresses of the family that the resolver puts first, and know all the others.
func TestSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n names
		var a addresses
		n.set(nil, "10.0.0.1", "2001:db8::1", "10.0.0.2", "::ffff:10.0.0.3")
		seen := first(t, &a, &n, 30)
		if len(seen) != 3 || seen["10.0.0.1"] != 10 || seen["10.0.0.2"] != 10 || seen["10.0.0.3"] != 10 {
			t.Errorf("%v", seen)
		}
		list, _ := a.of(t.Context(), n.find, "x.test")
		if len(list) != 4 || list[3].String() != "2001:db8::1" {
			t.Errorf("%v", list)
		}
		if n.asked.Load() != 1 {
			t.Errorf("asked %d times within a second", n.asked.Load())
		}
	})
}

// An address that failed is tried last for a while, but not given up.
func TestBadAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n names
		var a addresses
		n.set(nil, "10.0.0.1", "10.0.0.2")
		first(t, &a, &n, 1)
		a.bad(netip.MustParseAddr("10.0.0.1"))
		if seen := first(t, &a, &n, 10); seen["10.0.0.2"] != 10 {
			t.Errorf("%v", seen)
		}
		a.bad(netip.MustParseAddr("10.0.0.2"))
		if list, _ := a.of(t.Context(), n.find, "x.test"); len(list) != 2 {
			t.Errorf("%v", list)
		}
		time.Sleep(badFor + time.Second)
		if seen := first(t, &a, &n, 10); seen["10.0.0.1"] != 5 {
			t.Errorf("later %v", seen)
		}
	})
}

// What the name's addresses are now is known a second later, and so is that there are none or some again.
func TestResolvedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n names
		var a addresses
		n.set(nil, "10.0.0.1")
		first(t, &a, &n, 1)
		down := errors.New("down")
		n.set(down)
		first(t, &a, &n, 1) // still known
		time.Sleep(freshFor + time.Millisecond)
		for range 10 {
			if _, err := a.of(t.Context(), n.find, "x.test"); !errors.Is(err, down) {
				t.Errorf("%v", err)
			}
		}
		if n.asked.Load() != 2 {
			t.Errorf("asked %d times, want 2: an error is shared for a second", n.asked.Load())
		}
		n.set(nil, "10.0.0.9")
		time.Sleep(freshFor + time.Millisecond)
		if seen := first(t, &a, &n, 1); seen["10.0.0.9"] != 1 {
			t.Errorf("%v", seen)
		}
	})
}

// Those who come while somebody asks wait for that answer, each no longer than it can.
func TestOneAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := names{wait: time.Minute}
		n.set(nil, "10.0.0.1")
		var a addresses
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := a.of(t.Context(), n.find, "x.test"); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if _, err := a.of(ctx, n.find, "x.test"); err == nil || time.Since(begin) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		wg.Wait()
		if n.asked.Load() != 1 {
			t.Errorf("asked %d times", n.asked.Load())
		}
	})
}

// One who is called off while it asks leaves the others to ask for themselves.
func TestCalledOffWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := names{wait: time.Minute}
		n.set(nil, "10.0.0.1")
		var a addresses
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := a.of(ctx, n.find, "x.test"); !errors.Is(err, context.Canceled) {
				t.Errorf("called off: %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := a.of(t.Context(), n.find, "x.test"); err != nil {
				t.Errorf("the other: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
	})
}

// A connection is made to the next address when one refuses, which the next connection does not try first.
func TestNextAddress(t *testing.T) {
	s := newServer(t, nil, func(a *accepted) { a.request() })
	var n names
	n.set(nil, "127.0.0.2", "127.0.0.1") // nobody listens at the first
	d := NewDialer(Config{Host: "x.test", Port: s.port, find: n.find})
	var tried []string
	for range 3 {
		c := d.mustDial(t)
		tried = append(tried, c.wire.RemoteAddr().(*net.TCPAddr).IP.String())
	}
	if !slices.Equal(tried, []string{"127.0.0.1", "127.0.0.1", "127.0.0.1"}) || len(d.places.failed) != 1 {
		t.Errorf("%v, failed %v", tried, d.places.failed)
	}
	n.set(nil, "127.0.0.2")
	d = NewDialer(Config{Host: "x.test", Port: s.port, find: n.find})
	if _, err := d.dial(t.Context(), never()); err == nil {
		t.Error("connected to nobody")
	}
}

func TestIPv6(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no ::1")
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	var n names
	n.set(nil, "127.0.0.2", "::1") // the other family, after one that refuses
	for _, d := range []*Dialer{NewDialer(Config{Host: "::1", Port: port}), NewDialer(Config{Host: "x.test", Port: port, find: n.find})} {
		if c := d.mustDial(t); c.wire.RemoteAddr().(*net.TCPAddr).IP.To4() != nil {
			t.Errorf("%s is at %v", d.Host, c.wire.RemoteAddr())
		}
	}
}

// What a connect took is a measure of the way there: looking up the name is no part of it.
func TestConnectIsWithoutTheLookup(t *testing.T) {
	s := newServer(t, nil, func(a *accepted) { a.request() })
	var lookup time.Duration
	d := NewDialer(Config{Host: "x.test", Port: s.port, find: func(context.Context, string, string) ([]netip.Addr, error) {
		began := time.Now()
		<-time.After(20 * time.Millisecond)
		lookup = time.Since(began)
		return []netip.Addr{netip.MustParseAddr(s.host)}, nil
	}})
	began := time.Now()
	c := d.mustDial(t)
	if all := time.Since(began); c.Connect <= 0 || c.Connect > all-lookup {
		t.Errorf("%v, of %v with a lookup of %v", c.Connect, all, lookup)
	}
}
