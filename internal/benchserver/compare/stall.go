package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"sagetop/internal/benchserver"
	"sagetop/runner"
)

// The loads of the stall test: both send about 200 requests a second while nothing stalls.
const (
	stallRate   = 200
	stallUsers  = 512 // open loop: at most
	closedUsers = 4   // of 20 ms each
)

// stallTest is what came of one percentile in one round.
type stallTest struct{ exact, open, closed, off series }

// stall compares what an open and a closed loop say of a server that holds all answers for 1 s in every 10 s, with the truth.
func (b *bench) stall(ctx context.Context) ([]*table, error) {
	client := ownClients()[0]
	t := &table{
		title:   fmt.Sprintf("Stall test of %s: all answers held for 1 s in every 10 s, %d arrivals a second, ms", client, stallRate),
		columns: []string{"", "exact", "open loop", "closed loop", "open loop off by %"},
	}
	tests := map[float64]*stallTest{.95: {}, .99: {}}
	for round := range b.o.rounds {
		if b.o.stall == 0 {
			t.note("Left out: -stall 0.")
			break
		}
		b.say("round %d of %d: stall test, %v", round+1, b.o.rounds, b.o.stall)
		refused, err := b.stallRound(ctx, client, tests)
		if err != nil {
			return nil, err
		}
		if refused != "" {
			t.note("Open loop left out: %s", refused)
			break
		}
	}
	for _, q := range []float64{.95, .99} {
		name := fmt.Sprintf("p%.0f", 100*q)
		s := tests[q]
		t.add(name, s.exact.text(), s.open.text(), s.closed.text(), s.off.text())
		b.goals = append(b.goals, atMost("stall test, open loop, "+name+" off by", "%", s.off.median(), 3, s.off.text()))
	}
	return []*table{t}, nil
}

// stallRound runs both loops at the same time: together they leave the cores idle.
func (b *bench) stallRound(ctx context.Context, client string, tests map[float64]*stallTest) (refused string, err error) {
	open, closed := b.job(client, stalled, false, stallUsers), b.job(client, stalled, false, closedUsers)
	open.Rate = stallRate
	open.For, closed.For = b.o.stall, b.o.stall
	var wg sync.WaitGroup
	var from, other report
	var closedErr error
	wg.Go(func() { other, _, closedErr = b.own(ctx, closed) })
	from, _, err = b.own(ctx, open)
	wg.Wait()
	if err == nil {
		err = closedErr
	}
	if err != nil {
		return "", err
	}
	st, err := b.server.take(stalled)
	if err != nil {
		return "", err
	}
	truth := exact(st.Stalls, from.Began, stallRate, b.o.stall, steadyService)
	for q, s := range tests {
		want := millis(rank(truth, q))
		s.closed = append(s.closed, millis(at(&other.Response, q)))
		s.exact = append(s.exact, want)
		if from.Refused == "" {
			got := millis(at(&from.Response, q))
			s.open = append(s.open, got)
			s.off = append(s.off, 100*math.Abs(got-want)/want)
		}
	}
	return from.Refused, nil
}

// at is the percentile q of s.
func at(s *runner.Stats, q float64) time.Duration {
	if q == .95 {
		return s.P95
	}
	return s.P99
}

// exact are the response times, ascending, of arrivals that are due at a constant rate from began on, at a server that answers after
// service, or at the end of a stall when that is later.
func exact(stalls []benchserver.Interval, began time.Duration, rate float64, length, service time.Duration) []time.Duration {
	gap := time.Duration(float64(time.Second) / rate)
	var times []time.Duration
	for due := began; due < began+length; due += gap {
		ready := due + service
		for _, s := range stalls {
			if ready >= s.From && ready < s.To {
				ready = s.To
			}
		}
		times = append(times, ready-due)
	}
	slices.Sort(times)
	return times
}

// rank is the value of the percentile q of ascending values.
func rank(values []time.Duration, q float64) time.Duration {
	return values[int(math.Ceil(q*float64(len(values))))-1]
}
