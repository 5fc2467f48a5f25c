package session

import (
	"context"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"sagetop/runner"
)

// scheduled is a Load that only goes by the book: each second it tells of as many answers as its Plan asks for.
type scheduled struct {
	sink func(*runner.Delta)
	free int // users that the endpoint leaves busy: beyond them arrivals wait; 0: none do

	mu      sync.Mutex
	plans   []runner.Plan
	begun   bool
	stopped chan struct{}
	done    chan struct{}
}

func (l *scheduled) Apply(p runner.Plan) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.plans = append(l.plans, p)
	if !l.begun {
		l.begun = true
		go l.run()
	}
	return p.Validate()
}

// run ends each second with a Delta of the Plan in force.
func (l *scheduled) run() {
	defer close(l.done)
	for seq := uint64(1); ; seq++ {
		select {
		case <-time.After(time.Second):
		case <-l.stopped:
			return
		}
		d := l.delta(seq)
		l.sink(&d)
	}
}

func (l *scheduled) delta(seq uint64) runner.Delta {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.plans[len(l.plans)-1]
	d := runner.Delta{Seq: seq, Second: time.Now().Unix() - 1, Segment: len(l.plans), Final: true, Plan: p, Covered: time.Second, Users: p.Users}
	if p.Loop == runner.Open && !p.Paused {
		d.Sent, d.OK = uint64(p.Rate), uint64(p.Rate)
		d.Hist[runner.Response], d.Hist[runner.PoolWait] = new(runner.Hist), new(runner.Hist)
		for range d.OK {
			d.Hist[runner.Response].Record(50 * time.Millisecond)
			d.Hist[runner.PoolWait].Record(0)
		}
	}
	if l.free > 0 && p.Users >= l.free {
		d.Due, d.InFlight = 132, p.Users
		d.Sent += uint64(p.Users)
	}
	return d
}

func (l *scheduled) Snapshot(s *runner.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.State = runner.Running
	if n := len(l.plans); n > 0 {
		s.Plan, s.Users = l.plans[n-1], l.plans[n-1].Users
	}
}

func (l *scheduled) Stop(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.stopped:
	default:
		close(l.stopped)
	}
	if !l.begun {
		close(l.done)
	}
	return nil
}

func (l *scheduled) Done() <-chan struct{} { return l.done }

