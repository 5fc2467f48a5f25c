package report

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// searched is a run that was a search with that result.
func searched(t *testing.T, r sizing.Result) *session.State {
	t.Helper()
	slo, err := sizing.ParseSLO("p99<200ms")
	if err != nil {
		t.Fatal(err)
	}
	r.Rules, r.TargetCPU = []sizing.Rule{slo}, 65
	return &session.State{
		Info: session.Info{Find: true, CloudWatch: true}, Reason: session.EndFound,
		SLOs: []session.SLO{{Rule: slo}}, Search: &session.Search{Over: true, Result: r},
	}
}

var held = sizing.Result{
	Outcome: sizing.Held, Rate: 175.4, TPS: 176, Verified: true, Held: 4 * time.Minute, Bad: 259, Total: 41_815, Low: .0031, Top: .0125, Failing: 182.9,
	CPU: new(84.6), AtCPU: 134.2, LimitedBy: "cpu-saturated",
}

// The summary says what the search came to, and nothing else about its SLOs.
func TestCapacity(t *testing.T) {
	refused := func(st *session.State) {
		st.Search.Result.CPU = nil
		st.Sample.Problem = &cwmetrics.Problem{Message: "no", Permission: "cloudwatch:GetMetricData"}
	}
	late := sizing.Result{Outcome: sizing.ClientLimited, Reason: "client-cpu: short of CPU in 9 of 15 s", Rate: 120, TPS: 120, Failing: 150, Void: []sizing.Void{{Rate: 150, Reason: "client-cpu"}}}
	for _, c := range []struct {
		name    string
		result  sizing.Result
		change  func(*session.State)
		want    []string // of the text, in order
		without string
	}{
		{"held", held, nil, []string{
			"CAPACITY  at least 175 TPS held p99<200ms for 240 s (259 bad of 41,815 = 0.62 %, 90 % interval 0.31-1.25 %); first failing rate 182",
			"CPU there 85% of all cores; what runs out: cpu-saturated", "At 65% CPU 134/s of one instance",
		}, "SLO"},
		{"no permission", held, refused, []string{"CAPACITY", "CPU there unknown: grant cloudwatch:GetMetricData"}, "SLO"},
		{"no rate", sizing.Result{Outcome: sizing.NoRate, Reason: "why"}, nil, []string{"NO RATE HOLDS no rate was found that holds p99<200ms; why"}, "CPU there"},
		{"client", late, func(st *session.State) { st.Info.Sizing.TPS = 1000 }, []string{"INVALID the client was the bottleneck", "!! client-cpu: short of CPU in 9 of 15 s", "150/s says nothing: client-cpu", "Size 1000 TPS: not known: the client was the bottleneck"}, "120"},
		{"client while verifying", held, func(st *session.State) {
			st.Info.Sizing.TPS, st.Facts.Capacity = 1000, st.Search.Result.Rate
			st.Invalid = &sizing.Finding{ID: "client-cpu", Title: "the client is the bottleneck", Advice: "Use a bigger client."}
		}, []string{"INVALID the client was the bottleneck while it verified; at least 175 TPS held", "Size 175/s each hold the SLO; 1000 TPS = 6+1"}, "not known"},
		{"moved", sizing.Result{Outcome: sizing.Inconclusive, Reason: "instances changed from 1 to 2"}, nil, []string{"INCONCLUSIVE", "instances changed"}, "CPU there"},
		{"ctrl+c", held, func(st *session.State) { st.Reason = session.EndInterrupt }, []string{"INTERRUPTED by ctrl+c", "at least 175 TPS held"}, "CAPACITY"},
		{"killed", held, func(st *session.State) { st.Reason = "" }, []string{"UNFINISHED", "at least 175 TPS held"}, "CAPACITY"},
		{"by key", held, func(st *session.State) { st.Info.Find = false }, []string{"INCONCLUSIVE too few samples", "Capacity at least 175 TPS held"}, "CAPACITY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := searched(t, c.result)
			if c.change != nil {
				c.change(st)
			}
			sum := Summarize(st)
			var b bytes.Buffer
			if err := WriteText(&b, sum, ""); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(strings.Fields(b.String()), " ")
			rest := text
			for _, want := range c.want {
				_, after, found := strings.Cut(rest, strings.Join(strings.Fields(want), " "))
				if !found {
					t.Errorf("it lacks %q:\n%s", want, b.String())
				}
				rest = after
			}
			if strings.Contains(strings.ReplaceAll(text, "SLOs", ""), c.without) {
				t.Errorf("%q is in it:\n%s", c.without, b.String())
			}
			written, err := sum.JSON()
			if err != nil {
				t.Fatal(err)
			}
			var back Summary
			if err := json.Unmarshal(written, &back); err != nil || !reflect.DeepEqual(back.Sizing, sum.Sizing) {
				t.Errorf("read back %+v, %v", back.Sizing, err)
			}
		})
	}
}

// run.json has the fields that scripts go by.
func TestCapacityFields(t *testing.T) {
	written, err := json.Marshal(Summarize(searched(t, held)).Sizing)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"outcome":"held","answer":"at least 175 TPS held p99\u003c200ms for 240 s (259 bad of 41,815 = 0.62 %, 90 % interval 0.31-1.25 %); first failing rate 182",` +
		`"capacity_tps":175.4,"held_s":240,"bad_share":0.00619,"bad_interval":[0.0031,0.0125],"first_failing_tps":182.9,"capacity_cpu_percent":84.6,` +
		`"capacity_limited_by":"cpu-saturated","target_cpu":65,"tps_at_target_cpu":134.2,"limited_by":"cpu-saturated","verified":false}`
	if string(written) != want {
		t.Errorf("%s\nwant %s", written, want)
	}
}
