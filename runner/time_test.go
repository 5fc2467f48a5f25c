package runner

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"runtime/metrics"
	"testing"
	"time"
)

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

func TestCourse(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		name    string
		course  course
		elapsed time.Duration
		users   int
		next    time.Duration
		ok      bool
	}{
		{"at once", course{from: 2, to: 9}, 0, 9, 0, false},
		{"nothing to do", course{from: 5, to: 5, ramp: s}, 0, 5, 0, false},
		{"first at once", course{to: 10, rate: 4}, 0, 1, 250 * ms, true},
		{"just before the second", course{to: 10, rate: 4}, 250*ms - 1, 1, 250 * ms, true},
		{"the second", course{to: 10, rate: 4}, 250 * ms, 2, 500 * ms, true},
		{"the last", course{to: 10, rate: 4}, 2250 * ms, 10, 0, false},
		{"rate down", course{from: 10, to: 7, rate: 4}, 250 * ms, 8, 500 * ms, true},
		{"slower than a life", course{to: 2, rate: 1e-300}, time.Hour, 1, forever, true},
		{"ramp start", course{to: 50, ramp: 30 * s}, 0, 0, 600 * ms, true},
		{"ramp", course{to: 50, ramp: 30 * s}, 600 * ms, 1, 1200 * ms, true},
		{"ramp end", course{to: 50, ramp: 30 * s}, 30*s - 1, 49, 30 * s, true},
		{"ramp done", course{to: 50, ramp: 30 * s}, 30 * s, 50, 0, false},
		{"ramp before rate", course{to: 50, ramp: 30 * s, rate: 1000}, 600 * ms, 1, 1200 * ms, true},
		{"ramp down", course{from: 50, ramp: 30 * s}, 29400 * ms, 1, 30 * s, true},
		{"uneven", course{from: 1, to: 4, ramp: s}, 666_666_667, 3, s, true},
	} {
		users, next, ok := c.course.at(c.elapsed)
		if users != c.users || next != c.next || ok != c.ok {
			t.Errorf("%s: %d users until %v (%v), want %d until %v (%v)", c.name, users, next, ok, c.users, c.next, c.ok)
		}
	}
}

// TestCourseNeverTurnsBack holds that what at says comes next does.
func TestCourseNeverTurnsBack(t *testing.T) {
	rng := newRand()
	for range 300 {
		c := course{from: rng.IntN(100), to: rng.IntN(100)}
		switch rng.IntN(3) {
		case 0:
			c.ramp = time.Duration(rng.Int64N(int64(time.Hour)))
		case 1:
			c.rate = rng.Float64() * 1000
		}
		was, next, more := c.at(0)
		for more {
			if users, _, _ := c.at(next - 1); users != was {
				t.Fatalf("%+v: %d users just before %v, want %d", c, users, next, was)
			}
			users, then, again := c.at(next)
			if step := users - was; step == 0 || step > 0 != (c.to > c.from) || again && then <= next {
				t.Fatalf("%+v: from %d to %d at %v, next at %v", c, was, users, next, then)
			}
			was, next, more = users, then, again
		}
		if was != c.to {
			t.Fatalf("%+v ends at %d", c, was)
		}
		if users, _, _ := c.at(c.length()); users != c.to {
			t.Fatalf("%+v: %d users at its end", c, users)
		}
	}
}