// asked are the plans that were applied, in short.
func (l *scheduled) asked() string {
	var all []string
	for _, p := range l.plans {
		text := asked(p)
		if p.Ramp > 0 {
			text += " over " + p.Ramp.Round(time.Second).String()
		}
		if p.Paused {
			text += " paused"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// onSchedule is cfg on a fake load, which it returns.
func onSchedule(t *testing.T, make func() Config, steer func(*Session)) (*scheduled, State) {
	t.Helper()
	l := &scheduled{}
	st := conducted(t, func() Config {
		cfg := make()
		l.stopped, l.done = newChan(), newChan()
		cfg.NewLoad = func(sink func(*runner.Delta)) (runner.Load, error) {
			l.sink = sink
			return l, nil
		}
		return cfg
	}, steer)
	return l, st
}

func newChan() chan struct{} { return make(chan struct{}) }

// rate of a run that is in the open loop from its start.
func rate(r float64, d time.Duration) Config {
	cfg := users(0, d)
	cfg.Info.Plan = runner.Plan{Loop: runner.Open, Rate: r, Poisson: true, Users: 64}
	cfg.Info.Other = runner.Plan{SpawnRate: 50}
	return cfg
}

// does gives the commands one after the other, with that time before each, and stops.
func does(every time.Duration, commands ...Command) func(*Session) {
	return func(s *Session) {
		for _, c := range append(commands, Command{Verb: Stop}) {
			time.Sleep(every)
			_ = s.Do(c)
		}
	}
}

func TestSwitchingLoops(t *testing.T) {
	thinking := func() Config {
		cfg := users(48, 0)
		cfg.Info.Plan.ThinkMin, cfg.Info.Plan.ThinkMax = time.Second, 2*time.Second
		cfg.Info.Other = runner.Plan{Loop: runner.Open, Poisson: true, Users: 200}
		cfg.Info.Warmup = time.Hour
		return cfg
	}
	l, st := onSchedule(t, thinking, does(3*time.Second,
		Command{Verb: SetRate, Rate: 135}, Command{Verb: Step, Count: 1}, Command{Verb: SetUsers, Count: 20}, Command{Verb: Step, Count: -1}))
	open := runner.Plan{Loop: runner.Open, Rate: 135, Poisson: true, Users: 200, Warmup: true}
	closed := runner.Plan{Users: 20, SpawnRate: 100, ThinkMin: time.Second, ThinkMax: 2 * time.Second, Warmup: true}
	if len(l.plans) != 5 || l.plans[1] != open || l.plans[3] != closed {
		t.Errorf("r applied %+v, u %+v", l.plans[1], l.plans[3])
	}
	if got, want := l.asked(), "48 users, 135/s, 149/s, 20 users, 18 users"; got != want {
		t.Errorf("applied %s, want %s", got, want)
	}
	for _, want := range []string{"48 users -> 135/s, reached", "135/s -> 149/s", "149/s -> 20 users"} {
		if !logged(&st, want) {
			t.Errorf("the log lacks %q:\n%s", want, texts(&st))
		}
	}
}

// Without a word of the other loop it is what a person would expect of it.
func TestPlanOfTheOtherLoop(t *testing.T) {
	info := Info{Plan: runner.Plan{Users: 4, SpawnRate: 7}}
	if got, want := info.PlanOf(runner.Open), (runner.Plan{Loop: runner.Open, Users: DefaultMaxUsers}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	info = Info{Plan: runner.Plan{Loop: runner.Open, Rate: 5, Users: 9}}
	if got := info.PlanOf(runner.Closed); got != (runner.Plan{}) {
		t.Errorf("%+v", got)
	}
	if got := info.PlanOf(runner.Open); got != info.Plan {
		t.Errorf("%+v", got)
	}
}

// A journal's first line keeps what a switch needs.
func TestInfoSurvivesTheJournal(t *testing.T) {
	info := rate(12.5, time.Minute).Info
	info.MaxRate = 99.5
	text, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	var again Info
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	again.Started = info.Started
	if !reflect.DeepEqual(again, info) {
		t.Errorf("%+v, want %+v", again, info)
	}
}

func TestRateStages(t *testing.T) {
	l, st := onSchedule(t, func() Config {
		cfg := rate(10, 0)
		cfg.Info.Stages = []Stage{{30 * time.Second, 40.5}, {10 * time.Second, 40.5}, {10 * time.Second, 0}}
		return cfg
	}, nil)
	if got, want := l.asked(), "10/s, 40.5/s over 30s, 40.5/s, 0/s over 10s"; got != want {
		t.Errorf("applied %s, want %s", got, want)
	}
	if took := st.Ended.Sub(st.Info.Started); st.Reason != EndDuration || took < 50*time.Second || took > 52*time.Second {
		t.Errorf("ended by %s after %v", st.Reason, took)
	}
	if !logged(&st, "10/s -> 40.5/s, reached in 30.0s") {
		t.Errorf("log:\n%s", texts(&st))
	}
}

func TestStagesStartFromTheUsersAskedFor(t *testing.T) {
	l, _ := onSchedule(t, func() Config {
		cfg := users(10, 0)
		cfg.Info.Stages = []Stage{{30 * time.Second, 50}}
		return cfg
	}, nil)
	if got, want := l.asked(), "10 users, 50 users over 30s"; got != want || l.plans[0].SpawnRate != 0 || l.plans[1].SpawnRate == 0 {
		t.Errorf("applied %s, want %s, the first ones at once: %+v", got, want, l.plans)
	}
}

func TestAStepInARampOfTheRateIsFromWhereItIs(t *testing.T) {
	for verb, want := range map[Verb]string{
		Step:  "100/s, 200/s over 1m40s, 165/s",
		Pause: "100/s, 200/s over 1m40s, 150/s paused, 200/s over 50s",
	} {
		t.Run(string(verb), func(t *testing.T) {
			l, _ := onSchedule(t, func() Config {
				cfg := rate(100, 0)
				cfg.Info.Stages = []Stage{{100 * time.Second, 200}}
				return cfg
			}, func(s *Session) {
				time.Sleep(50 * time.Second)
				_ = s.Do(Command{Verb: verb, Count: 1})
				if verb == Pause {
					time.Sleep(20 * time.Second)
					_ = s.Do(Command{Verb: verb})
				}
				time.Sleep(5 * time.Second)
				_ = s.Do(Command{Verb: Stop})
			})
			if got := l.asked(); got != want {
				t.Errorf("applied %s, want %s", got, want)
			}
		})
	}
}

func TestMaxRateBoundsWhatIsTyped(t *testing.T) {
	up := Command{Verb: Step, Count: 1}
	l, st := onSchedule(t, func() Config {
		cfg := rate(100, 0)
		cfg.Info.MaxRate = 120
		return cfg
	}, does(2*time.Second, up, up, up, up, Command{Verb: SetRate, Rate: 90}, Command{Verb: SetRate, Rate: 1e5}))
	if got, want := l.asked(), "100/s, 110/s, 120/s, 90/s, 120/s"; got != want {
		t.Errorf("applied %s, want %s", got, want)
	}
	if n := strings.Count(texts(&st), "is above --max-rate: 120/s it is"); n != 2 {
		t.Errorf("said %d times, want once for the key and once for the rate:\n%s", n, texts(&st))
	}
	if !logged(&st, "100000/s is above") {
		t.Errorf("log:\n%s", texts(&st))
	}
}

func TestWatchingStepsFromNoRate(t *testing.T) {
	l, st := onSchedule(t, func() Config {
		cfg := rate(100, 0)
		cfg.Info.Watch = true
		return cfg
	}, func(s *Session) {
		time.Sleep(5 * time.Second)
		var st State
		if s.State(&st); st.Phase != Watch {
			t.Errorf("phase %s", st.Phase)
		}
		does(time.Second, Command{Verb: Step, Count: 1})(s)
	})
	if got := l.asked(); got != "0/s, 1/s" {
		t.Errorf("applied %s", got)
	}
	if st.Phase != Done {
		t.Errorf("phase %s", st.Phase)
	}
}

func TestArrivalsThatWaitAreSaidOnce(t *testing.T) {
	l := &scheduled{}
	st := conducted(t, func() Config {
		cfg := rate(100, time.Minute)
		l.stopped, l.done = newChan(), newChan()
		cfg.NewLoad = func(sink func(*runner.Delta)) (runner.Load, error) {
			l.sink = sink
			return l, nil
		}
		return cfg
	}, func(*Session) {
		for _, c := range []struct {
			after time.Duration
			free  int
		}{{10 * time.Second, 64}, {5 * time.Second, 0}, {3 * time.Second, 64}, {2 * time.Second, 0}} { // the gap of 3 s is none
			time.Sleep(c.after - time.Millisecond)
			l.mu.Lock()
			l.free = c.free
			l.mu.Unlock()
		}
	})
	for _, want := range []string{
		"all users are busy (--max-users 64): 132 arrivals wait for one",
		"no arrival waits for a free user any more; for 10s some did",
	} {
		if n := strings.Count(texts(&st), want); n != 1 {
			t.Errorf("%q was said %d times:\n%s", want, n, texts(&st))
		}
	}
}

func TestCrowded(t *testing.T) {
	second := func(change func(*runner.Second)) *runner.Second {
		s := &runner.Second{}
		s.Plan = runner.Plan{Loop: runner.Open, Users: 8, Rate: 100}
		s.Users, s.InFlight, s.Due = 8, 8, 3
		change(s)
		return s
	}
	for name, c := range map[string]struct {
		change func(*runner.Second)
		want   bool
	}{
		"all busy":             {func(*runner.Second) {}, true},
		"one is just free":     {func(s *runner.Second) { s.InFlight = 7 }, false},
		"there may be more":    {func(s *runner.Second) { s.Users = 7 }, false},
		"a closed loop":        {func(s *runner.Second) { s.Plan.Loop = runner.Closed }, false},
		"none waits":           {func(s *runner.Second) { s.Due = 0 }, false},
		"they waited, briefly": {func(s *runner.Second) { s.Due = 0; s.Stats[runner.PoolWait].P99 = time.Millisecond }, false},
		"they waited":          {func(s *runner.Second) { s.Due = 0; s.Stats[runner.PoolWait].P99 = time.Second }, true},
	} {
		if got := crowded(second(c.change)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Ten steps at once are ten steps, each of what the one before led to, but they do not end the load.
func TestSteps(t *testing.T) {
	for _, c := range []struct {
		from  float64
		steps int
		want  float64
	}{
		{100, 1, 110},
		{100, -1, 90},
		{100, 10, 261},
		{100, -10, 35},
		{261, -10, 91},
		{12.5, 10, 31.5},
		{12.5, -10, 2.5},
		{4000, -10, 1395},
		{0, 1, 1},
		{0, 10, 10},
		{0, -1, 0},
		{0, -10, 0},
		{1, -1, 0},
		{1, -10, 1},
		{2, -10, 1},
		{10, -10, 1},
		{.5, -1, 0},
		{.5, -10, .5},
		{1.5, -10, 1},
	} {
		if got := stepped(c.from, c.steps); got != c.want {
			t.Errorf("%d steps from %v: %v, want %v", c.steps, c.from, got, c.want)
		}
		one := c.from
		for range c.steps {
			one = stepped(one, 1)
		}
		if c.steps > 0 && one != c.want {
			t.Errorf("%d times a step from %v: %v, want %v", c.steps, c.from, one, c.want)
		}
	}
}

func TestTenStepsOfARate(t *testing.T) {
	down, up := Command{Verb: Step, Count: -10}, Command{Verb: Step, Count: 10}
	l, _ := onSchedule(t, func() Config { return rate(100, 0) }, does(time.Second, down, down, down, up))
	if got, want := l.asked(), "100/s, 35/s, 12/s, 2/s, 12/s"; got != want {
		t.Errorf("applied %s, want %s", got, want)
	}
}

// Steps without end go to the bound, not around it.
func TestStepsEndAtTheBound(t *testing.T) {
	for steps, want := range map[int]int{math.MaxInt: runner.MaxUsers, math.MinInt: 1} {
		l, _ := onSchedule(t, func() Config { return users(5, 4*time.Second) }, does(time.Second, Command{Verb: Step, Count: steps}))
		if got := l.plans[len(l.plans)-1].Users; got != want {
			t.Errorf("%d steps: %d users, want %d", steps, got, want)
		}
	}
}
