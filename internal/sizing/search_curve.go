package sizing

import "math"

// evidence is what one rate told.
type evidence struct {
	rate    float64
	share   float64 // of bad requests
	n       float64 // requests
	alpha   float64 // share allowed
	swing   float64 // of its batches; 0: there were too few
	flooded bool    // share is only the least
}

// curve is what is known of how the share of bad requests grows with the rate. Some are bad at any rate, for pauses and long services;
// beside these, near the knee, the logit of the share is about a line in the logarithm of the rate:
//
//	share = floor + (1 - floor) s, logit s = logit s0 + slope (ln rate - ln capacity), with the s0 that makes the share alpha at the capacity
//
// All three unknowns start vaguely, capacity and slope from what the queue formula predicts, and every rate that is tried adds what it
// told. So no second of load is lost: a rate that was much too high says little, and two that lie around the capacity say nearly all.
type curve struct {
	capacity float64 // predicted
	slope    float64 // predicted
	together float64 // seconds whose requests share a fate near the capacity, predicted
	tried    []evidence
}

// belief is the curve's answer.
type belief struct {
	capacity float64
	spread   float64 // standard deviation of its logarithm
	slope    float64
}

// The prediction's worth: how far off it usually is, and how far when what it rests on was itself measured in a bad moment. Standard
// deviations are of logarithms.
const (
	offUsually = .08
	offBadly   = .25
	badly      = .1 // share of the times
	offSlope   = .5
)

// floors that the share of bad requests may have, as shares of what is allowed, and how likely they are.
var floors = [...]struct{ share, chance float64 }{{.02, .4}, {.2, .35}, {.5, .25}}

// believe weighs all capacities, slopes and floors on a grid by the likelihood of what was seen.
func (c *curve) believe() belief {
	const far, fine, steepest = .25, .006, 2
	low, high := math.Log(c.capacity), math.Log(c.capacity)
	for i := range c.tried {
		low, high = min(low, math.Log(c.tried[i].rate)), max(high, math.Log(c.tried[i].rate))
	}
	var at moments
	weights := c.weights()
	for deviations := -float64(steepest); deviations <= steepest; deviations++ {
		slope := c.slope * math.Exp(deviations*offSlope)
		for _, floor := range floors {
			chance := math.Log(floor.chance) - deviations*deviations/2
			for x := low - far; x <= high+far; x += fine {
				at.add(x, math.Log(slope), c.likelihood(weights, x, slope, floor.share)+prior(x-math.Log(c.capacity))+chance)
			}
		}
	}
	return at.belief()
}

// prior is the logarithm of the density, up to a constant, of the prediction being off by x.
func prior(x float64) float64 {
	bell := func(sd float64) float64 { return math.Exp(-x*x/(2*sd*sd)) / sd }
	return math.Log((1-badly)*bell(offUsually) + badly*bell(offBadly))
}

// weights are how many independent requests would tell as much as those of each rate. Bad requests come in lumps, whose size is the
// variance of their number over its mean. What is predicted of it counts as one lump that was seen, beside those that all rates have
// shown: so a pause that came at a low rate is not forgotten at a higher one.
func (c *curve) weights() []float64 {
	swing, bad := 0., 0.
	for i := range c.tried {
		if e := &c.tried[i]; !e.flooded && e.swing > 0 {
			swing, bad = swing+e.swing, bad+e.share*e.n
		}
	}
	list := make([]float64, len(c.tried))
	for i := range c.tried {
		e := &c.tried[i]
		usual := max(leastVIF, e.rate*c.together)
		list[i] = e.n / max(leastVIF, (swing+usual*usual)/(bad+usual))
		if e.flooded {
			list[i] = min(e.n/usual, floodWeight)
		}
	}
	return list
}

// likelihood is the logarithm of it, up to a constant.
func (c *curve) likelihood(weights []float64, x, slope, floor float64) float64 {
	const edge = 1e-9
	sum := 0.
	for i := range c.tried {
		e := &c.tried[i]
		f := floor * e.alpha
		odds := (e.alpha - f) / (1 - e.alpha) * math.Exp(slope*(math.Log(e.rate)-x))
		share := min(f+(1-f)/(1+1/odds), 1-edge)
		sum += weights[i] * (e.share*math.Log(share) + (1-e.share)*math.Log1p(-share))
	}
	return sum
}

func logit(p float64) float64 {
	const edge = 1e-6
	p = min(max(p, edge), 1-edge)
	return math.Log(p / (1 - p))
}

// moments gathers weighted means; weights are kept relative to the greatest so far.
type moments struct {
	top                  float64
	weight, x, xx, slope float64
}

func (m *moments) add(x, slope, logWeight float64) {
	if m.weight == 0 || logWeight > m.top {
		shrink := math.Exp(m.top - logWeight)
		if m.weight == 0 {
			shrink = 0
		}
		m.weight, m.x, m.xx, m.slope = m.weight*shrink, m.x*shrink, m.xx*shrink, m.slope*shrink
		m.top = logWeight
	}
	w := math.Exp(logWeight - m.top)
	m.weight += w
	m.x += w * x
	m.xx += w * x * x
	m.slope += w * slope
}

func (m *moments) belief() belief {
	mean := m.x / m.weight
	return belief{
		capacity: math.Exp(mean), spread: math.Sqrt(max(0, m.xx/m.weight-mean*mean)), slope: math.Exp(m.slope / m.weight),
	}
}

// at is the rate at which the share of bad requests is so many times what is allowed.
func (b belief) at(times float64) float64 { return b.capacity * math.Pow(times, 1/b.slope) }

// margin is by how many standard deviations the capacity lies above a rate.
func (b belief) margin(rate float64) float64 { return math.Log(b.capacity/rate) / b.spread }

// below is a rate that many standard deviations below the capacity. Where little is known it is not to be far too low, either.
func (b belief) below(deviations float64) float64 {
	const widest = .05
	return b.capacity * math.Exp(-deviations*min(b.spread, widest))
}
