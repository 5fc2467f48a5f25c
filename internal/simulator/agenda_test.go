package simulator

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestAgendaInOrder(t *testing.T) {
	var a agenda
	a.next.Store(int64(never))
	var got []int
	note := func(n int) func(time.Duration) {
		return func(at time.Duration) {
			if got = append(got, n); n == 2 {
				a.when(at, func(time.Duration) { got = append(got, 20) })
			}
		}
	}
	for n, at := range []time.Duration{5, 3, 3, 9} {
		a.when(at, note(n))
	}
	a.run(2)
	if next := a.next.Load(); len(got) != 0 || next != 3 {
		t.Errorf("%v happened early, the next is due at %d", got, next)
	}
	a.run(5)
	if want := []int{1, 2, 20, 0}; !slices.Equal(got, want) || a.next.Load() != 9 {
		t.Errorf("%v happened, want %v; the next is due at %d", got, want, a.next.Load())
	}
	a.run(9)
	if a.next.Load() != int64(never) {
		t.Errorf("nothing is left, but due at %d", a.next.Load())
	}
}

// A server that listens goes on while nobody asks it anything.
func TestTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{Endpoints: []EndpointConfig{{Name: "demo", Profile: booting(), Scaling: &Scaling{Min: 1, Max: 3}}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			s.tick(ctx)
			close(done)
		}()
		if err := s.Scale("demo", "AllTraffic", 9); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		s.changes.Lock()
		n := len(s.scaling.activities)
		s.changes.Unlock()
		if n != 1 {
			t.Errorf("%d activities, want the one that goes back to three instances", n)
		}
		cancel()
		<-done
	})
}
