package runner

import (
	"math"
	"math/rand/v2"
	"time"
)

// sequence is the arrivals of one order, one after the other: of constant gaps, or of a Poisson process. It is a value: a copy goes
// on by itself, and gives the same moments.
type sequence struct {
	course  rateCourse
	phase   float64 // constant: of a gap, how much had passed before
	poisson bool
	random  rand.PCG

	passed uint64        // arrivals before the next one
	mass   float64       // at which the next one comes
	next   time.Duration // when it comes, since the course began; forever: never
}

// arrivalStream keeps the random numbers of arrivals apart from those of users' think times, which have the users' numbers.
const arrivalStream = 1 << 63

// newSequence is repeatable: the same seed and segment give the same Poisson arrivals.
//
// The first constant arrival comes after a whole gap, less phase: what had passed of a gap when the order before ended. So a rate
// that is changed often neither starves nor adds up to more than was wished.
func newSequence(c rateCourse, p Plan, phase float64, seed uint64, segment int) sequence {
	s := sequence{course: c, poisson: p.Poisson}
	if p.Poisson {
		s.random = *rand.NewPCG(seed, arrivalStream|uint64(segment))
	} else {
		s.phase = phase
	}
	s.find()
	return s
}

// advance goes on to the arrival after the next.
func (s *sequence) advance() {
	s.passed++
	s.find()
}

// find sets next. Moments are in order, whatever their rounding.
func (s *sequence) find() {
	if s.poisson {
		s.mass += s.exponential()
	} else {
		s.mass = float64(s.passed+1) - s.phase
	}
	s.next = max(s.next, s.course.when(s.mass))
}

// exponential is a random number of that distribution, with mean 1.
func (s *sequence) exponential() float64 {
	uniform := float64(s.random.Uint64()>>11) / (1 << 53) // below 1
	return -math.Log1p(-uniform)
}

// skip passes all arrivals up to elapsed.
func (s *sequence) skip(elapsed time.Duration) {
	for s.next <= elapsed {
		s.advance()
	}
}

// rest is the phase for a sequence that takes over at elapsed, up to which all was skipped.
func (s *sequence) rest(elapsed time.Duration) float64 {
	if s.poisson {
		return 0
	}
	return min(max(0, s.course.mass(elapsed)+s.phase-float64(s.passed)), 1)
}
