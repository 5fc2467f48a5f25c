package cli_test

import "testing"

// Keys change the loop while the load goes on, and back.
func TestKeysChangeTheLoop(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, quick())
	c := w.console("run", "fast", "-d", "hi", "-c", "2", "--think-time", "50ms", "--max-rate", "120", "--max-users", "7", "--cw-wait", "0s", "--out", "run")
	c.shows("RUN  fast/AllTraffic", "users          2", "r rate")
	w.sends(20, c.process)
	c.press("r")
	c.shows("now 2 users, at most 120/s")
	c.press("50\r")
	c.shows("2 users -> 50/s, reached", "rate      50.0/s", "from schedule")
	w.sends(w.invoked()+50, c.process)
	c.press("+")
	c.shows("50/s -> 55/s")
	c.press("r1000\r")
	c.shows("1000/s is above --max-rate: 120/s it is")
	c.shows("55/s -> 120/s, reached")
	c.press("u3\r")
	c.shows("120/s -> 3 users, reached", "users          3")
	c.press("q")
	c.shows("Stop the run?")
	c.press("y")
	c.leaves(0)
	s := w.summary()
	loops := ""
	for i := range s.Load.Segments {
		loops += s.Load.Segments[i].Loop + " "
	}
	if loops != "closed open open open closed " || s.Load.ThinkTime != "50ms" {
		t.Errorf("segments were %s, think time %s", loops, s.Load.ThinkTime)
	}
	if g := s.Load.Segments[1]; g.Rate == nil || *g.Rate != 50 || g.Users != 7 {
		t.Errorf("the second segment is %+v", g)
	}
	heads(t, s, "DONE", c.printed())
	if s.Service != nil {
		t.Errorf("both loops in one run have no one service time: %+v", s.Service)
	}
}
