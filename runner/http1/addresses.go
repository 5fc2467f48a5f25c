package http1

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// freshFor is how long the addresses of a name are used. Ten thousand users who start together ask once; one who reconnects later
	// sees what has changed.
	freshFor = time.Second

	// badFor is how long an address that failed is tried after all others.
	badFor = 30 * time.Second
)

// addresses are those of one name. New connections are spread over all of them.
type addresses struct {
	lookup func(ctx context.Context, network, host string) ([]netip.Addr, error) // nil: the system's

	mu     sync.Mutex
	list   []netip.Addr // as the resolver sorted them: the family that fits this host first
	err    error
	asked  time.Time
	turn   int
	failed map[netip.Addr]time.Time
}

// of lists the addresses of host in the order in which they are to be tried.
func (a *addresses) of(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked.IsZero() || time.Since(a.asked) > freshFor {
		a.ask(ctx, host)
	}
	if a.err != nil {
		return nil, a.err
	}
	a.turn++
	return a.order(time.Now()), nil
}

func (a *addresses) ask(ctx context.Context, host string) {
	lookup := a.lookup
	if lookup == nil {
		lookup = net.DefaultResolver.LookupNetIP
	}
	a.list, a.err = lookup(ctx, "ip", host)
	a.asked = time.Now()
	for i := range a.list {
		a.list[i] = a.list[i].Unmap()
	}
}

// order begins with the addresses of the first one's family, another one of them each time. The other family comes behind them, and
// those that failed of late come last.
func (a *addresses) order(now time.Time) []netip.Addr {
	var first, other, failed []netip.Addr
	for _, addr := range a.list {
		at, bad := a.failed[addr]
		switch {
		case bad && now.Sub(at) < badFor:
			failed = append(failed, addr)
		case addr.Is4() == a.list[0].Is4():
			first = append(first, addr)
		default:
			other = append(other, addr)
		}
	}
	if n := len(first); n > 0 {
		first = append(first[a.turn%n:n:n], first[:a.turn%n]...)
	}
	return append(append(first, other...), failed...)
}

// bad notes that addr could not be connected to.
func (a *addresses) bad(addr netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed == nil {
		a.failed = make(map[netip.Addr]time.Time)
	}
	a.failed[addr] = time.Now()
}
