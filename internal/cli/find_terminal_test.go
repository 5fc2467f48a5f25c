package cli_test

import (
	"testing"

	"sagetop/internal/simulator"
)

// The key searches from the load that is there, gives that up, and leaves the load as it was.
func TestFindByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, quick())
	c := w.console("run", "fast", "-d", "hi", "-c", "3", "--max-rate", "120", "--slo", "p99<5s", "--cw-wait", "0s", "--out", "run")
	c.shows("RUN  fast/AllTraffic", "users          3")
	w.sends(20, c.process)
	c.press("f")
	c.shows("looks for     the highest rate that holds p99<5s", "up to 120/s (--max-rate)", "goes back to 3 users", "Search for the capacity?")
	c.press("n")
	c.shows("nothing is searched for", "RUN  fast")
	c.press("fy")
	c.shows("FIND  fast/AllTraffic", "Find warm-up: 2 users", "users          2")
	w.sends(w.invoked()+50, c.process)
	c.press("f")
	c.shows("Give up the search?")
	c.press("y")
	c.shows("2 users -> 3 users", "RUN  fast/AllTraffic", "users          3")
	c.press("fy")
	c.shows("FIND  fast/AllTraffic")
	c.press("u4\r")
	c.shows("the load was changed by hand", "RUN  fast/AllTraffic", "users          4")
	c.press("\x03")
	c.leaves(130)
	if s := w.summary(); s.Find || s.Sizing == nil || s.Sizing.Outcome != "unfinished" || s.Sizing.TPS != nil {
		t.Errorf("find %v, %+v", s.Find, s.Sizing)
	}
}

// What scales by itself is asked about on a terminal, with the commands that suspend and resume that.
func TestFindAsksAboutWhatScales(t *testing.T) {
	t.Parallel()
	e := quick()
	e.Scaling = &simulator.Scaling{Min: 1, Max: 2}
	w := newWorld(t, e)
	c := w.console(findFast()...)
	c.shows("scales from 1 to 2 instances", "ed=true,DynamicScalingOutSuspended=true", "ed=false,DynamicScalingOutSuspended=false", "Load it? [y/N]")
	c.press("\r")
	c.leaves(1)
	if n := w.invoked(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
