package cli

import (
	"fmt"
	"math"
	"time"

	"sagetop/internal/session"
	"sagetop/runner"
)

// promise is what --dry-run says.
func (r *rig) promise() string {
	text := r.load.promise(r.o, r.view.alone())
	if r.o.find {
		text = r.load.findPromise(r.o) + r.provePromise() + r.scalingPromise()
	}
	if r.scales() {
		text += fmt.Sprintf("\nwould scale %s from %d to %d %s", r.site.endpoint.Name, r.site.count(), r.o.instances, r.site.unit().Many())
		if r.agreed() != session.Agreed {
			text += " (" + r.wouldAsk() + ")"
		}
		text += "; nothing was changed"
	}
	return text
}

// wouldAsk is how --dry-run says that something is not done without a word.
func (r *rig) wouldAsk() string {
	return "on a terminal it would ask first, elsewhere it needs --yes=" + r.site.endpoint.Name
}

// promise is what --dry-run says: what would be sent, and at most how much.
func (w *workload) promise(o *options, headless bool) string {
	length := w.length(o, headless)
	text := fmt.Sprintf("would send %s from %s", w.payloadText(o), w.most())
	if length > 0 {
		text += fmt.Sprintf(" for %v", length)
	} else if o.requests == 0 {
		text += " until it is stopped"
	}
	return text + "; " + w.atMost(o, length) + "; nothing was sent"
}

// length of the load, 0 when it has no end of its own.
func (w *workload) length(o *options, headless bool) time.Duration {
	d := w.duration(o, headless)
	if len(w.stages) == 0 {
		return d
	}
	var sum time.Duration
	for _, st := range w.stages {
		sum += st.Over
	}
	if d == 0 || sum < d {
		return sum
	}
	return d
}

// most users there will be, and in an open loop the highest rate.
func (w *workload) most() string {
	open := w.plan.Loop == runner.Open
	most := float64(w.plan.Users)
	if open {
		most = w.plan.Rate
	}
	for _, st := range w.stages {
		most = max(most, st.Target)
	}
	if open {
		return fmt.Sprintf("at most %d users, %v requests/s", w.plan.Users, most)
	}
	return fmt.Sprintf("at most %.0f users", most)
}

// atMost bounds the number of requests. A closed loop alone has no bound: each user sends as fast as it is answered. Random arrivals
// have one only on average.
func (w *workload) atMost(o *options, length time.Duration) string {
	n, words := float64(o.requests), "at most"
	if byRate := o.maxRate * length.Seconds(); byRate > 0 && (n == 0 || byRate < n) {
		n = byRate
	}
	if due := w.due(length); due > 0 && (n == 0 || due < n) {
		n = due
		if w.plan.Poisson {
			words = "about"
		}
	}
	switch {
	case n > 0:
		return fmt.Sprintf("%s %.0f requests, and one tried before", words, math.Ceil(n))
	case w.plan.Loop == runner.Open:
		return "the number of requests follows from how long it runs (bound it with --requests or --duration)"
	}
	return "the number of requests follows from how fast it answers (bound it with --requests or --max-rate)"
}

// due is how many arrivals an open loop has within length: the integral of its rate.
func (w *workload) due(length time.Duration) float64 {
	if w.plan.Loop != runner.Open {
		return 0
	}
	rate, sum := w.plan.Rate, 0.0
	if len(w.stages) == 0 {
		return rate * length.Seconds()
	}
	for _, st := range w.stages {
		over := min(st.Over, length)
		end := rate + (st.Target-rate)*float64(over)/float64(st.Over)
		sum += over.Seconds() * (rate + end) / 2
		rate, length = st.Target, length-over
	}
	return sum
}
