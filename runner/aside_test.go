package runner

import (
	"testing"
	"time"
)

// aside is a target that answers in 40 ms, and whose Invoker takes 20 ms before and 10 ms after that.
func aside() *fakeTarget {
	return &fakeTarget{
		takes:  func(int, uint64) time.Duration { return 70 * time.Millisecond },
		before: 20 * time.Millisecond, after: 10 * time.Millisecond,
	}
}

func TestWhatIsNotTheExchangeIsNoLatency(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, _ := newLoad(t, aside(), nil)
		apply(t, p, Plan{Users: 1, SpawnRate: 1000})
		wait(205 * time.Millisecond)
		stop(t, p)
		st := snapshot(p).Run.Stats
		if st[Response].Count != 3 || st[Response].Min != 40*time.Millisecond || st[Response].Max != 40*time.Millisecond {
			t.Errorf("response %+v", st[Response])
		}
	})
}

// Under a schedule, a request that is made late is late; that its answer is looked at afterwards delays only the next one.
func TestMakingARequestIsSendLag(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, _ := newLoad(t, aside(), nil)
		apply(t, p, Plan{Loop: Open, Rate: 10, Users: 1})
		wait(405 * time.Millisecond)
		stop(t, p)
		st := snapshot(p).Run.Stats
		for m, want := range map[Measure]time.Duration{Response: 60 * time.Millisecond, Service: 40 * time.Millisecond, SendLag: 20 * time.Millisecond, PoolWait: time.Microsecond} {
			if st[m].Count < 3 || st[m].Max != want {
				t.Errorf("%v: %+v, want %v", m, st[m], want)
			}
		}
	})
}

func TestTryLeavesOutWhatIsNotTheExchange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tried, err := Try(t.Context(), aside())
		if err != nil || tried.Took != 40*time.Millisecond {
			t.Errorf("%v, %v", tried.Took, err)
		}
	})
}
