package session

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AutoScaler says how the variant's auto scaling is set, and what it does.
type AutoScaler interface {
	AutoScaling(ctx context.Context) (*AutoScaling, error)               // nil without an error: there is none any more
	Activities(ctx context.Context, since time.Time) ([]Activity, error) // that were not over before since, oldest first
}

// ErrDenied is wrapped by errors of an AutoScaler that asking again would bring again.
var ErrDenied = errors.New("session: permission missing")

// AutoScaling of the variant.
type AutoScaling struct {
	Min       int             `json:"min"`
	Max       int             `json:"max"`
	Rules     []ScalingPolicy `json:"rules,omitempty"`
	Paused    bool            `json:"paused,omitempty"`    // suspended: it neither scales out nor in
	Suspended []string        `json:"suspended,omitempty"` // parts of it: scale-in, scale-out, scheduled
	Removed   bool            `json:"removed,omitempty"`   // in an Event: there is none any more
}

// ScalingPolicy is one of auto scaling's rules.
type ScalingPolicy struct {
	Name    string        `json:"name"`
	Metric  string        `json:"metric,omitempty"` // that is tracked; empty: it goes in steps
	Target  float64       `json:"target,omitempty"` // of Metric
	In      time.Duration `json:"scale_in_cooldown"`
	Out     time.Duration `json:"scale_out_cooldown"`
	OutOnly bool          `json:"out_only,omitempty"` // it never scales in
}

// Bounds are the least and the most instances: "1-4".
func (a *AutoScaling) Bounds() string { return fmt.Sprintf("%d-%d", a.Min, a.Max) }

// Pause is what is suspended, "" when nothing is.
func (a *AutoScaling) Pause() string {
	switch {
	case a.Paused:
		return "suspended"
	case len(a.Suspended) > 0:
		return strings.Join(a.Suspended, " and ") + " suspended"
	}
	return ""
}

// String is all of it in one line: "1-4, InvocationsPerInstance 6000, cooldown 300/300 s".
func (a *AutoScaling) String() string {
	if a.Removed {
		return "none any more"
	}
	parts := []string{a.Bounds()}
	if p := a.Pause(); p != "" {
		parts = append(parts, p)
	}
	for i := range a.Rules {
		parts = append(parts, a.Rules[i].String())
	}
	return strings.Join(parts, ", ")
}

// Aim is what it keeps to: "InvocationsPerInstance 6000".
func (p *ScalingPolicy) Aim() string {
	if p.Metric == "" {
		return "in steps"
	}
	return p.Metric + " " + strconv.FormatFloat(p.Target, 'f', -1, 64)
}

// String has the cooldowns out and in, too.
func (p *ScalingPolicy) String() string {
	text := p.Aim() + fmt.Sprintf(", cooldown %.0f/%.0f s", p.Out.Seconds(), p.In.Seconds())
	if p.OutOnly {
		text += ", never in"
	}
	return text
}

// Activity is a change of instances that auto scaling made or tried to make, in AWS's words.
type Activity struct {
	ID          string    `json:"id"`
	Start       time.Time `json:"start"`
	End         time.Time `json:"end,omitzero"` // zero while it goes on
	Description string    `json:"description"`
	Cause       string    `json:"cause,omitempty"`
	Status      string    `json:"status"`
	Message     string    `json:"message,omitempty"` // about Status
}

// What AWS says of a change that is made.
const activityDone = "Successful"

// Over says whether nothing more comes of a.
func (a *Activity) Over() bool { return !a.End.IsZero() }

// Failed says whether a came to nothing.
func (a *Activity) Failed() bool { return a.Over() && a.Status != activityDone }

// String says what is done, and why or what came of it.
func (a *Activity) String() string {
	text := strings.TrimSuffix(a.Description, ".")
	switch {
	case a.Failed():
		return text + ": " + a.Status + ": " + a.Message
	case a.Over():
		return fmt.Sprintf("%s: %s after %.0f s", text, a.Status, a.End.Sub(a.Start).Seconds())
	}
	return text + ": " + a.Cause
}

