package session

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// ErrInfo is wrapped by every error about an Info that no run can have.
var ErrInfo = errors.New("session: bad run description")

// Book is what is known of a run. It is a Journal to write and a Watcher to read, and what it shows depends on nothing but its Info
// and on what was written to it, in order. It has a lock of its own.
type Book struct {
	mu       sync.Mutex
	info     Info
	ledger   *runner.Ledger
	aborts   []*sizing.AbortWatch
	slos     []SLO
	load     runner.Snapshot // as of the last closed second
	judged   int64           // the last closed second that was judged
	tens     int64           // the end of the last ten seconds that were judged by themselves
	told     bool            // they could tell something
	steady   runner.Window   // the last ten seconds that could, before users left at the end
	over     bool            // nothing more will come
	server   server
	phase    Phase
	reason   string
	events   []Event
	last     time.Time // of the newest line
	ended    time.Time
	creds    time.Time
	verify   *Verification
	proposal *Proposal
	alone    time.Duration // that the request tried before the load took; 0: none was answered

	findings []sizing.Finding
	invalid  *sizing.Finding
	aborted  string
	search   *search // nil: none was begun
}

// NewBook returns an empty Book of the run that info describes.
func NewBook(info Info) (*Book, error) {
	rules, err := parseRules(info.SLOs, sizing.ParseSLO)
	if err != nil {
		return nil, err
	}
	aborts, err := parseRules(info.AbortOn, sizing.ParseAbort)
	if err != nil {
		return nil, err
	}
	limit, _ := sizing.LatencySLO(rules)
	ledger, err := runner.NewLedger(runner.LedgerConfig{SLO: limit, Period: info.Period})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInfo, err)
	}
	b := &Book{info: info, ledger: ledger, phase: Run, last: info.Started, creds: info.Identity.CredsExpire, verify: info.Verify}
	b.server = newServer(&b.info)
	for _, r := range rules {
		b.slos = append(b.slos, SLO{Rule: r, Since: info.Started})
	}
	for _, r := range aborts {
		b.aborts = append(b.aborts, sizing.NewAbortWatch(r))
	}
	if info.Find {
		if err := b.beginSearch(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInfo, err)
		}
	}
	return b, nil
}

func parseRules(texts []string, parse func(string) (sizing.Rule, error)) ([]sizing.Rule, error) {
	rules := make([]sizing.Rule, 0, len(texts))
	for _, text := range texts {
		r, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInfo, err)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// Delta adds d to the figures and judges the seconds that it closed.
func (b *Book) Delta(d *runner.Delta) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.ledger.Add(d); err != nil {
		return err
	}
	if d.Segment == 0 && d.OK > 0 {
		b.alone = d.Hist[runner.Response].Stats().Min
	}
	b.turn()
	return nil
}

// close closes the last seconds, for which no further Delta will come.
func (b *Book) close() {
	b.ledger.Close()
	b.turn()
}

// Close is for a journal that breaks off before the load's end.
func (b *Book) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.close()
}

// turn judges each newly closed second once.
func (b *Book) turn() {
	b.ledger.Snapshot(&b.load)
	fresh := within(b.load.Seconds, b.judged+1, math.MaxInt64)
	for i := range fresh {
		s := &fresh[i]
		b.judged = s.Second
		if b.server.began == 0 && s.Segment > 0 && s.Sent > 0 { // segment 0 is the request tried before the load
			b.server.began = s.Second
		}
		b.tick(time.Unix(s.Second+1, 0))
		for _, a := range b.aborts {
			if a.Step(s, &b.load.Ten) && b.aborted == "" {
				b.aborted = a.Rule().String()
			}
		}
	}
	if len(fresh) == 0 {
		return
	}
	b.judgeSLOs()
	joined := b.server.join(b.load.Periods, b.load.Seconds)
	b.stepSearch(fresh)
	if b.newTen() || joined {
		b.diagnose(b.load.Ten)
	}
}

func (b *Book) tick(t time.Time) {
	if t.After(b.last) {
		b.last = t
	}
}

func (b *Book) judgeSLOs() {
	now := time.Unix(b.judged+1, 0)
	slos := slices.Clone(b.slos)
	for i := range slos {
		s := &slos[i]
		if !b.info.Find || b.verify != nil { // of all that a search tried it means nothing
			s.Value, s.Pass = s.Rule.Judge(&b.load.Run)
		}
		if _, v := s.Rule.Judge(&b.load.Ten); v != s.Now {
			s.Now, s.Since = v, now
		}
	}
	b.slos = slos
}

// newTen says whether ten seconds have closed since the last ones that were judged. Those that begin right behind a ramp or a change
// of Plan are the first that can be judged, and are, so a short run is judged too. Twenty that tell nothing make findings old. It goes
// by closed seconds alone: a replay judges the same.
func (b *Book) newTen() bool {
	const ten = 10
	passed, tells := b.load.Ten.To-b.tens, sizing.TenTells(&b.load.Ten)
	if last := &b.load.Seconds[len(b.load.Seconds)-1]; tells && last.Draining == 0 && last.Users > 0 {
		b.steady = b.load.Ten
	}
	if tells && b.told && passed < ten || !tells && passed < 2*ten {
		return false
	}
	b.tens, b.told = b.load.Ten.To, tells
	return true
}

