package runner

import (
	"math"
	"sync"
	"time"
)

// turns keep sends apart, so that never more than so many happen a second, whatever the number of users. Users draw the moment of
// their next send from them and wait for it; what is drawn holds under one order only.
type turns struct {
	gap  time.Duration
	mu   sync.Mutex
	next time.Time
}

// newTurns returns nil, which is no limit, for a rate of 0.
func newTurns(rate float64) *turns {
	if rate == 0 {
		return nil
	}
	return &turns{gap: seconds(math.Ceil(1e9/rate) / 1e9)}
}

// take is the next moment to send at, now or later.
func (t *turns) take(now time.Time) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := now
	if t.next.After(now) {
		at = t.next
	}
	t.next = at.Add(t.gap)
	return at
}

// anew are the turns of the next order: those that lie ahead are free again, because nobody may use them any more.
func (t *turns) anew(now time.Time) *turns {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	next := t.next
	if ahead := next.Sub(now); ahead > 0 {
		next = now.Add(t.gap - (t.gap-ahead%t.gap)%t.gap) // the first after now; one that is now may be in use
	}
	return &turns{gap: t.gap, next: next}
}
