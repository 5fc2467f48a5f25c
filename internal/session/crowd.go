package session

import (
	"fmt"
	"math"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// uncrowded is for how many seconds no arrival may have waited until that is said.
const uncrowded = 5

// crowd is what the log has told of arrivals that wait for a free user.
type crowd struct {
	judged      int64 // the last second that was looked at
	since, last int64 // seconds in which arrivals waited; 0: that is over
}

// tellCrowd says once that all users of the open loop are busy, and once that they are no longer.
func (s *Session) tellCrowd() {
	c := &s.state.said.crowd
	fresh := within(s.state.now.Load.Seconds, c.judged+1, math.MaxInt64)
	for i := range fresh {
		sec := &fresh[i]
		c.judged = sec.Second
		switch {
		case crowded(sec):
			if c.since == 0 {
				c.since = sec.Second
				s.say(Event{Kind: KindNote, Text: crowdText(sec), Bad: true})
			}
			c.last = sec.Second
		case c.since > 0 && sec.Second-c.last >= uncrowded:
			took := time.Duration(c.last+1-c.since) * time.Second
			s.say(Event{Kind: KindNote, Text: fmt.Sprintf("no arrival waits for a free user any more; for %v some did", took)})
			c.since = 0
		}
	}
}

// crowded says that arrivals waited because every user there may be was busy: one that is being handed over as the second ends does
// not wait.
func crowded(s *runner.Second) bool {
	if s.Plan.Loop != runner.Open || s.Users < s.Plan.Users {
		return false
	}
	return s.Due > 0 && s.InFlight >= s.Plan.Users || s.Stats[runner.PoolWait].P99 >= sizing.ClientLate
}

func crowdText(s *runner.Second) string {
	text := fmt.Sprintf("all users are busy (--max-users %d): ", s.Plan.Users)
	if s.Due > 0 {
		text += fmt.Sprintf("%d arrivals wait for one", s.Due)
	} else {
		text += "arrivals wait for one"
	}
	if wait := s.Stats[runner.PoolWait].Max.Round(time.Millisecond); wait > 0 {
		text += fmt.Sprintf(", others waited up to %v", wait)
	}
	return text
}
