package model

import (
	"time"
)

// The publish periods that do not depend on the endpoint's configuration.
const (
	StandardPeriod    = time.Minute
	concurrencyPeriod = 10 * time.Second
)

// meter counts what CloudWatch will be asked. Everything about a request is booked when it is admitted, into the periods in which it
// will happen: those periods have not ended, and points are only made of ended ones.
type meter struct {
	profile *Profile
	seed    uint64
	clock   Clock

	traffic  series[traffic]
	use      series[use]
	together series[together]
	demand   series[float64] // of scaling alarms
}

// traffic of one period; a request belongs to the period in which it ended.
type traffic struct {
	invocations     uint64
	perInstance     float64 // each request counts 1 / instances
	errors          [numErrorKinds]uint64
	model, overhead sketch

	// Of streams. The first chunk belongs to the period in which it came.
	first, firstModel, firstOverhead sketch
	streams, broken                  uint64 // that ended
}

// use of the instances in one period.
type use map[int]*load // by the instance's number

type load struct {
	busy     time.Duration // summed over the workers
	active   time.Duration // with any worker busy
	inside   time.Duration // summed over the requests in the container
	answered uint64
}

// together is how many requests an instance had at once, seen at each arrival.
type together struct{ n, sum, min, max float64 }

// ErrorKind is a CloudWatch error metric.
type ErrorKind uint8

const (
	NoError ErrorKind = iota
	Error4XX
	Error5XX
	ModelError // counts as a 5XX, too
	numErrorKinds
)

func newMeter(c *Config) meter {
	every := StandardPeriod
	if c.EnhancedMetrics {
		every = c.PublishEvery
	}
	return meter{
		profile: &c.Profile, seed: c.Seed, clock: c.Clock,
		traffic: newSeries(c.Clock, every, func(t *traffic) {
			for _, s := range []*sketch{&t.model, &t.overhead, &t.first, &t.firstModel, &t.firstOverhead} {
				s.seal()
			}
		}),
		use:      newSeries[use](c.Clock, c.PublishEvery, nil),
		together: newSeries[together](c.Clock, concurrencyPeriod, nil),
		demand:   newSeries[float64](c.Clock, AlarmPeriod(c.TimeScale), nil),
	}
}

// memory is how far back any series reaches.
func (m *meter) memory() time.Duration {
	return kept * max(m.traffic.period, m.use.period, m.together.period)
}

func (m *meter) advance(now time.Duration) {
	m.traffic.advance(now)
	m.use.advance(now)
	m.together.advance(now)
	m.demand.advance(now)
}

// concurrent books that an instance had n requests at t.
func (m *meter) concurrent(t time.Duration, n int) {
	b, x := m.together.at(t), float64(n)
	if b.n == 0 {
		b.min = x
	}
	b.n++
	b.sum += x
	b.min, b.max = min(b.min, x), max(b.max, x)
}

// served books the work s on in, of a request that came at t.
func (m *meter) served(in *instance, t time.Duration, s service) {
	m.spend(in, s.start, s.finish, load{busy: 1})
	if m.profile.Hardware.GPUs > 0 {
		m.spend(in, max(s.start, in.occupied), s.finish, load{active: 1})
		in.occupied = max(in.occupied, s.finish)
	}
	if m.profile.Memory.PerRequest > 0 {
		m.spend(in, t, s.finish, load{inside: 1})
	}
}

// spend books the time from start to finish as often as each says.
func (m *meter) spend(in *instance, start, finish time.Duration, each load) {
	for at := start; at < finish; {
		end := m.clock.Begin(m.clock.Index(at, m.use.period)+1, m.use.period)
		took := min(end, finish) - at
		l := m.load(in, at)
		l.busy += each.busy * took
		l.active += each.active * took
		l.inside += each.inside * took
		at = end
	}
}

func (m *meter) load(in *instance, t time.Duration) *load {
	u := m.use.at(t)
	if *u == nil {
		*u = use{}
	}
	l := (*u)[in.number]
	if l == nil {
		l = &load{}
		(*u)[in.number] = l
	}
	return l
}

// answered books a request that an instance ended at t.
func (m *meter) answered(t time.Duration, in *instance, a Admission, instances int) {
	k := NoError
	switch a.Outcome {
	case Served:
		m.load(in, t).answered++
	case Broken: // its status had been sent
	default:
		k = ModelError
	}
	b := m.count(t, k, instances)
	b.model.record(a.Model)
	b.overhead.record(a.Overhead)
	if a.stream {
		b.streams++
	}
	if a.Outcome == Broken {
		b.broken++
	}
}

