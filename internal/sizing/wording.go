package sizing

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sagetop/runner"
)

// joined puts the parts that say something behind each other.
func joined(parts ...string) string {
	said := parts[:0]
	for _, p := range parts {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "; ")
}

// cpuText is "CPU 99% (4771/4800) at 202 ok/s".
func (s *scene) cpuText() string {
	return s.cpuOf(s.cpu, number(s.period.Server.CPUSum)) + s.loadText()
}

// cpuOf is "CPU 99% (4771/4800) ", "" when it is not known.
func (s *scene) cpuOf(share, sum float64) string {
	switch {
	case math.IsNaN(share):
		return ""
	case s.VCPUs > 0 && !math.IsNaN(sum):
		return fmt.Sprintf("CPU %s (%.0f/%d) ", percentText(share), sum, 100*s.VCPUs)
	}
	return "CPU " + percentText(share) + " "
}

// loadText is "at 202 ok/s".
func (s *scene) loadText() string { return okText(&s.period.Client) }

func okText(w *runner.Window) string { return "at " + rateText(w.TPS()) + " ok/s" }

// askedText is the load of p: "12 users", "135/s".
func askedText(p *runner.Plan) string {
	switch {
	case p.Loop == runner.Open:
		return decimal(p.Rate) + "/s"
	case p.Users == 1:
		return "1 user"
	}
	return strconv.Itoa(p.Users) + " users"
}

// outdatedText is of what the judged period was: "of 12 users, before 60 users", "with 1 instance, before 5".
func (s *scene) outdatedText() string {
	instances, load := "", ""
	if then := s.period.Server.Instances; s.otherInstances() {
		instances = fmt.Sprintf("with %s, before %d", instancesText(then), s.Instances)
	}
	if s.otherLoad() {
		load = "of " + askedText(&s.period.Client.Plan) + ", before " + askedText(&s.now.Plan)
	}
	return joined(instances, load)
}

// unjudgedAdvice is what to think of what came after the judged period, in a line of 80 columns.
func (s *scene) unjudgedAdvice() string {
	yet, since := " yet", "The load since, "+askedText(&s.now.Plan)+","
	if s.Over {
		yet = ""
	}
	if s.otherInstances() {
		since = "With " + instancesText(s.Instances) + " it"
	}
	return since + " is not judged" + yet + ": no whole CloudWatch period."
}

func instancesText(n int) string { return Instance.Count(n) }

// modelText is "ModelLatency 5.8x the quiet 58 ms", "" when there is nothing to compare it with.
func (s *scene) modelText() string {
	if s.quiet == nil || math.IsNaN(s.model) || !(s.quietModel > 0) {
		return ""
	}
	return fmt.Sprintf("ModelLatency %.1fx the quiet %s", s.model/s.quietModel, millisText(s.quietModel))
}

// failText is "71% fail, 5xx", "" when too few fail to speak of it.
func (s *scene) failText() string {
	share := s.period.Client.FailedShare()
	if share < badShare && !(s.errors5xx >= badShare) {
		return ""
	}
	text := percentText(100*share) + " fail"
	if s.errors5xx >= badShare {
		text += ", 5xx"
	}
	if s.timeouts >= badShare {
		text += ", time-outs"
	}
	return text
}

func badInputEvidence(s *scene) string {
	return fmt.Sprintf("%s of %d answers blame the request", percentText(100*badInput(s.client)), s.client.Ended())
}

func memoryEvidence(s *scene) string {
	return joined("memory "+percentText(s.memory)+" "+s.loadText(), s.failText())
}

func cpuSaturatedEvidence(s *scene) string {
	return joined(s.cpuText(), s.modelText(), s.waitText(), s.failText())
}

// containerEvidence names the threads that seem busy: a CPU that stays flat at n x 100 % is n of them.
func containerEvidence(s *scene) string {
	threads := ""
	if sum := number(s.period.Server.CPUSum); sum >= 100 {
		threads = fmt.Sprintf("about %.0f busy threads an instance", sum/100)
	}
	return joined(s.cpuText(), threads, s.modelText(), s.waitText(), s.failText())
}

func distanceEvidence(s *scene) string {
	w := s.client
	return fmt.Sprintf("a round trip takes %s of a median of %s %s", millisText(toMillis(w.Client.RTT)), millisText(toMillis(serviceMedian(w))), okText(w))
}

func overheadEvidence(s *scene) string {
	return fmt.Sprintf("OverheadLatency %s beside ModelLatency %s %s", millisText(s.overhead), millisText(s.model), s.loadText())
}

// percentText rounds to whole percent where the parts of one do not matter.
func percentText(v float64) string {
	if v > 0 && v < 9.95 {
		return decimal(v) + "%"
	}
	return fmt.Sprintf("%.0f%%", v)
}

func rateText(v float64) string {
	if v < 9.95 {
		return decimal(v)
	}
	return fmt.Sprintf("%.0f", v)
}

func millisText(v float64) string {
	switch {
	case v < 9.95:
		return decimal(v) + " ms"
	case v < 9999.5:
		return fmt.Sprintf("%.0f ms", v)
	}
	return decimal(v/1000) + " s"
}

// decimal writes v with one decimal, and none where that would be a zero.
func decimal(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}