// scalingEvery is how often auto scaling is looked at. Its alarms look once a minute.
const scalingEvery = 30 * time.Second

// scalingPatience with one answer.
const scalingPatience = 10 * time.Second

// scalingLook is what there was to see of auto scaling.
type scalingLook struct {
	target     *AutoScaling
	known      bool // target was read
	activities []Activity
	err        error // of reading activities
}

// watchScaling looks at auto scaling for as long as there is any, in a goroutine of its own: it never touches the load.
func (s *Session) watchScaling(ctx context.Context) {
	for {
		l := s.lookAtScaling(ctx)
		select {
		case s.scaling <- l:
		case <-ctx.Done():
			return
		}
		if errors.Is(l.err, ErrDenied) || l.known && l.target == nil || !wait(ctx, scalingEvery) {
			return
		}
	}
}

func (s *Session) lookAtScaling(ctx context.Context) (l scalingLook) {
	ctx, cancel := context.WithTimeout(ctx, scalingPatience)
	defer cancel()
	l.err = s.asking(func() (err error) {
		l.activities, err = s.cfg.AutoScaler.Activities(ctx, s.cfg.Info.Started)
		return err
	})
	l.known = s.asking(func() (err error) {
		l.target, err = s.cfg.AutoScaler.AutoScaling(ctx)
		return err
	}) == nil
	return l
}

// seeScaling writes to the log what is new. That something cannot be read is said once.
func (s *Session) seeScaling(l scalingLook) {
	c := &s.state
	s.book.State(&c.now)
	if l.known && !reflect.DeepEqual(l.target, c.now.AutoScaling) {
		now := &AutoScaling{Removed: true}
		if l.target != nil {
			now = l.target
		}
		s.say(Event{Kind: KindAutoScaling, Text: "auto scaling is now " + now.String(), AutoScaling: now})
	}
	if l.err != nil && !c.said.scaling {
		c.said.scaling = true
		s.say(Event{Kind: KindNote, Text: "what auto scaling does is not known: " + flat(l.err), Bad: true})
	}
	for i := range l.activities {
		s.seeActivity(&l.activities[i])
	}
}

func (s *Session) seeActivity(a *Activity) {
	known := s.state.now.Activities
	if i := indexOf(known, a.ID); i >= 0 && known[i].Status == a.Status {
		return
	}
	s.say(Event{Kind: KindAutoScaling, Text: "auto scaling: " + a.String(), Bad: a.Failed(), Activity: a})
}

// scalingActed is what moved, where nothing else says how many there are.
func (s *server) scalingActed() string { return "auto scaling changed the " + s.unit.Many() }

func indexOf(all []Activity, id string) int {
	return slices.IndexFunc(all, func(a Activity) bool { return a.ID == id })
}

// acted takes in what is known of an activity.
func (s *server) acted(a Activity) {
	s.activities = slices.Clone(s.activities)
	if i := indexOf(s.activities, a.ID); i >= 0 {
		s.activities[i] = a
		return
	}
	s.activities = append(s.activities, a)
}

// warmAdded leaves out of the figures the first of the time of instances that came under load without the run having asked for them.
func (s *Session) warmAdded() {
	c := &s.state
	counts, before := c.now.Counts, c.counts
	c.counts = len(counts)
	if c.counts < 2 || c.counts == before || c.find.on || s.verifies() || loadOf(c.wish) == 0 {
		return
	}
	if c.change != nil { // the run's own, seen before it is known to be over
		return
	}
	was, is := counts[c.counts-2], counts[c.counts-1]
	if own := c.now.Scalings; is.Instances <= was.Instances || len(own) > 0 && own[len(own)-1].Over.Equal(is.Since) {
		return
	}
	s.warmInstances(&Scaling{From: was.Instances, To: is.Instances})
	if c.wish.Warmup {
		s.apply(s.rampLeft())
		s.say(Event{Kind: KindNote, Text: fmt.Sprintf("%d -> %s: the first %v of those added are warm-up", was.Instances, s.unit().Count(is.Instances), c.warm.length)})
	}
}
