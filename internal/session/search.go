package session

import (
	"fmt"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// Search for the capacity, as of the last closed second.
type Search struct {
	Plan     runner.Plan // that it asks for
	Asked    int         // so many times for one: it is to be applied each time, also where it is the same
	Over     bool
	Progress sizing.Progress
	Result   sizing.Result // so far
}

// search is what the Book knows of one. It goes by closed seconds alone, so a replay searches as the run did.
type search struct {
	of    *sizing.Search
	after int // the segment in force when it began: what belongs to that is none of its
	asked int
	over  bool
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

// searched says whether the figures are those of a search, which overloads the endpoint, and the client, to see what they bear: it
// judges them itself.
func (b *Book) searched() bool { return b.info.Find || b.searching() }

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
}

// abortSearch that is not over yet.
func (b *Book) abortSearch(why string) {
	if b.searching() {
		b.search.of.Abort(why)
		b.search.over, b.search.shown = true, nil
	}
}

// searchState weighs all that was seen once for each second and sample, and only when asked.
func (b *Book) searchState() *Search {
	s := b.search
	if s == nil {
		return nil
	}
	if s.shown == nil {
		s.shown = &Search{
			Plan: s.of.Plan(), Asked: s.asked, Over: s.over,
			Progress: s.of.Progress(), Result: s.of.Result(b.server.periods),
		}
	}
	return s.shown
}

// cutShort is why a search ended with the load.
func (b *Book) cutShort() string {
	return fmt.Sprintf("the load ended in the phase %s", b.search.of.Progress().Phase)
}
