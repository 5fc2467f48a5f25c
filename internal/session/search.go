package session

import (
	"fmt"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Search for the capacity, as of the last closed second.
type Search struct {
	Plan     runner.Plan // that it asks for
	Asked    int         // so many times for one: it is to be applied each time, also where it is the same
	Over     bool
	To       int64 // Unix time of its end, once it is Over
	Progress sizing.Progress
	Result   sizing.Result // so far
}

// search is what the Book knows of one. It goes by closed seconds alone, so a replay searches as the run did.
type search struct {
	of    *sizing.Search
	after int // the segment in force when it began: what belongs to that is none of its
	asked int
	over  bool
	to    int64   // Unix time of its end; 0: it goes on
	each  float64 // successes a second of one instance that held the SLOs; 0: not known
	shown *Search // nil: something came since it was made
}

// searchConfig is what the search of a run goes by, with SLOs that were parsed.
func (i *Info) searchConfig(slos []SLO) sizing.SearchConfig {
	c := sizing.SearchConfig{
		MaxRate: i.MaxRate, MaxUsers: i.PlanOf(runner.Open).Users, MaxRequests: i.Requests, TargetCPU: i.Sizing.CPU,
	}
	for n := range slos {
		c.Rules = append(c.Rules, slos[n].Rule)
	}
	return c
}

// beginSearch from the load that is there.
func (b *Book) beginSearch() error {
	s, err := sizing.NewSearch(b.info.searchConfig(b.slos))
	if err != nil {
		return err
	}
	b.search = &search{of: s, after: b.load.Segment.Segment}
	return nil
}

func (b *Book) searching() bool { return b.search != nil && !b.search.over }

// counts says whether f is of what the run is about. What a search overloads, be it the endpoint or the client, it judges itself.
func (b *Book) counts(f *sizing.Finding) bool {
	switch {
	case b.searching():
		return false
	case b.info.Find:
		return b.verify != nil && !f.From.Before(b.verify.From)
	}
	return b.search == nil || f.From.Unix() >= b.search.to
}

// stepSearch by seconds that closed.
func (b *Book) stepSearch(fresh []runner.Second) {
	if !b.searching() {
		return
	}
	s := b.search
	look := sizing.Look{Segment: &b.load.Segment, Periods: b.server.periods, Facts: b.facts()}
	for i := range fresh {
		look.Second = &fresh[i]
		if s.over || look.Second.Segment <= s.after {
			continue
		}
		_, change, done := s.of.Step(look)
		if change {
			s.asked++
		}
		s.over = done
	}
	s.shown = nil
	if b.heldCPU() {
		s.of.Abort("")
		s.over = true
	}
	if s.over {
		b.searchOver()
	}
}

// usualCPUHold is what a search takes for the CPU's sake by itself, as it counts what is left.
const usualCPUHold = 210 * time.Second

// heldCPU says whether the last rate of a search, which is there for the CPU's sake, was held for as long as that needs here.
func (b *Book) heldCPU() bool {
	s, hold := b.search, b.info.CPUHold
	if hold == 0 || s.over {
		return false
	}
	p := s.of.Progress()
	return p.Phase == sizing.PhaseCPU && p.For >= hold+b.info.Period // which begins anywhere in one
}

// searchOver keeps what the search says of one instance.
func (b *Book) searchOver() {
	s := b.search
	s.over, s.to, s.shown = true, b.judged+1, nil
	f := b.server.facts(&b.info)
	if r := s.of.Result(b.server.periods); r.Outcome == sizing.Held && f.Instances > 0 {
		s.each = r.Capacity() / float64(f.Instances)
	}
}

// abortSearch that is not over yet.
func (b *Book) abortSearch(why string) {
	if b.searching() {
		b.search.of.Abort(why)
		b.searchOver()
	}
}

// voidSearch that is not over yet: something moved that the search cannot see.
func (b *Book) voidSearch(why string) {
	if b.searching() {
		b.search.of.Disturb(why)
		b.searchOver()
	}
}

// searchState weighs all that was seen once for each second and sample, and only when asked.
func (b *Book) searchState() *Search {
	s := b.search
	if s == nil {
		return nil
	}
	if s.shown == nil {
		progress := s.of.Progress()
		if hold := b.info.CPUHold; hold > 0 {
			progress.Left = max(0, progress.Left-usualCPUHold+hold+b.info.Period)
		}
		s.shown = &Search{
			Plan: s.of.Plan(), Asked: s.asked, Over: s.over, To: s.to,
			Progress: progress, Result: s.of.Result(sized(b.server.periods, &b.info, b.verify)),
		}
	}
	return s.shown
}

// cutShort is why a search ended with the load.
func (b *Book) cutShort() string {
	return fmt.Sprintf("the load ended in the phase %s", b.search.of.Progress().Phase)
}