func TestCalendar(t *testing.T) {
	const ms = time.Millisecond
	c := newCalendar(time.Unix(100, int64(400*ms)))
	one, two, three := newOrder(1), newOrder(2), newOrder(3)
	two.reached = 900 * ms
	c.change(one, 0)
	c.change(two, 300*ms)
	got := c.agendas(601*ms, false)
	want := []agenda{{100, []stint{{one, 300 * ms, 0, false}, {two, 300 * ms, 0, true}}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("first second: %+v", got)
	}
	c.change(three, 2000*ms)
	quit := &order{segment: 3, quit: true}
	c.change(quit, 2900*ms)
	got = c.agendas(3100*ms, true)
	want = []agenda{
		{101, []stint{{two, 1000 * ms, 0, true}}},
		{102, []stint{{two, 400 * ms, 0, false}, {three, 600 * ms, 0, false}}},
		{103, []stint{{three, 300 * ms, 200 * ms, false}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("late, and the last one:\n got %+v\nwant %+v", got, want)
	}
}

func TestALateCutLeavesNoGap(t *testing.T) {
	r, c := newTestRecorder(), new(cutter)
	cal := newCalendar(time.Unix(100, 0))
	orders := []*order{r.shards[0].current(), newOrder(2)}
	cal.change(orders[0], 0)
	s := r.shard(0)
	o := begin(s)
	s.end(o, new(Result), took(time.Second))
	begin(s)
	cal.change(orders[1], 2500*time.Millisecond)
	r.publish(orders[1])
	o = begin(s)
	s.end(o, new(Result), took(time.Second))
	taken, _ := r.take(nil)
	c.taken = taken
	list := cal.agendas(4001*time.Millisecond, false)
	c.join(list, &r.sets)
	c.fill(list, Delta{Users: 3, Client: Client{Cores: 2}})
	type row struct {
		second   int64
		segment  int
		ok       uint64
		inFlight int
		covered  time.Duration
		final    bool
		cores    float64
	}
	var got []row
	for _, d := range c.deltas {
		got = append(got, row{d.Second, d.Segment, d.OK, d.InFlight, d.Covered, d.Final, d.Client.Cores})
	}
	want := []row{
		{100, 1, 1, 1, time.Second, true, 2},
		{101, 1, 0, 1, time.Second, true, 0},
		{102, 1, 0, 1, 500 * time.Millisecond, false, 0},
		{102, 2, 1, 0, 500 * time.Millisecond, true, 0},
		{103, 2, 0, 0, time.Second, true, 0},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestClientMerge(t *testing.T) {
	c := Client{CPUPercent: 40, Cores: 2, SchedP99: 3, GCPause: 9, Opened: 4, RTT: 7}
	c.Merge(Client{CPUPercent: 60, Cores: 8, SchedP99: 2, GCPause: 11, Opened: 5})
	c.Merge(Client{RTT: 5})
	if want := (Client{CPUPercent: 60, Cores: 8, SchedP99: 3, GCPause: 11, Opened: 9, RTT: 5}); c != want {
		t.Errorf("%+v", c)
	}
}

func TestClientMeterMeasuresThisProcess(t *testing.T) {
	m := newClientMeter(new(netip.Addr))
	m.at = m.at.Add(-2 * time.Second) // as if it were a while ago
	var c, again Client
	m.measure(&c)
	if c.Cores < 1 || c.CPUPercent < 0 || c.CPUPercent > 100 || c.SchedP99 < 0 {
		t.Errorf("%+v", c)
	}
	m.measure(&again)
	if again != c {
		t.Errorf("%+v became %+v in no time", c, again)
	}
	if processCPU() <= 0 {
		t.Error("this process used no CPU")
	}
	if n := testing.AllocsPerRun(10, func() { m.at = m.at.Add(-time.Second); m.measure(&c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCountsSinceLooksAtWhatIsNew(t *testing.T) {
	edges := []float64{0, 0.001, 0.01, 0.1, 1}
	var s countsSince
	update := func(q float64, counts ...uint64) time.Duration {
		return s.update(&metrics.Float64Histogram{Counts: counts, Buckets: edges}, q)
	}
	if got := update(0.99, 0, 0, 0, 50); got != time.Second {
		t.Errorf("first: %v", got)
	}
	if got := update(0.99, 99, 1, 0, 50); got != time.Millisecond {
		t.Errorf("99 of 100 within 1 ms: %v", got)
	}
	if got := update(1, 199, 2, 0, 50); got != 10*time.Millisecond {
		t.Errorf("longest: %v", got)
	}
	if got := update(1, 199, 2, 0, 50); got != 0 {
		t.Errorf("nothing new: %v", got)
	}
}
