package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sagetop/internal/sizing"
)

// fakeAutoScaler goes by what it is told.
type fakeAutoScaler struct {
	mu     sync.Mutex
	target *AutoScaling
	all    []Activity
	err    error
	looks  int
}

func (f *fakeAutoScaler) AutoScaling(context.Context) (*AutoScaling, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.target, nil
}

func (f *fakeAutoScaler) Activities(context.Context, time.Time) ([]Activity, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	return slices.Clone(f.all), f.err
}

func (f *fakeAutoScaler) set(t *AutoScaling, all ...Activity) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.target, f.all = t, all
}

// autoScaled is a run whose variant scales by itself.
func autoScaled(d time.Duration, f *fakeAutoScaler) Config {
	cfg := users(10, d)
	f.target = &AutoScaling{Min: 1, Max: 4}
	cfg.Info.Target.AutoScaling, cfg.Info.Target.ScalingKnown = f.target, true
	cfg.AutoScaler = f
	return cfg
}

func activity(id string, start time.Time, instances int) Activity {
	return Activity{
		ID: id, Start: start, Description: fmt.Sprintf("Setting desired instance count to %d.", instances),
		Cause: "monitor alarm A in state ALARM triggered policy p", Status: "InProgress",
	}
}

func ended(a Activity, after time.Duration, status, message string) Activity {
	a.End, a.Status, a.Message = a.Start.Add(after), status, message
	return a
}

// What auto scaling does is told when it begins and when it is over, and how it is set from when that changes. A replay tells the same.
func TestAutoScalingIsTold(t *testing.T) {
	f, journal := &fakeAutoScaler{}, &memory{}
	var info Info
	st := conducted(t, func() Config {
		cfg := autoScaled(3*time.Minute, f)
		cfg.Journal = journal
		info = cfg.Info
		return cfg
	}, func(*Session) {
		time.Sleep(10 * time.Second)
		one, two := activity("1", time.Now(), 3), activity("2", time.Now().Add(time.Minute), 5)
		f.set(f.target, one)
		time.Sleep(60 * time.Second)
		f.set(&AutoScaling{Min: 1, Max: 4, Paused: true}, ended(one, 45*time.Second, "Successful", "done"), ended(two, 0, "Failed", "no quota"))
		time.Sleep(30 * time.Second)
		f.set(nil, ended(one, 45*time.Second, "Successful", "done"), ended(two, 0, "Failed", "no quota"))
	})
	var told []string
	for _, e := range st.Events {
		if e.Kind == KindAutoScaling {
			told = append(told, e.Text)
		}
	}
	if want := []string{
		"auto scaling: Setting desired instance count to 3: monitor alarm A in state ALARM triggered policy p",
		"auto scaling is now 1-4, suspended",
		"auto scaling: Setting desired instance count to 3: Successful after 45 s",
		"auto scaling: Setting desired instance count to 5: Failed: no quota",
		"auto scaling is now none any more",
	}; !slices.Equal(told, want) {
		t.Errorf("told %q\nwant %q", told, want)
	}
	if st.AutoScaling != nil || len(st.Activities) != 2 || !st.Activities[0].Over() || !st.Activities[1].Failed() {
		t.Errorf("%+v, %+v", st.AutoScaling, st.Activities)
	}
	if !slices.Equal(st.Moved, []string{"auto scaling changed the instances"}) {
		t.Errorf("moved: %q", st.Moved)
	}
	if f.looks != 5 { // at 0, 30, 60, 90 and 120 s: then there is none any more
		t.Errorf("%d looks", f.looks)
	}
	replays(t, info, journal, st)
}

// A permission that is missing is said once, and not tried again; anything else is tried again.
func TestActivitiesRefused(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		looks int
	}{
		"denied":      {fmt.Errorf("%w: application-autoscaling:DescribeScalingActivities", ErrDenied), 1},
		"unreachable": {errors.New("no answer"), 4},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeAutoScaler{err: c.err}
			st := conducted(t, func() Config { return autoScaled(100*time.Second, f) }, nil)
			said := 0
			for _, e := range st.Events {
				if e.Kind == KindNote && e.Bad && e.Text == "what auto scaling does is not known: "+c.err.Error() {
					said++
				}
			}
			if said != 1 || f.looks != c.looks {
				t.Errorf("said %d times, %d looks:\n%s", said, f.looks, texts(&st))
			}
		})
	}
}

// Instances that others add under load are cold at first: that time is in no figure. Those that leave change nothing.
func TestAddedInstancesAreWarmUp(t *testing.T) {
	for name, c := range map[string]struct {
		before int // asked for by others ahead of the load
		to     int
		want   []string
	}{
		"added": {1, 3, []string{"1 instance", "3 instances cold", "3 instances"}},
		"left":  {5, 3, []string{"5 instances changing"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fakeScaler{boot: 5 * time.Second, desired: c.before}
			st := conducted(t, func() Config {
				cfg := scalable(f, 80*time.Second)
				cfg.Info.Target.Endpoint = *f.describe()
				cfg.Info.Cold = 20 * time.Second
				return cfg
			}, func(*Session) {
				time.Sleep(15 * time.Second)
				_ = f.Scale(t.Context(), c.to)
			})
			if got := settings(&st); !slices.Equal(got, c.want) {
				t.Errorf("settings %q, want %q", got, c.want)
			}
			if added := logged(&st, "1 -> 3 instances: the first 20s of those added are warm-up"); added != (c.to > c.before) {
				t.Errorf("log:\n%s", texts(&st))
			}
		})
	}
}

// A count of instances that changed while the capacity was searched for is no answer, wherever it was seen.
func TestScalingVoidsASearch(t *testing.T) {
	for name, c := range map[string]struct {
		described, copies bool
		reason            string
	}{
		"described":                {true, false, "instances changed from 1 to 3"},
		"told by activities alone": {false, false, "auto scaling changed the instances"},
		"of copies":                {false, true, "auto scaling changed the copies"},
	} {
		t.Run(name, func(t *testing.T) {
			f, scaler := &fakeAutoScaler{}, &fakeScaler{boot: 5 * time.Second, copies: c.copies}
			st, m := searchOf(t, &bearing{bears: 200}, func(cfg *Config) {
				a := autoScaled(0, f)
				cfg.AutoScaler, cfg.Info.Target.AutoScaling = a.AutoScaler, a.Info.Target.AutoScaling
				cfg.Info.Target.Endpoint = *scaler.describe()
				if c.described {
					cfg.Info.CloudWatch = true
					cfg.Poller = &fakePoller{since: time.Now().Add(time.Hour), period: 10 * time.Second, scaler: scaler}
				}
			}, func(*Session) {
				time.Sleep(40 * time.Second)
				_ = scaler.Scale(t.Context(), 3)
				f.set(f.target, ended(activity("1", time.Now(), 3), 5*time.Second, "Successful", ""))
			})
			if r := &st.Search.Result; r.Outcome != sizing.Inconclusive || r.Reason != c.reason || len(st.Moved) == 0 || st.Reason != EndFound || st.Elapsed > 70*time.Second {
				t.Errorf("outcome %v, %q, ended as %s after %v; moved %q", r.Outcome, r.Reason, st.Reason, st.Elapsed, st.Moved)
			}
			replays(t, st.Info, m, st)
		})
	}
}
