package sizing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/sizing"
	"sagetop/internal/sizing/trial"
	"sagetop/runner"
)

const (
	late = 90 * time.Second
	slo  = 200 * time.Millisecond
)

func searchFor(t *testing.T, c sizing.SearchConfig, rules ...string) *sizing.Search {
	t.Helper()
	for _, text := range rules {
		r, err := sizing.ParseSLO(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Rules = append(c.Rules, r)
	}
	s, err := sizing.NewSearch(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func endpoint(t *testing.T, c trial.Config) *trial.Trial {
	t.Helper()
	if c.Profile.Name == "" {
		c.Profile = model.Default()
	}
	c.Late, c.Lag = late, 100*time.Millisecond
	if c.SLO == 0 {
		c.SLO = slo
	}
	tr, err := trial.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// conduct s to its end and return what it found.
func conduct(t *testing.T, tr *trial.Trial, s *sizing.Search, each func()) sizing.Result {
	t.Helper()
	if err := tr.Search(s, time.Hour, each); err != nil {
		t.Fatal(err)
	}
	for range int(late / time.Second) {
		if err := tr.Next(); err != nil {
			t.Fatal(err)
		}
	}
	return s.Result(tr.Periods)
}

// The stages come in their order, progress goes on, and the answer says what the load was.
func TestSearchWalks(t *testing.T) {
	s, tr := searchFor(t, sizing.SearchConfig{}, "p99<200ms"), endpoint(t, trial.Config{Seed: 1})
	var walk []string
	var before sizing.Progress
	res := conduct(t, tr, s, func() {
		p := s.Progress()
		if p.Done < before.Done || p.Done > 1 || p.Left < 0 {
			t.Errorf("after %v of %s: %v done, %v left, %v before", p.For, p.Phase, p.Done, p.Left, before.Done)
		}
		if p.Passed > 0 && p.Failed > 0 && p.Passed >= p.Failed {
			t.Errorf("%v passed and %v failed", p.Passed, p.Failed)
		}
		if n := len(walk); n == 0 || walk[n-1] != string(p.Phase) {
			walk = append(walk, string(p.Phase))
		}
		before = p
	})
	all := strings.Join(walk, " ")
	if want := "warm-up baseline burst recovery step"; !strings.HasPrefix(all, want) || !strings.HasSuffix(all, "verify CPU over") {
		t.Errorf("the search went %s", all)
	}
	if before.Done != 1 || before.Left != 0 {
		t.Errorf("in the end: %+v", before)
	}
	if res.Outcome != sizing.Held || !res.Verified || res.Held < 2*time.Minute || res.Failing <= res.Rate || res.Share() > .01 {
		t.Errorf("found: %+v", res)
	}
	text := fmt.Sprintf("at least %d TPS held p99<200ms for %.0f s (", int(min(res.Rate, res.TPS)), res.Held.Seconds())
	if got := res.String(); !strings.HasPrefix(got, text) || !strings.Contains(got, "first failing rate ") {
		t.Errorf("it says: %s", got)
	}
	if res.LimitedBy != "cpu-saturated" || res.CPU == nil || *res.CPU < 80 || res.About || res.AtCPU < 125 || res.AtCPU > 145 {
		t.Errorf("limited by %q at CPU %v; %v TPS at 65 %%, about %v", res.LimitedBy, res.CPU, res.AtCPU, res.About)
	}
}

// A pause makes nothing of what was measured before it: the stage begins anew.
func TestSearchPauses(t *testing.T) {
	s, tr := searchFor(t, sizing.SearchConfig{}, "p99<200ms"), endpoint(t, trial.Config{Seed: 2})
	ok := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	ok(tr.Apply(s.Plan()))
	for s.Progress().Phase != sizing.PhaseStep || s.Progress().For < 10*time.Second {
		ok(tr.Next())
		if plan, change, _ := s.Step(tr.Look()); change {
			ok(tr.Apply(plan))
		}
	}
	held := s.Plan()
	paused := held
	paused.Paused = true
	ok(tr.Apply(paused))
	for range 30 {
		ok(tr.Next())
		if _, change, done := s.Step(tr.Look()); change || done {
			t.Fatal("the search goes on in a pause")
		}
	}
	ok(tr.Apply(held))
	ok(tr.Next())
	plan, change, _ := s.Step(tr.Look())
	if !change || plan != held || s.Progress().For != 0 {
		t.Errorf("after the pause: change %v to %+v, %v measured", change, plan, s.Progress().For)
	}
}

func TestSearchEnds(t *testing.T) {
	starved := func(int64) runner.Client {
		return runner.Client{CPUPercent: 97, Cores: 2, SchedP99: 20 * time.Millisecond}
	}
	throttled, _ := model.Named("throttled")
	container, _ := model.Named("bad-container")
	tight := sizing.SearchConfig{MaxUsers: 8}
	for _, c := range []struct {
		name    string
		trial   trial.Config
		search  sizing.SearchConfig
		rules   []string
		outcome sizing.Outcome
		reason  string
		holds   func(*sizing.Result) bool
	}{
		{
			"two users break the SLO",
			trial.Config{SLO: 50 * time.Millisecond},
			sizing.SearchConfig{},
			[]string{"errors<1%", "p99<50ms"},
			sizing.NoRate,
			"p99<50ms does not hold with 2 users", func(r *sizing.Result) bool { return r.Rate == 0 },
		}, {
			"nothing but failures",
			trial.Config{Profile: broken()},
			sizing.SearchConfig{},
			[]string{"p99<200ms"},
			sizing.NoRate,
			"no success in 15 s with 2 users, most often model_error: out of memory", func(r *sizing.Result) bool { return r.Rate == 0 },
		}, {
			"the client is short of CPU",
			trial.Config{Client: starved},
			sizing.SearchConfig{},
			[]string{"p99<200ms"},
			sizing.ClientLimited,
			"client-cpu", func(r *sizing.Result) bool { return len(r.Void) == 2 && !r.Verified },
		}, {
			"the client has few users",
			trial.Config{},
			tight,
			[]string{"p99<200ms"},
			sizing.ClientLimited,
			"client-pool: all 8 users were busy", func(r *sizing.Result) bool { return len(r.Void) == 2 },
		}, {
			"others send too",
			trial.Config{Foreign: 20},
			sizing.SearchConfig{},
			[]string{"p99<200ms"},
			sizing.Inconclusive,
			"other traffic", func(r *sizing.Result) bool { return true },
		}, {
			"no more than so many requests",
			trial.Config{},
			sizing.SearchConfig{MaxRequests: 12_345},
			[]string{"p99<200ms"},
			sizing.Unfinished,
			"the limit of 12,345 requests was reached", func(r *sizing.Result) bool { return !r.Verified },
		}, {
			"no more than so many a second",
			trial.Config{},
			sizing.SearchConfig{MaxRate: 100},
			[]string{"p99<200ms"},
			sizing.Held,
			"", func(r *sizing.Result) bool { return r.Rate == 100 && r.Failing == 0 && r.LimitedBy == "" },
		}, {
			"SageMaker throttles",
			trial.Config{Profile: throttled},
			sizing.SearchConfig{},
			[]string{"errors<1%"},
			sizing.Held,
			"", func(r *sizing.Result) bool { return r.Rate > 114 && r.Rate < 124 && r.LimitedBy == "throttled" },
		}, {
			"one worker of twelve",
			trial.Config{Profile: container},
			sizing.SearchConfig{},
			[]string{"p90<200ms"},
			sizing.Held,
			"", func(r *sizing.Result) bool {
				return r.Rate > 7 && r.Rate < 13 && r.LimitedBy == "container" && r.AtCPU == 0
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.trial.Seed = 3
			res := conduct(t, endpoint(t, c.trial), searchFor(t, c.search, c.rules...), nil)
			if res.Outcome != c.outcome || !strings.Contains(res.Reason, c.reason) || !c.holds(&res) {
				t.Errorf("%v, %s: %s\n%+v", res.Outcome, res.Reason, &res, res)
			}
		})
	}
}

// broken has no memory for a single request.
func broken() model.Profile {
	p := model.Default()
	p.Memory = model.Memory{Idle: 90, PerRequest: 20}
	return p
}

// Other instances than at the start make an end, as soon as they are known.
func TestSearchMoves(t *testing.T) {
	s, tr := searchFor(t, sizing.SearchConfig{}, "p99<200ms"), endpoint(t, trial.Config{Seed: 4, TimeScale: 10})
	seconds := 0
	res := conduct(t, tr, s, func() {
		if seconds++; seconds == 60 {
			tr.Scale(2)
		}
	})
	if res.Outcome != sizing.Inconclusive || res.Reason != "instances changed from 1 to 2" || seconds > 92 {
		t.Errorf("after %d s: %v, %s", seconds, res.Outcome, res.Reason)
	}
}

func TestSearchConfig(t *testing.T) {
	rules := func(texts ...string) (list []sizing.Rule) {
		for _, text := range texts {
			r, _ := sizing.ParseSLO(text)
			list = append(list, r)
		}
		return list
	}
	for _, c := range []sizing.SearchConfig{
		{},
		{Rules: rules("tps>=100", "mean<100ms")},
		{Rules: rules("p99<1s"), MaxRate: -1},
		{Rules: rules("p99<1s"), MaxUsers: 1},
		{Rules: rules("p99<1s"), MaxUsers: runner.MaxUsers + 1},
		{Rules: rules("p99<1s"), TargetCPU: 101},
	} {
		if _, err := sizing.NewSearch(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	if s, err := sizing.NewSearch(sizing.SearchConfig{Rules: rules("errors<1%")}); err != nil || s.Plan().Users != 2 {
		t.Errorf("errors<1%%: %v", err)
	}
}

// What a search saw can be looked at again: the same seconds bring the same Plans.
func TestSearchRepeats(t *testing.T) {
	if testing.Short() {
		t.Skip("what others show, twice")
	}
	walk := func() (plans []runner.Plan) {
		s, tr := searchFor(t, sizing.SearchConfig{MaxRequests: 30_000}, "p99<200ms"), endpoint(t, trial.Config{Seed: 5})
		conduct(t, tr, s, func() { plans = append(plans, s.Plan()) })
		return slices.Compact(plans)
	}
	if a, b := walk(), walk(); !slices.Equal(a, b) {
		t.Errorf("%v\n%v", a, b)
	}
}
