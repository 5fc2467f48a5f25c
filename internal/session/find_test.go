package session

import (
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// bearing is a Load that only goes by the book: what it is asked for is answered in 50 ms, as far as an endpoint bears that. Beyond that
// answers are late.
type bearing struct {
	sink  func(*runner.Delta)
	bears float64                       // answers a second
	spoil func(d *runner.Delta, at int) // what else befalls the second; nil: nothing
	mu    sync.Mutex
	plans []runner.Plan
	stop  context.CancelFunc
	done  chan struct{}
}

func (l *bearing) Apply(p runner.Plan) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.plans = append(l.plans, p); l.stop == nil {
		var ctx context.Context
		ctx, l.stop = context.WithCancel(context.Background())
		go l.run(ctx)
	}
	return p.Validate()
}

func (l *bearing) run(ctx context.Context) {
	defer close(l.done)
	for seq := 1; wait(ctx, time.Second); seq++ {
		d := l.delta(uint64(seq))
		if l.spoil != nil {
			l.spoil(&d, seq)
		}
		l.sink(&d)
	}
}

func (l *bearing) delta(seq uint64) runner.Delta {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.plans[len(l.plans)-1]
	d := runner.Delta{Seq: seq, Second: time.Now().Unix() - 1, Segment: len(l.plans), Final: true, Plan: p, Covered: time.Second, Users: p.Users}
	if p.Paused {
		d.Covered = 0
		return d
	}
	takes, rate := 50*time.Millisecond, p.Rate
	if p.Loop == runner.Closed {
		rate = min(l.bears, float64(p.Users)/takes.Seconds())
		takes = time.Duration(float64(p.Users) / rate * float64(time.Second))
	}
	d.Sent = uint64(rate)
	d.OK = uint64(min(rate, l.bears))
	d.InFlight = int(d.Sent - d.OK)
	late := 0.
	if p.Loop == runner.Open { // a tail that grows steeply: 1 % at nine tenths
		late = .01 * math.Pow(rate/(.9*l.bears), 30)
	}
	d.Hist[runner.Response] = new(runner.Hist)
	for i := range d.OK {
		took := takes + time.Duration(i%7)*time.Millisecond
		if float64(i) < math.Round(late*float64(d.OK)+.49*float64(seq%2)) {
			took = 300 * time.Millisecond
		}
		d.Hist[runner.Response].Record(took)
	}
	return d
}

func (l *bearing) Snapshot(s *runner.Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.State = runner.Running
	if n := len(l.plans); n > 0 {
		s.Plan, s.Users = l.plans[n-1], l.plans[n-1].Users
	}
}

func (l *bearing) Stop(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop()
	return nil
}

func (l *bearing) Done() <-chan struct{} { return l.done }

// searchOf conducts a search of an endpoint that bears 200/s, with a memory of it.
func searchOf(t *testing.T, l *bearing, change func(*Config), steer func(*Session)) (State, *memory) {
	t.Helper()
	m := &memory{}
	st := conducted(t, func() Config {
		cfg := users(1, 0)
		cfg.Info.Find, cfg.Info.SLOs, cfg.Info.Other = true, []string{"p99<200ms"}, runner.Plan{Loop: runner.Open, Users: 256}
		if change != nil {
			change(&cfg)
		}
		l.done = newChan()
		cfg.NewLoad = func(sink func(*runner.Delta)) (runner.Load, error) {
			l.sink = sink
			return l, nil
		}
		cfg.Journal = m
		return cfg
	}, steer)
	return st, m
}

