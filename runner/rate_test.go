package runner

import (
	"math"
	"testing"
	"time"
)

func TestRateCourse(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		name    string
		course  rateCourse
		elapsed time.Duration
		rate    float64
		mass    float64
	}{
		{"level", rateCourse{from: 50, to: 50}, 3 * s, 50, 150},
		{"ramp up begins", rateCourse{from: 10, to: 30, ramp: 10 * s}, 0, 10, 0},
		{"ramp up", rateCourse{from: 10, to: 30, ramp: 10 * s}, 5 * s, 20, 75},
		{"ramp up ends", rateCourse{from: 10, to: 30, ramp: 10 * s}, 10 * s, 30, 200},
		{"after it", rateCourse{from: 10, to: 30, ramp: 10 * s}, 12 * s, 30, 260},
		{"ramp down", rateCourse{from: 30, to: 10, ramp: 10 * s}, 5 * s, 20, 125},
		{"from nothing", rateCourse{to: 100, ramp: s}, 500 * ms, 50, 12.5},
		{"to nothing", rateCourse{from: 100, ramp: s}, 500 * ms, 50, 37.5},
		{"and for good", rateCourse{from: 100, ramp: s}, time.Hour, 0, 50},
	} {
		rate, mass := c.course.rate(c.elapsed), c.course.mass(c.elapsed)
		if math.Abs(rate-c.rate) > 1e-9 || math.Abs(mass-c.mass) > 1e-9 {
			t.Errorf("%s: rate %v, mass %v, want %v and %v", c.name, rate, mass, c.rate, c.mass)
		}
		if c.mass > 0 && c.rate > 0 {
			if at := c.course.when(c.mass); max(at-c.elapsed, c.elapsed-at) > 1 {
				t.Errorf("%s: a mass of %v at %v, want %v", c.name, c.mass, at, c.elapsed)
			}
		}
	}
}

// TestWhenIsTheInverseOfMass also where a ramp is nearly level, long, or starts or ends at nothing.
func TestWhenIsTheInverseOfMass(t *testing.T) {
	rng := newRand()
	for range 2000 {
		c := rateCourse{from: math.Exp(rng.NormFloat64() * 4), to: math.Exp(rng.NormFloat64() * 4), ramp: time.Duration(1 + rng.Int64N(int64(time.Hour)))}
		switch rng.IntN(5) {
		case 0:
			c.to = c.from * (1 + 1e-13)
		case 1:
			c.from = 0
		case 2:
			c.to = 0
		}
		elapsed := time.Duration(1 + rng.Int64N(2*int64(c.ramp)))
		mass := c.mass(elapsed)
		if back := c.mass(c.when(mass)); c.when(mass) == forever || math.Abs(back-mass) > 1e-9*(1+mass)+c.from*2e-9+c.to*2e-9 {
			t.Fatalf("%+v: %v has a mass of %v; that is reached at %v, with %v", c, elapsed, mass, c.when(mass), back)
		}
	}
}

func TestWhatIsNeverReached(t *testing.T) {
	for _, c := range []struct {
		course rateCourse
		mass   float64
	}{{rateCourse{}, 0}, {rateCourse{}, 1}, {rateCourse{from: 100, ramp: time.Second}, 50.001}, {rateCourse{from: 1e-300, to: 1e-300}, 1}} {
		if at := c.course.when(c.mass); at != forever {
			t.Errorf("%+v: a mass of %v at %v", c.course, c.mass, at)
		}
	}
	if at := (rateCourse{from: 100, ramp: time.Second}).when(50); at != time.Second {
		t.Errorf("the last one of a ramp to nothing comes at %v", at)
	}
}

func TestARateGoesOnFromTheMoment(t *testing.T) {
	open := Plan{Loop: Open, Rate: 90, Ramp: time.Second}
	for _, c := range []struct {
		name   string
		change func(*Plan)
		want   rateCourse
	}{
		{"ramp", func(*Plan) {}, rateCourse{30, 90, time.Second}},
		{"at once", func(p *Plan) { p.Ramp = 0 }, rateCourse{from: 90, to: 90}},
		{"a pause keeps it", func(p *Plan) { p.Paused = true }, rateCourse{from: 30, to: 30}},
		{"a closed loop has none", func(p *Plan) { p.Loop = Closed }, rateCourse{}},
	} {
		p := open
		c.change(&p)
		if got := newRateCourse(30, p); got != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// moments of the first n arrivals.
func moments(s sequence, n int) []time.Duration {
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = s.next
		s.advance()
	}
	return list
}

func TestConstantArrivals(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		name   string
		course rateCourse
		phase  float64
		want   []time.Duration
	}{
		{"level", rateCourse{from: 100, to: 100}, 0, []time.Duration{10 * ms, 20 * ms, 30 * ms}},
		{"a quarter has passed", rateCourse{from: 100, to: 100}, 0.25, []time.Duration{7500 * time.Microsecond, 17500 * time.Microsecond}},
		{"the whole gap has passed", rateCourse{from: 100, to: 100}, 1, []time.Duration{0, 10 * ms}},
		{"third of a second", rateCourse{from: 3, to: 3}, 0, []time.Duration{333_333_333, 666_666_667, s}},
		{"from nothing", rateCourse{to: 8, ramp: 4 * s}, 0, []time.Duration{s, 1_414_213_562, 1_732_050_808, 2 * s}},
		{"up, and on", rateCourse{from: 1, to: 3, ramp: s}, 0, []time.Duration{618_033_989, s, s + 333_333_333}},
		{"down", rateCourse{from: 3, to: 1, ramp: s}, 0, []time.Duration{381_966_011, s, 2 * s}},
		{"to nothing", rateCourse{from: 4, ramp: s}, 0, []time.Duration{292_893_219, s, forever, forever}},
		{"none", rateCourse{}, 0, []time.Duration{forever, forever}},
	} {
		got := moments(newSequence(c.course, Plan{}, c.phase, 1, 1), len(c.want))
		for i, at := range got {
			if at != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
				break
			}
		}
	}
}

