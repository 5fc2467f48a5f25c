package session

import (
	"fmt"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Verification is a target that is to be proven: a rate that is held, within the SLOs, for so long.
type Verification struct {
	Run         string             `json:"run,omitempty"` // that projected it
	TPS         float64            `json:"target_tps"`
	For         time.Duration      `json:"for"`
	Settle      time.Duration      `json:"settle,omitempty"` // before that, left out of the figures
	Projected   *sizing.Projection `json:"projected,omitempty"`
	Unprojected string             `json:"unprojected,omitempty"` // why it is not
	From        time.Time          `json:"from,omitzero"`         // of For; zero: not come to that
	Until       time.Duration      `json:"until,omitempty"`       // of the time under load, its end
}

// edge lies before and behind the time that is judged: a second that begins under one setting and ends under another is of neither.
const edge = time.Second

// verify proves v with n instances, 0 for as many as there are. Until they have come the load goes on as it is; those that are added
// are cold at first.
func (s *Session) verify(v Verification, n int) {
	c := &s.state
	c.verify, c.byHand = &v, true
	if n == 0 || n == s.instances() {
		s.hold()
		return
	}
	if n > s.instances() {
		v.Settle = max(v.Settle, s.cfg.Info.Cold)
	}
	if s.scale(n); c.change == nil { // it has said why
		s.scaleFailed(Event{Text: "the target is not verified: it wants " + s.unit().Count(n), Bad: true},
			fmt.Errorf("the target is not verified without its %s", s.unit().Many()))
	}
}

// verifies says that a verification waits for its instances.
func (s *Session) verifies() bool {
	v := s.state.verify
	return v != nil && v.From.IsZero()
}

// hold the target for whole periods of CloudWatch, where that is read, once the load has settled.
func (s *Session) hold() {
	c, v := &s.state, s.state.verify
	now, period := time.Now(), s.cfg.Info.Period
	v.From = now.Add(v.Settle + edge)
	if s.cfg.Info.CloudWatch {
		v.From = v.From.Add(period - 1).Truncate(period)
		v.For = (v.For + period - 1).Truncate(period)
	}
	elapsed := c.clock.elapsed(now)
	c.warm = warm{length: v.From.Add(-edge).Sub(now).Round(100 * time.Millisecond), until: elapsed + v.From.Add(-edge).Sub(now)}
	v.Until = c.warm.until + edge + v.For + edge
	c.until = v.Until
	p := s.cfg.Info.PlanOf(runner.Open)
	p.Rate, p.Poisson, p.Warmup = v.TPS, true, true
	s.want(p, 0)
	s.say(Event{
		Kind: KindVerify, Text: fmt.Sprintf("verifying %s for %v from %s on", rateText(v.TPS), v.For, v.From.Format(time.TimeOnly)), Verify: new(*v),
	})
}

// Proof is what came of the run's verification; nil when there is none.
func (st *State) Proof() *sizing.Proof {
	v := st.Verify
	if v == nil {
		return nil
	}
	t := sizing.Trial{TPS: v.TPS, For: v.For, From: v.From.Unix(), To: v.From.Add(v.For).Unix(), Held: st.Held(), Projected: v.Projected}
	if t.Held != nil {
		t.Instances, t.Changing = st.Instances(t.Held)
	}
	p := sizing.Prove(st.Facts, st.Periods, t)
	switch {
	case st.Invalid != nil:
		p.Verdict, p.Why = sizing.Unknown, st.Invalid.Title
	case len(st.Moved) > 0:
		p.Verdict, p.Why = sizing.Unknown, st.Moved[0]
	}
	return &p
}

// Held is the longest time under the target that was measured; nil when it did not come to any.
func (st *State) Held() (held *runner.Window) {
	v := st.Verify
	if v == nil || v.From.IsZero() {
		return nil
	}
	take := func(w *runner.Window) {
		under := w.Plan.Loop == runner.Open && w.Plan.Rate == v.TPS && w.Plan.Ramp == 0 && !w.Warmup && !w.Plan.Paused && w.To > v.From.Unix()
		if under && (held == nil || w.Length > held.Length) {
			held = w
		}
	}
	for i := range st.Load.Segments {
		take(&st.Load.Segments[i])
	}
	take(&st.Load.Segment)
	return held
}