// The search conducts the load from its begin to its end, and with it the run ends. What is replayed has searched the same.
func TestFindEndsWithItsSearch(t *testing.T) {
	l := &bearing{bears: 200}
	st, m := searchOf(t, l, nil, nil)
	r := st.Search.Result
	if st.Reason != EndFound || r.Outcome != sizing.Held || r.Rate < 150 || r.Rate > 185 || r.Held < 2*time.Minute {
		t.Fatalf("ended by %s: %s", st.Reason, &r)
	}
	if p := st.Search.Progress; p.Phase != sizing.PhaseOver || p.Done != 1 {
		t.Errorf("%+v", p)
	}
	if !logged(&st, "find: step 1: ") || !logged(&st, "find: at least") || logged(&st, "SLO p99<200ms fails") {
		t.Errorf("log:\n%s", texts(&st))
	}
	if st.SLOs[0].Pass != sizing.Unknown || st.Invalid != nil {
		t.Errorf("what was tried is judged as if it had been wanted: %v, %v", st.SLOs[0].Pass, st.Invalid)
	}
	for i, p := range l.plans {
		if p.Loop == runner.Open && (p.Users != 256 || !p.Poisson) || p.Loop == runner.Closed && p.SpawnRate != 0 {
			t.Errorf("plan %d: %+v", i, p)
		}
	}
	book, err := NewBook(st.Info)
	if err != nil {
		t.Fatal(err)
	}
	for _, write := range m.write {
		if err := write(book); err != nil {
			t.Fatal(err)
		}
	}
	var again State
	book.State(&again)
	if again.Search.Result.String() != r.String() || again.Search.Asked != st.Search.Asked {
		t.Errorf("replayed: %s, live: %s", &again.Search.Result, &r)
	}
}

// Where not even two users' requests hold the SLO there is nothing to search.
func TestFindFailsAtRest(t *testing.T) {
	l := &bearing{bears: 200}
	st, _ := searchOf(t, l, func(cfg *Config) { cfg.Info.SLOs = []string{"p99<1us"} }, nil)
	r := &st.Search.Result
	if st.Reason != EndFound || r.Outcome != sizing.NoRate || !strings.Contains(r.String(), "p99<1us does not hold with 2 users") {
		t.Errorf("ended by %s: %s", st.Reason, r)
	}
	for i, p := range l.plans {
		if p.Users > 2 || p.Loop != runner.Closed {
			t.Errorf("plan %d: %+v", i, p)
		}
	}
}

// The key goes from the load that is there, and back to it.
func TestFindByKeyGoesBack(t *testing.T) {
	l := &bearing{bears: 200}
	st, _ := searchOf(t, l, func(cfg *Config) { cfg.Info.Find, cfg.Info.Plan.Users = false, 7 }, func(s *Session) {
		time.Sleep(20 * time.Second)
		_ = s.Do(Command{Verb: Find})
		time.Sleep(5 * time.Second)
		_ = s.Do(Command{Verb: Find})
		time.Sleep(20 * time.Minute)
		_ = s.Do(Command{Verb: Stop})
	})
	if r := &st.Search.Result; r.Outcome != sizing.Held || r.Rate < 150 || r.Rate > 185 {
		t.Errorf("%s", r)
	}
	if last := l.plans[len(l.plans)-1]; last.Users != 7 || last.Loop != runner.Closed || st.Reason != EndStopped {
		t.Errorf("then %+v, ended by %s", last, st.Reason)
	}
	if !logged(&st, "it searches already") {
		t.Errorf("log:\n%s", texts(&st))
	}
	if w := &st.Load.Run; st.SLOs[0].Pass != sizing.Pass || w.Plans != 1 || w.Plan.Users != 7 {
		t.Errorf("the run's own SLO is not judged by its own load: %v over %d plans, the last of them %+v", st.SLOs[0].Pass, w.Plans, w.Plan)
	}
	for i, p := range l.plans {
		if own := i == 0 || i == len(l.plans)-1; p.Trial == own {
			t.Errorf("plan %d of %d: %+v", i, len(l.plans), p)
		}
	}
}