func TestPoissonArrivalsAreRepeatable(t *testing.T) {
	make := func(seed uint64, segment int) []time.Duration {
		return moments(newSequence(rateCourse{from: 100, to: 200, ramp: time.Second}, Plan{Poisson: true}, 0, seed, segment), 1000)
	}
	same := func(a, b []time.Duration) (n int) {
		for i := range a {
			if a[i] == b[i] {
				n++
			}
		}
		return n
	}
	if same(make(7, 3), make(7, 3)) != 1000 {
		t.Error("the same seed and segment give other arrivals")
	}
	if same(make(7, 3), make(8, 3)) > 10 || same(make(7, 3), make(7, 4)) > 10 {
		t.Error("another seed or segment gives the same arrivals")
	}
	whole := newSequence(rateCourse{from: 100, to: 100}, Plan{Poisson: true}, 0, 7, 3)
	part := whole
	part.skip(5 * time.Second)
	copied := part
	if want := moments(whole, 2000)[part.passed:]; same(want, moments(part, len(want))) != len(want) || same(want, moments(copied, len(want))) != len(want) {
		t.Error("a copy gives other arrivals")
	}
}

// TestPoissonGapsAreExponential in mean, variance and shape, at a fixed seed.
func TestPoissonGapsAreExponential(t *testing.T) {
	const n = 100_000
	list := moments(newSequence(rateCourse{from: 1000, to: 1000}, Plan{Poisson: true}, 0, 1, 1), n)
	var sum, squares, before float64
	short := 0
	for _, at := range list {
		gap := (at.Seconds() - before) * 1000 // in mean gaps
		before = at.Seconds()
		sum, squares = sum+gap, squares+gap*gap
		if gap < math.Ln2 {
			short++
		}
	}
	mean := sum / n
	variance := squares/n - mean*mean
	// Four standard errors: 1/sqrt(n) of the mean, sqrt(8/n) of the variance, 1/sqrt(4n) of the share.
	if math.Abs(mean-1) > 4/math.Sqrt(n) || math.Abs(variance-1) > 4*math.Sqrt(8.0/n) || math.Abs(float64(short)/n-0.5) > 4/math.Sqrt(4*n) {
		t.Errorf("mean %v, variance %v, %d of %d below the median", mean, variance, short, n)
	}
}

// TestPoissonArrivalsFollowARamp counts them in each fifth of it: the count's variance is its mean.
func TestPoissonArrivalsFollowARamp(t *testing.T) {
	for _, c := range []rateCourse{
		{from: 0, to: 2000, ramp: 10 * time.Second},
		{from: 2000, to: 0, ramp: 10 * time.Second},
		{from: 500, to: 1500, ramp: 10 * time.Second},
	} {
		s := newSequence(c, Plan{Poisson: true}, 0, 5, 1)
		var mass float64
		var passed uint64
		for k := 1; k <= 5; k++ {
			at := time.Duration(k) * 2 * time.Second
			s.skip(at)
			want, got := c.mass(at)-mass, float64(s.passed-passed)
			if math.Abs(got-want) > 4*math.Sqrt(want) {
				t.Errorf("%+v: %v arrivals in fifth %d, want about %v", c, got, k, want)
			}
			mass, passed = c.mass(at), s.passed
		}
	}
}

// TestNoArrivalIsLostBetweenPlans takes over at random moments and holds that arrivals are as many as the mass says.
func TestNoArrivalIsLostBetweenPlans(t *testing.T) {
	rng := newRand()
	for range 200 {
		var mass, phase, rate float64
		var arrived uint64
		for segment := range 50 {
			next := newRateCourse(rate, Plan{Loop: Open, Rate: float64(rng.IntN(400)), Ramp: time.Duration(rng.IntN(2)) * time.Second})
			s := newSequence(next, Plan{}, phase, 1, segment)
			elapsed := time.Duration(rng.Int64N(int64(1500 * time.Millisecond)))
			if rng.IntN(3) == 0 && s.next < time.Second {
				elapsed = s.next // just when one is due
			}
			s.skip(elapsed)
			mass, arrived, phase, rate = mass+next.mass(elapsed), arrived+s.passed, s.rest(elapsed), next.rate(elapsed)
		}
		if lost := mass - float64(arrived); lost < -1e-6 || lost > 1+1e-6 {
			t.Fatalf("a mass of %v, %d arrivals", mass, arrived)
		}
	}
}

func BenchmarkPoissonArrival(b *testing.B) {
	s := newSequence(rateCourse{from: 100, to: 5000, ramp: time.Hour}, Plan{Poisson: true}, 0, 1, 1)
	b.ReportAllocs()
	for b.Loop() {
		s.advance()
	}
}
