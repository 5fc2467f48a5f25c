package session

import "time"

// stageAt says which stage the load is in after elapsed, and how much of it is left. Past the last one it is len(stages).
func stageAt(stages []Stage, elapsed time.Duration) (i int, left time.Duration) {
	for i, st := range stages {
		if elapsed < st.Over {
			return i, st.Over - elapsed
		}
		elapsed -= st.Over
	}
	return len(stages), 0
}

// stages enters the stage that time has come to. A person who changes the load takes over: the stages end there.
func (s *Session) stages() {
	c, stages := &s.state, s.cfg.Info.Stages
	if len(stages) == 0 || c.byHand || c.stage == len(stages) {
		return
	}
	i, left := stageAt(stages, c.clock.elapsed(time.Now()))
	if i == c.stage {
		return
	}
	c.stage = i
	switch {
	case i < len(stages):
		s.enterStage(stages[i], left)
	case s.cfg.Info.ScaleLast && c.change == nil && s.cfg.Info.Instances != s.instances():
		s.startScaling(s.cfg.Info.Instances)
	case !s.cfg.Info.Hold:
		s.end(EndDuration)
	}
}

// enterStage starts a ramp, or a hold when the load is there already. A hold after a ramp is measured as a segment of its own.
func (s *Session) enterStage(st Stage, left time.Duration) {
	c := &s.state
	if loadOf(c.wish) == st.Target {
		if c.ramping || c.stage == 0 {
			s.apply(0)
		}
		c.ramping = false
		return
	}
	c.ramping = true
	s.want(withLoad(c.wish, st.Target), left)
}
