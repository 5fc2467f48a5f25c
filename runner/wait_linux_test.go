package runner

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestTheSystemSleeps and does not only come back at once: a few interruptions are all that a sleep may need calls for.
func TestTheSystemSleeps(t *testing.T) {
	start := time.Now()
	s := newSleeper(start)
	defer s.close()
	sleep := s.wait
	calls := 0
	for at := 5 * time.Millisecond; time.Since(start) < at; calls++ {
		sleep(at)
	}
	if calls > 100 {
		t.Errorf("%d calls to sleep 5 ms", calls)
	}
}

func TestASleepThatIsOverIsNone(t *testing.T) {
	s := newSleeper(time.Now().Add(-time.Hour))
	defer s.close()
	sleep := s.wait
	sleep(time.Minute)
	sleep(0)
}

// TestASleeperFollowsItsClock: in a bubble the system's sleep does not move the clock, so the bubble's must.
func TestASleeperFollowsItsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		s := newSleeper(start)
		defer s.close()
		sleep := s.wait
		for at := time.Millisecond; at < 10*time.Millisecond; at += time.Millisecond {
			calls := 0
			for ; time.Since(start) < at; calls++ {
				sleep(at)
			}
			if calls > 2 || time.Since(start) != at {
				t.Fatalf("%v after %d calls, want %v", time.Since(start), calls, at)
			}
		}
	})
}

// earlyTarget counts the requests that come before as many were due.
type earlyTarget struct {
	pool  *Pool
	sent  atomic.Int64
	early atomic.Int64
}

func (t *earlyTarget) NewInvoker(int) (Invoker, error) { return t, nil }

func (t *earlyTarget) Invoke(context.Context, uint64, *Result) {
	if due := time.Duration(t.sent.Add(1)) * time.Second / 2000; t.pool.elapsed() < due {
		t.early.Add(1)
	}
}

func (t *earlyTarget) Close() error { return nil }

// TestNothingIsSentEarly on the real clock: the k-th request not before the k-th arrival.
func TestNothingIsSentEarly(t *testing.T) {
	target := new(earlyTarget)
	p, err := NewPool(Config{Target: target, Requests: 400})
	if err != nil {
		t.Fatal(err)
	}
	target.pool = p
	apply(t, p, Plan{Loop: Open, Rate: 2000, Users: 20})
	<-p.Done()
	if s := snapshot(p); target.early.Load() > 0 || s.Total.OK != 400 || s.Err != nil {
		t.Errorf("%d early; %+v, err %v", target.early.Load(), s.Total, s.Err)
	}
}
