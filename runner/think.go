package runner

import (
	"math/rand/v2"
	"time"
)

// pause is what a user in a closed loop makes between an answer and its next request.
//
// It is the user's, not an order's: one that all users broke off whenever the number of users changes would have them send at once,
// and go in step from then on. What is left of it stands still while nothing is to be sent, for the same reason.
type pause struct {
	due         bool          // since an answer; not any more once it was made
	least, most time.Duration // the think time it was drawn from
	whole, left time.Duration
}

// of says whether the pause was drawn from p's think time.
func (b *pause) of(p Plan) bool { return b.whole > 0 && b.least == p.ThinkMin && b.most == p.ThinkMax }

// redraw makes the pause one of whole from p's think time. Where it began under another, the same share of it is left.
func (b *pause) redraw(p Plan, whole time.Duration) {
	left := whole
	if b.whole > 0 {
		left = time.Duration(float64(whole) * (float64(b.left) / float64(b.whole)))
	}
	*b = pause{due: true, least: p.ThinkMin, most: p.ThinkMax, whole: whole, left: left}
}

// think makes the pause that is due, and says whether u may go on: not when another order than o came, or it is to leave. Where o
// does not have u send, it is not for the pause to say so.
func (u *user) think(o *order) bool {
	b := &u.pause
	switch {
	case !b.due || !o.sends():
		return true
	case o.plan.Loop == Open || o.plan.ThinkMax == 0:
		*b = pause{}
		return true
	case !b.of(o.plan):
		b.redraw(o.plan, u.thinkTime(o.plan))
	}
	begun := u.pool.elapsed()
	if b.left > 0 && !u.sleep(b.left, o) {
		b.left -= u.pool.elapsed() - begun
		return false
	}
	*b = pause{}
	return true
}

// thinkTime is uniform from least to most, from the user's own sequence: another number of users does not change it.
func (u *user) thinkTime(p Plan) time.Duration {
	if p.ThinkMin == p.ThinkMax {
		return p.ThinkMin
	}
	if u.random == nil {
		u.random = rand.New(rand.NewPCG(u.pool.cfg.Seed, uint64(u.number)))
	}
	return p.ThinkMin + time.Duration(u.random.Int64N(int64(p.ThinkMax-p.ThinkMin)+1))
}
