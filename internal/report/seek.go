package report

import (
	"errors"
	"path/filepath"
	"time"

	"sagetop/internal/session"
)

// Errors of what cannot be done while a run is looked back at.
var (
	errLogs  = errors.New(noLogs)
	errStill = errors.New("it stands still: space plays it, then + and - are faster and slower")
)

const (
	mostSpeed = 64
	mostSeek  = 1 << 32 // seconds: more than any run has
)

// pace is that of a run that is played.
type pace struct {
	on    bool
	speed int       // times as fast as it was
	from  time.Time // the moment at which it began to be
	since time.Time // when that was
}

// position at which a run that is played is by now.
func (p *pace) position(now time.Time) time.Time {
	return p.from.Add(time.Duration(p.speed) * now.Sub(p.since))
}

// Do moves in time.
func (r *Replay) Do(c session.Command) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.play(now)
	switch c.Verb {
	case session.Seek:
		r.seek(min(max(c.Count, -mostSeek), mostSeek), now)
	case session.SeekFirst:
		r.goTo(0, now)
	case session.SeekLast:
		r.goTo(len(r.moments.kept)-1, now)
	case session.Pause:
		r.playOrStop(now)
	case session.Step:
		return r.faster(c.Count, now)
	case session.SaveScreen:
		return r.saveScreen(c.Text)
	case session.ReadLogs:
		return errLogs
	default:
		return session.ErrPast
	}
	return nil
}

// seek goes so many seconds on, or back, and at least to the next moment that there is.
func (r *Replay) seek(seconds int, now time.Time) {
	to := r.moments.kept[r.index()].at().Unix() + int64(seconds)
	if seconds < 0 {
		r.goTo(r.moments.before(to), now)
	} else {
		r.goTo(r.moments.after(to), now)
	}
}

// goTo shows moment i of those that are kept. At the last one whatever comes is followed.
func (r *Replay) goTo(i int, now time.Time) {
	m := r.moments.kept[i]
	r.pace.from, r.pace.since = m.at(), now
	r.show(m)
}

func (r *Replay) show(m *moment) {
	at := m.number
	if m == r.moments.last() {
		at, r.pace.on = end, false
	}
	r.at, r.changed = at, true
}

// play goes on to where a run that is played is by now.
func (r *Replay) play(now time.Time) {
	if !r.pace.on {
		return
	}
	if i := r.moments.before(r.pace.position(now).Unix()); i != r.index() {
		r.show(r.moments.kept[i])
	}
}

// playOrStop plays a run from where it is looked at; from its begin where that is its end. One that is followed stands still then.
func (r *Replay) playOrStop(now time.Time) {
	switch i := r.index(); {
	case r.pace.on:
		r.pace.on = false
	case r.at == end && r.look.GoesOn:
		r.at = r.moments.kept[i].number
	case r.at == end:
		r.pace.on = true
		r.goTo(0, now)
	default:
		r.pace.on = true
		r.goTo(i, now)
	}
	r.changed = true
}

// faster doubles the speed so many times, or halves it.
func (r *Replay) faster(times int, now time.Time) error {
	if !r.pace.on {
		return errStill
	}
	const most = 6 // times that make no difference any more
	r.pace.from, r.pace.since = r.pace.position(now), now
	if times > 0 {
		r.pace.speed = min(r.pace.speed<<min(times, most), mostSpeed)
	} else {
		r.pace.speed = max(r.pace.speed>>min(-times, most), 1)
	}
	r.changed = true
	return nil
}

// saveScreen beside the run, one after the other. It does not wait for the disk.
func (r *Replay) saveScreen(text string) error {
	if r.saving {
		return errors.New("the screen is not saved: the one before is still being written")
	}
	r.saving = true
	elapsed := r.moments.kept[r.index()].state.Elapsed
	go func() {
		e := session.Event{Kind: session.KindNote}
		path, err := keepScreen(r.dir, elapsed, text)
		if err != nil {
			e.Text, e.Bad = "the screen is not saved: "+err.Error(), true
		} else {
			e.Text = "saved " + filepath.Base(path) + " in " + filepath.Dir(path)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		e.At = r.moments.kept[r.index()].at()
		r.said, r.saving, r.changed = append(r.said[:len(r.said):len(r.said)], e), false, true
	}()
	return nil
}