// begun books the first chunk of a stream, which came at t.
func (m *meter) begun(t, model, overhead time.Duration) {
	b := m.traffic.at(t)
	b.first.record(model + overhead)
	b.firstModel.record(model)
	b.firstOverhead.record(overhead)
}

// rejected books a request that ended at t and never reached an instance.
func (m *meter) rejected(t time.Duration, k ErrorKind, instances int) { m.count(t, k, instances) }

func (m *meter) count(t time.Duration, k ErrorKind, instances int) *traffic {
	b := m.traffic.at(t)
	b.invocations++
	share := 1 / float64(max(instances, 1))
	b.perInstance += share
	*m.demand.at(t) += share
	b.errors[k]++
	if k == ModelError {
		b.errors[Error5XX]++
	}
	return b
}

// gauge is the utilisation of one instance over the part of a period in which it was in service.
type gauge struct {
	instance                          *instance
	cpu, memory, disk, gpu, gpuMemory float64
}

// gauges are those of period number index, one for each instance that was in service.
func (m *meter) gauges(index int64, u *use, all []*instance) []gauge {
	begin, end := m.clock.Begin(index, m.use.period), m.clock.Begin(index+1, m.use.period)
	var out []gauge
	for _, in := range all {
		active := min(end, in.left) - max(begin, in.ready, 0)
		if active <= 0 {
			continue
		}
		l := &load{}
		if u != nil && (*u)[in.number] != nil {
			l = (*u)[in.number]
		}
		out = append(out, m.gauge(in, index, active, l))
	}
	return out
}

func (m *meter) gauge(in *instance, index int64, active time.Duration, l *load) gauge {
	p := m.profile
	mean := func(d time.Duration) float64 { return float64(d) / float64(active) }
	busy := min(mean(l.busy), float64(max(p.Workers, p.LLM.Batch)))
	rng := NewRand(m.seed^uint64(in.number), uint64(index)) // the same answer whenever it is asked
	cpu := p.CPU.Idle + p.CPU.PerWorker*busy + p.CPU.PerTPS*float64(l.answered)/active.Seconds()
	cpu *= 1 + p.CPU.Noise*rng.NormFloat64()
	gpus := 100 * float64(p.Hardware.GPUs)
	return gauge{
		instance:  in,
		cpu:       min(max(cpu, 0), 100*float64(p.Hardware.VCPUs)),
		memory:    min(p.Memory.Idle+p.Memory.PerWorker*busy+p.Memory.PerRequest*mean(l.inside), 100),
		disk:      min(p.Disk.Idle+p.Disk.PerWorker*busy, 100),
		gpu:       min(p.GPU.Idle+p.GPU.Active*min(mean(l.active), 1)+p.GPU.PerWorker*busy, gpus),
		gpuMemory: min(p.GPU.Memory.Idle+p.GPU.Memory.PerWorker*busy, gpus),
	}
}

// Record is a copy of what a meter knew at one time; what it points at does not change any more.
type Record struct {
	at      time.Duration
	meter   *meter
	all     []*instance // numbers and times only
	traffic map[int64]*traffic
	use     map[int64]*use

	firstUse, endUse int64 // the periods of use, also of those in which nothing was used

	together map[int64]*together
}

// Record copies the periods that begin within [from, to) and have ended at t.
func (v *Variant) Record(t, from, to time.Duration) Record {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = v.advance(t)
	m := &v.meter
	r := Record{at: t, meter: m}
	for _, in := range v.all {
		r.all = append(r.all, &instance{number: in.number, ready: in.ready, left: in.left})
	}
	r.traffic = m.traffic.closed(m.traffic.within(t, from, to))
	r.firstUse, r.endUse = m.use.within(t, from, to)
	r.use = m.use.closed(r.firstUse, r.endUse)
	r.together = m.together.closed(m.together.within(t, from, to))
	return r
}

// ByInstance is what r says of each instance alone, by its id.
func (r *Record) ByInstance() map[string]*Record {
	out := map[string]*Record{}
	for _, in := range r.all {
		alone := *r
		alone.all = []*instance{in}
		out[instanceID(r.meter.seed, in.number)] = &alone
	}
	return out
}
