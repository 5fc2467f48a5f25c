package session

import (
	"fmt"
	"math"
	"strings"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// find is what the loop remembers of a search for the capacity. The Book searches; the loop applies what it asks for.
type find struct {
	on     bool
	asked  int          // Search.Asked that was applied
	before *runner.Plan // what the load goes back to; nil: the run ends with the search
}

// find begins a search from the load that is there.
func (s *Session) find() {
	c := &s.state
	s.book.State(&c.now)
	_, invalid := sizing.NewSearch(s.cfg.Info.searchConfig(c.now.SLOs))
	switch {
	case c.find.on:
		s.refuse("it searches already")
	case s.resting() || c.verify != nil:
		s.refuse("nothing is searched while a target is verified")
	case s.cfg.NoLoad != "":
		s.refuse(s.cfg.NoLoad)
	case c.change != nil:
		s.refuse(fmt.Sprintf("nothing is searched while %s", c.change))
	case invalid != nil:
		s.refuse("nothing to search for: " + strings.TrimPrefix(invalid.Error(), sizing.ErrSearch.Error()+": "))
	default:
		s.say(Event{Kind: KindFind, Search: SearchBegun, Text: "find: searching for the highest rate that holds the SLOs, from here"})
		before := c.wish
		c.byHand = true
		s.followSearch()
		c.find.before = &before
		s.apply(0)
	}
}

// followSearch takes the load out of whatever hands it is in.
func (s *Session) followSearch() {
	c := &s.state
	s.book.State(&c.now)
	c.find = find{on: true, asked: c.now.Search.Asked}
	c.wish = s.tried(c.now.Search.Plan)
}

// tried is p, left out of the run's own figures where the run is about more than the search.
func (s *Session) tried(p runner.Plan) runner.Plan {
	p.Trial = !s.cfg.Info.Find || s.cfg.Info.Prove != nil
	return p
}

// search puts in force what the search asks for, as of the newest second, until it is over.
func (s *Session) search() {
	c := &s.state
	if !c.find.on {
		return
	}
	f := c.now.Search
	if f.Over {
		s.found(f)
		return
	}
	if f.Asked == c.find.asked {
		return
	}
	c.find.asked, c.wish = f.Asked, s.tried(f.Plan)
	if s.apply(0) {
		s.say(Event{Kind: KindFind, Text: "find: " + f.step()})
	}
}

// found says what came of the search. What it was begun for ends with it, or goes on as before.
func (s *Session) found(f *Search) {
	c := &s.state
	before := c.find.before
	c.find = find{}
	s.say(Event{Kind: KindFind, Text: "find: " + f.Result.String(), Bad: f.Result.Outcome != sizing.Held})
	switch {
	case before != nil:
		s.want(*before, 0)
	case s.cfg.Info.Prove != nil:
		s.propose(&f.Result)
	default:
		s.end(EndFound)
	}
}

// endFind gives up what the search was begun for, or goes back to the load before it.
func (s *Session) endFind() {
	if !s.state.find.on {
		s.refuse("nothing is being searched for")
		return
	}
	before := s.state.find.before
	s.abortFind("given up")
	if before == nil {
		s.end(EndStopped)
		return
	}
	s.want(*before, 0)
}

// abortFind leaves the load as it is.
func (s *Session) abortFind(why string) {
	c := &s.state
	if !c.find.on {
		return
	}
	c.find = find{}
	c.wish.Warmup = false
	s.say(Event{Kind: KindFind, Search: why, Text: "find: the search is over: " + why, Bad: true})
}

// step is what is tried now, in the words of the log: "step 3: 182/s, 175 held, 190 failed".
func (f *Search) step() string {
	p := &f.Progress
	text := string(p.Phase)
	if p.Phase == sizing.PhaseStep || p.Phase == sizing.PhaseVerify {
		text += fmt.Sprintf(" %d", p.Step)
	}
	text += ": " + asked(withLoad(f.Plan, math.Round(10*loadOf(f.Plan))/10))
	if b := p.Bracket(); b != "" {
		text += ", " + b
	}
	return text
}
