package sizing

import (
	"fmt"
	"math"

	"sagetop/runner"
)

// gpuSaturated needs a sign that the GPUs are what callers wait for: their utilisation alone is a duty cycle, and an LLM shows 90 %
// with one user.
func gpuSaturated(s *scene) bool {
	if s.Components || !(s.gpu >= gpuFull) {
		return false
	}
	return s.errors5xx >= badShare || s.gpuSlower() && s.grewNoMore()
}

// gpuSlower than in a quiet time, by ModelLatency or, of streams, by the wait for the first byte.
func (s *scene) gpuSlower() bool {
	return grown(s.model, s.quietModel, gpuGrown, gpuLeast) || grown(s.firstByte, s.quietFirst, gpuGrown, gpuLeast)
}

// grewNoMore says whether more load did not bring more successes: a period with clearly fewer requests in flight had as many of them,
// or requests pile up within the judged one.
func (s *scene) grewNoMore() bool {
	return s.pilesUp() || s.asMany() != nil
}

// asMany is a period with clearly fewer requests in flight and as many successes as the judged one, nil when there is none.
func (s *scene) asMany() *Period {
	now := &s.period.Client
	for i := range s.all {
		p := &s.all[i]
		if judgeable(s.all, i) && p.Server.Instances == s.period.Server.Instances &&
			p.Client.MeanInFlight <= fewerInFlight*now.MeanInFlight && p.Client.TPS() >= asManyTPS*now.TPS() {
			return p
		}
	}
	return nil
}

// pilesUp says whether arrivals outnumber answers under the judged load by more than chance makes of it: of requests in flight, or of
// those that came and went. The first period is left out, since requests that have just begun have no answers.
func (s *scene) pilesUp() bool {
	if s.period.Client.Plan.Loop != runner.Open {
		return false
	}
	same := s.sameBefore()
	var more, sent, ended float64
	for _, p := range same[:len(same)-1] {
		w := &p.Client
		sent += float64(w.Sent)
		ended += float64(w.Ended())
		more += float64(w.Sent) - float64(w.Ended())
	}
	chance := math.Sqrt(min(2*s.period.Client.MeanInFlight, sent+ended))
	return more > 0 && more >= piledShare*sent && more >= piledSigmas*chance
}

// firstByte is the mean time to the first byte of streams, NaN when there were none.
func firstByte(w *runner.Window) float64 {
	if w.Stats[runner.FirstByte].Count == 0 {
		return math.NaN()
	}
	return toMillis(w.Stats[runner.FirstByte].Mean)
}

func gpuEvidence(s *scene) string {
	first, few, piled := "", "", ""
	if grown(s.firstByte, s.quietFirst, gpuGrown, gpuLeast) {
		first = fmt.Sprintf("first byte %.1fx the quiet %s", s.firstByte/s.quietFirst, millisText(s.quietFirst))
	}
	if p := s.asMany(); p != nil {
		few = fmt.Sprintf("%s with %.0f in flight, no more with %.0f", okText(&p.Client), p.Client.MeanInFlight, s.period.Client.MeanInFlight)
	}
	if s.pilesUp() {
		piled = "requests pile up"
	}
	return joined("GPU "+percentText(s.gpu)+" "+s.loadText(), s.modelText(), first, few, piled, s.failText())
}
