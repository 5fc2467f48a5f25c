package sizing

import (
	"fmt"
	"math"
	"strconv"

	"sagetop/runner"
)

func clientCPUEvidence(s *scene) string {
	w := s.client
	text := fmt.Sprintf("client CPU %s of %s cores", percentText(w.Client.CPUPercent), coresText(w.Client.Cores))
	crowd, quota, sched, lag, behind := "", "", "", "", ""
	if Crowded(&w.Client) {
		crowd = "with what else runs there they are " + percentText(w.Client.MachinePercent) + " busy"
	}
	if v := w.Client.Throttled; v >= ClientThrottled {
		quota = "its quota ran out in " + percentText(v) + " of its periods"
	}
	if v := w.Client.SchedP99; v >= ClientLate {
		sched = "goroutines wait " + millisText(toMillis(v)) + " (p99) for a core"
	}
	if v := ownLag(w); v >= ClientLate {
		lag = "requests leave " + millisText(toMillis(v)) + " late (p99)"
	}
	if n := missed(w); w.Plan.Loop == runner.Open && n > 0 {
		behind = notSentText(w)
	}
	return joined(text, crowd, quota, sched, lag, behind)
}

func clientCPUAdvice(s *scene) string {
	if Crowded(&s.client.Client) {
		return "Stop what else runs on this machine, or use another: what is measured now is the client."
	}
	return "Use a bigger client or a second one: what is measured now is the client."
}

// coresText keeps the parts of a core that a quota gives.
func coresText(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

func notSentText(w *runner.Window) string {
	n := missed(w)
	return fmt.Sprintf("%d of %d due were not sent", n, w.Sent+n)
}

func networkEvidence(s *scene) string {
	link := ""
	if c := &s.period.Client.Client; c.LinkPercent > 0 {
		link = "the client's link " + percentText(c.LinkPercent) + " full"
	}
	beyond := fmt.Sprintf("%s beyond ModelLatency, OverheadLatency and one round trip of %s", millisText(s.residual), millisText(s.rtt))
	return joined(beyond, link, s.loadText())
}

func poolEvidence(s *scene) string {
	w := s.users
	wait := fmt.Sprintf("arrivals wait for one of %d users", w.Users)
	if p99 := toMillis(w.Stats[runner.PoolWait].P99); p99 >= poolWaitLeast { // else those that wait have not got one yet
		wait = fmt.Sprintf("arrivals wait %s (p99) for one of %d users", millisText(p99), w.Users)
	}
	busy := fmt.Sprintf("%.0f of at most %d busy", busyUsers(w), w.Plan.Users)
	left := ""
	if missed(w) > 0 {
		left = notSentText(w)
	}
	return joined(wait+" "+okText(w), busy, left, s.usersModelText())
}

// usersModelText is of the time in which users are looked at.
func (s *scene) usersModelText() string {
	if !s.usersOfPeriod() {
		return ""
	}
	return s.modelText()
}

// poolAdvice does not clear the endpoint where its ModelLatency has nothing to be compared with.
func poolAdvice(s *scene) string {
	if s.usersModelText() != "" {
		return "Raise --max-users: arrivals wait for a free user, not for the endpoint."
	}
	return "Raise --max-users: arrivals wait for a free user. If they still do, the endpoint does not keep up with this rate."
}