// A search has its say in the log of why it ended, and what it left behind.
func TestFindEndsEarly(t *testing.T) {
	after := func(d time.Duration, c Command) func(*Session) {
		return func(s *Session) {
			time.Sleep(d)
			_ = s.Do(c)
		}
	}
	thenStop := func(steer func(*Session)) func(*Session) {
		return func(s *Session) {
			steer(s)
			time.Sleep(10 * time.Second)
			_ = s.Do(Command{Verb: Stop})
		}
	}
	key := func(cfg *Config) { cfg.Info.Find = false }
	for _, c := range []struct {
		name    string
		change  func(*Config)
		steer   func(*Session)
		outcome sizing.Outcome
		reason  string // of the result
		ended   string
		last    string
	}{
		{"by hand", nil, thenStop(after(time.Minute, Command{Verb: SetUsers, Count: 9})), sizing.Unfinished, "the load was changed by hand", EndStopped, "9 users"},
		{"by a rate", nil, thenStop(after(time.Minute, Command{Verb: SetRate, Rate: 20})), sizing.Unfinished, "the load was changed by hand", EndStopped, "20/s"},
		{"given up", nil, after(time.Minute, Command{Verb: EndFind}), sizing.Unfinished, "given up", EndStopped, ""},
		{"ctrl+c", nil, after(100*time.Second, Command{Verb: Interrupt}), sizing.Unfinished, "the load ended in the phase", EndInterrupt, ""},
		{"requests", func(cfg *Config) { cfg.Info.Requests = 3000 }, nil, sizing.Unfinished, "the limit of 3,000 requests was reached", EndFound, ""},
		{"no SLO", func(cfg *Config) { key(cfg); cfg.Info.SLOs = nil }, thenStop(after(time.Minute, Command{Verb: Find})), 0, "", EndStopped, "1 user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &bearing{bears: 200}
			st, _ := searchOf(t, l, c.change, c.steer)
			if st.Reason != c.ended {
				t.Errorf("ended by %s", st.Reason)
			}
			if last := asked(l.plans[len(l.plans)-1]); c.last != "" && last != c.last {
				t.Errorf("the load was left at %s", last)
			}
			if st.Search == nil {
				if !logged(&st, "nothing to search for: no SLO on a latency percentile") {
					t.Errorf("log:\n%s", texts(&st))
				}
				return
			}
			if r := &st.Search.Result; !st.Search.Over || r.Outcome != c.outcome || !strings.HasPrefix(r.Reason, c.reason) {
				t.Errorf("%s: %s", r.Outcome, r)
			}
		})
	}
}

// A pause interrupts what is tried: it begins anew.
func TestFindWaitsThroughAPause(t *testing.T) {
	l := &bearing{bears: 200}
	st, _ := searchOf(t, l, nil, func(s *Session) {
		time.Sleep(80 * time.Second)
		_ = s.Do(Command{Verb: Pause})
		time.Sleep(40 * time.Second)
		var st State
		if s.State(&st); st.Phase != Paused || st.Search.Over {
			t.Errorf("phase %s, over %v", st.Phase, st.Search.Over)
		}
		_ = s.Do(Command{Verb: Pause})
		time.Sleep(5 * time.Second)
		if s.State(&st); st.Phase != Finding {
			t.Errorf("phase %s", st.Phase)
		}
	})
	i := slices.IndexFunc(l.plans, func(p runner.Plan) bool { return p.Paused })
	before, after := l.plans[i-1], l.plans[len(l.plans)-1]
	if resumed := l.plans[i+2]; resumed != before { // resumed, then begun anew
		t.Errorf("%+v, then %+v", before, resumed)
	}
	if st.Search.Result.Outcome != sizing.Held || after.Paused {
		t.Errorf("%s", &st.Search.Result)
	}
}

// The client's own want of CPU makes no statement about the endpoint, and no run invalid that says so itself.
func TestFindLimitedByTheClient(t *testing.T) {
	l := &bearing{bears: 200, spoil: func(d *runner.Delta, _ int) {
		if d.Plan.Loop == runner.Open {
			d.Client = runner.Client{CPUPercent: 100, Cores: 1, SchedP99: time.Second}
		}
	}}
	st, _ := searchOf(t, l, nil, nil)
	if r := &st.Search.Result; r.Outcome != sizing.ClientLimited || !strings.HasPrefix(r.Reason, "client-cpu") || st.Reason != EndFound {
		t.Errorf("%s: %s, ended by %s", r.Outcome, r, st.Reason)
	}
}

// What nothing can be searched by is said before anything is sent.
func TestFindWithoutAnSLOIsNoRun(t *testing.T) {
	if _, err := NewBook(Info{Find: true, Period: 10 * time.Second, SLOs: []string{"tps>=100"}}); err == nil || !strings.Contains(err.Error(), "such as p99<200ms") {
		t.Error(err)
	}
}
