package http1

import (
	"context"
	"errors"
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
	mu     sync.Mutex
	asking chan struct{} // closed when the lookup in hand is over; nil: there is none
	list   []netip.Addr  // as the resolver sorted them: the family that fits this host first
	err    error
	asked  time.Time
	turn   int
	failed map[netip.Addr]time.Time
}

// lookup finds the addresses of a name, as (*net.Resolver).LookupNetIP does.
type lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)

// of lists the addresses of host in the order in which they are to be tried.
func (a *addresses) of(ctx context.Context, find lookup, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.asked.IsZero() || time.Since(a.asked) > freshFor {
		if err := a.refresh(ctx, find, host); err != nil {
			return nil, err
		}
	}
	if a.err != nil {
		return nil, a.err
	}
	a.turn++
	return a.order(time.Now()), nil
}

// refresh asks, or waits for whoever is asking. It is called with a.mu held, and lets go of it meanwhile.
func (a *addresses) refresh(ctx context.Context, find lookup, host string) error {
	asking := a.asking
	if asking == nil {
		return a.ask(ctx, find, host)
	}
	a.mu.Unlock()
	defer a.mu.Lock()
	select {
	case <-asking:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask looks host up. Everybody shares what comes of it, unless it is that this one was called off.
func (a *addresses) ask(ctx context.Context, find lookup, host string) error {
	a.asking = make(chan struct{})
	a.mu.Unlock()
	list, err := find(ctx, "ip", host)
	for i := range list {
		list[i] = list[i].Unmap()
	}
	a.mu.Lock()
	close(a.asking)
	a.asking = nil
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	a.list, a.err, a.asked = list, err, time.Now()
	return nil
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