// finish judges once more, by the last ten seconds that can be judged, for what waited for points until now.
func (b *Book) finish() {
	if b.over {
		return
	}
	b.over = true
	b.diagnose(b.steady)
}

// diagnose judges client figures over ten seconds.
func (b *Book) diagnose(ten runner.Window) {
	ten.Client = usual(within(b.load.Seconds, ten.From, ten.To), ten.Client)
	b.findings = sizing.Diagnose(b.facts(), ten, b.server.periods)
	if b.search != nil {
		b.search.shown = nil // periods may have come
	}
	for _, f := range b.findings {
		if f.Invalidates() && b.invalid == nil && b.counts(&f) {
			b.invalid = new(f)
		}
	}
}

func (b *Book) facts() sizing.Facts {
	f := b.server.facts(&b.info)
	f.Over, f.Alone = b.over, b.alone
	if b.search != nil {
		f.Capacity = b.search.each
	}
	for i := range b.slos {
		f.SLOs = append(f.SLOs, b.slos[i].Rule)
	}
	return f
}

// Sample takes what CloudWatch and DescribeEndpoint said.
func (b *Book) Sample(s cwmetrics.Sample) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick(s.At)
	b.server.add(s)
	if b.server.join(b.load.Periods, b.load.Seconds) {
		b.diagnose(b.load.Ten)
	}
	return nil
}

// Event takes a line of the log and what it says of the run's phase and credentials.
func (b *Book) Event(e Event) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick(e.At)
	if e.Phase.LoadOver() {
		b.close()
	}
	if b.searching() && (e.Phase == Drain || e.Phase.LoadOver()) {
		b.abortSearch(b.cutShort())
	}
	if e.Phase == Done {
		b.finish()
	}
	b.events = append(b.events, e)
	if e.Phase != "" {
		b.phase = e.Phase
	}
	if e.Reason != "" {
		b.reason, b.ended = e.Reason, e.At
	}
	if e.Kind == KindCreds && e.Bad {
		b.server.note("the credentials lapsed")
	}
	if e.Scaling != nil {
		b.server.scale(*e.Scaling)
	}
	if e.Activity != nil {
		b.server.acted(*e.Activity)
		if e.Activity.Status == activityDone && !b.info.CloudWatch {
			b.server.note(b.server.scalingActed())
			b.voidSearch(b.server.scalingActed())
		}
	}
	if a := e.AutoScaling; a != nil {
		b.server.scaling = a
		if a.Removed {
			b.server.scaling = nil
		}
	}
	switch e.Search {
	case "":
	case SearchBegun:
		_ = b.beginSearch() // the session has tried whether it can be
	default:
		b.abortSearch(e.Search)
	}
	if e.Verify != nil {
		b.verify = e.Verify
	}
	if e.Proposal != nil {
		b.proposal = e.Proposal
	}
	if !e.Expires.IsZero() {
		b.creds = e.Expires
	}
	return nil
}

// State shows what is known as of the newest line.
func (b *Book) State(st *State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ledger.Snapshot(&st.Load)
	st.Info, st.Now, st.Ended, st.Reason = b.info, b.last, b.ended, b.reason
	st.Phase = b.phaseOf(&st.Load)
	st.Elapsed, st.Total, st.Verify, st.Proposal = st.Load.Elapsed, b.info.total(), b.verify, b.proposal
	if b.verify != nil {
		st.Total = b.verify.Until
	}
	st.Left = max(0, st.Total-st.Elapsed)
	st.Endpoint, st.Sample = b.server.endpoint, b.server.sample
	st.Points, st.Periods, st.Moved = b.server.shown(), slices.Clip(b.server.periods), b.server.moved
	st.Counts, st.Scalings = b.server.counts, b.server.scalings
	st.AutoScaling, st.Activities = b.server.scaling, b.server.activities
	st.Facts = b.facts()
	st.Findings, st.Invalid, st.SLOs, st.Aborted = b.findings, b.invalid, b.slos, b.aborted
	st.Search = b.searchState()
	st.Events, st.Creds = b.events[:len(b.events):len(b.events)], b.creds
}

func (b *Book) phaseOf(load *runner.Snapshot) Phase {
	switch {
	case b.phase != Run:
		return b.phase
	case load.Plan.Paused:
		return Paused
	case b.info.Watch && load.Total.Sent == 0 && loadOf(load.Plan) == 0:
		return Watch
	case b.searching() && b.search.after < load.Segment.Segment:
		return Finding
	case b.verify != nil && !b.verify.From.IsZero():
		return Verifying
	case b.proposal != nil && b.proposal.Refused == "":
		return Resting
	case b.info.Find && b.search.over && b.judged < b.search.to: // what comes of it is said next
		return Finding
	case load.Last.Ramp:
		return Ramp
	}
	return Run
}
