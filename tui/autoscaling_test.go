package tui

import (
	"strings"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
)

// autoScaled is a run during which auto scaling added two instances, and then could not add more.
func autoScaled() *scene {
	s := well()
	s.AutoScaling = &session.AutoScaling{Min: 1, Max: 4, Rules: []session.ScalingPolicy{
		{Name: "keep-6000", Metric: "InvocationsPerInstance", Target: 6000, Out: time.Minute, In: 300 * time.Second},
	}}
	one, two := start.Add(100*time.Second), start.Add(200*time.Second)
	s.Activities = []session.Activity{
		{ID: "1", Start: one, End: one.Add(45 * time.Second), Description: "Setting desired instance count to 3.", Status: "Successful"},
		{ID: "2", Start: two, End: two, Description: "Setting desired instance count to 5.", Status: "Failed", Message: "the account may not have more"},
	}
	s.Counts = []session.Count{{Instances: 1}, {Since: one.Add(45 * time.Second), Instances: 3}}
	s.State.Endpoint = new(s.Info.Target.Endpoint)
	s.State.Endpoint.Variants = []cwmetrics.Variant{s.Info.Target.Endpoint.Variants[0]}
	s.State.Endpoint.Variants[0].Instances, s.State.Endpoint.Variants[0].Desired = 3, 3
	s.event(101*time.Second, false, "auto scaling: Setting desired instance count to 3: an alarm")
	return s
}

func TestAutoScalingPictures(t *testing.T) {
	for name, c := range map[string]struct {
		w, h int
		keys string
	}{
		"autoscaled_120x36":              {120, 36, ""},
		"autoscaled_80x24":               {80, 24, ""},
		"zoom_endpoint_autoscaled_80x24": {80, 24, "5"},
		"describe_autoscaled_120x36":     {120, 36, "d"},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := still(autoScaled(), c.w, c.h, Options{}, strings.Fields(c.keys)...)
			golden(t, name, picture(t, m))
		})
	}
}

// What is suspended is said wherever the bounds are.
func TestSuspendedScalingIsSaid(t *testing.T) {
	s := watching()
	s.AutoScaling.Paused = true
	if row := rows(t, s)[1]; !strings.HasSuffix(row, "autoscaling off") {
		t.Errorf("%q", row)
	}
	m, _ := still(s, 120, 36, Options{})
	if row := strings.Split(picture(t, m), "\n")[1]; !strings.HasSuffix(row, "autoscaling 1-5, suspended") {
		t.Errorf("%q", row)
	}
	s.AutoScaling.Paused, s.AutoScaling.Suspended = false, []string{"scale-in"}
	if got := boundsText(&s.State, 3); got != "1-5, scale-in suspended: it may change the number again" {
		t.Errorf("%q", got)
	}
}

// Marks stand in the order of time, and what a change of the Plan says is not written over.
func TestWhatHappenedIsMarked(t *testing.T) {
	s := newScene().load(
		stretch{seconds: 10, plan: closed(9), ok: 100, p50: 60, p99: 130},
		stretch{seconds: 20, plan: closed(20), ok: 200, p50: 60, p99: 130},
	)
	g := gather(s.Load.Seconds, 40, 1, runner.Response)
	g.note([]happening{{g.start + 25, "3 inst"}, {g.start + 10, "auto"}, {g.start + 4, "auto"}, {g.start - 1, "before"}, {g.start + 35, "to come"}})
	var got []string
	for _, m := range g.marks {
		got = append(got, m.Text)
	}
	if all := strings.Join(got, " "); all != "auto 20u 3 inst" || g.marks[0].Column != 4 || g.marks[2].Column != 25 {
		t.Errorf("%+v", g.marks)
	}
}
