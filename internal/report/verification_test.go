package report

import (
	"bytes"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// verifying is a run that was to prove 1000/s on nine instances for three minutes; cpu is what they came to.
func verifying(t *testing.T, cpu, p50 float64) *session.State {
	st := sizable(t)
	st.Reason, st.Findings = session.EndDuration, nil
	from := start.Truncate(time.Minute).Add(time.Minute)
	offset := int64(from.Sub(start).Seconds())
	st.Verify = &session.Verification{
		Run: "20261123T150405Z_distilbert", TPS: 1000, For: 3 * time.Minute, From: from,
		Projected: &sizing.Projection{TPS: 131, CPU: 65, Needed: 8, Instances: 9, Type: "ml.m5.12xlarge"},
	}
	st.Info.Verify = st.Verify
	w := window(offset-1, offset+181, 64, 182_000, 0, p50)
	w.Plan, w.Segment = runner.Plan{Loop: runner.Open, Rate: 1000, Users: 512, Poisson: true}, 2
	st.Load.Segments, st.Load.Segment, st.Load.Run, st.Load.Steady, st.Load.Plan = nil, w, w, w, w.Plan
	st.Load.Total, st.Load.Errors = w.Counts, nil
	st.Counts = []session.Count{{Instances: 9}}
	st.Endpoint.Variants[0].Instances = 9
	st.Periods = nil
	for i := range int64(3) {
		c := window(offset+60*i, offset+60*i+60, 64, 60_000, 0, p50)
		c.Plan = w.Plan
		st.Periods = append(st.Periods, sizing.Period{Client: c, Server: &sizing.Server{
			From: from.Add(time.Duration(i) * time.Minute), Period: time.Minute, Instances: 9, CPU: &cpu, CPUSum: new(48 * cpu), Invocations: new(60_000.),
		}})
	}
	for i := range st.SLOs {
		st.SLOs[i].Value, st.SLOs[i].Pass = st.SLOs[i].Rule.Judge(&w)
	}
	return st
}

// What came of a target is the summary's first word, and by how much the projection erred stands in it.
func TestVerifications(t *testing.T) {
	failed := verifying(t, 71, 240)
	fewer := verifying(t, 71, 61)
	fewer.Counts[0].Instances, fewer.Facts.InstanceType = 7, "ml.m5.4xlarge"
	for i := range fewer.Periods {
		fewer.Periods[i].Server.Instances = 7
	}
	moved := verifying(t, 57, 61)
	moved.Moved = []string{"instances changed from 9 to 8"}
	unprojected := verifying(t, 57, 61)
	unprojected.Verify.Projected, unprojected.Verify.Unprojected = nil, "the run read no CloudWatch"
	for name, st := range map[string]*session.State{
		"verified": verifying(t, 57, 61), "not-verified": failed, "verified-fewer": fewer, "verified-moved": moved, "verified-unprojected": unprojected,
	} {
		s := Summarize(st)
		var page bytes.Buffer
		if err := WriteText(&page, s, "sagetop-runs/20261123T160000Z_distilbert"); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".txt", page.Bytes())
		checkPage(t, name, page.String(), 28, textWidth)
		if s.Sizing.Verified != (s.Sizing.Verification.Verdict == Verified) {
			t.Errorf("%s: %+v", name, s.Sizing)
		}
	}
	text, err := Summarize(verifying(t, 57, 61)).Sizing.Verification.json()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "verification.json", text)
}

func (v *Verification) json() ([]byte, error) { return indented(v) }

// What was proven of one target is not said of another.
func TestVerificationIsOfOneTarget(t *testing.T) {
	st := verifying(t, 57, 61)
	st.Info.Sizing.TPS = 5000
	if s := Summarize(st).Sizing; s.Verified || s.Verification != nil {
		t.Errorf("%+v", s)
	}
}
