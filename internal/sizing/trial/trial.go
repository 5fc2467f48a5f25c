// Package trial is a load test in event time: a simulated endpoint under the load of a runner.Plan, and of it exactly what a live run
// has: the Ledger's figures of each closed second and CloudWatch's points, as late as in life. An hour of it takes seconds, and the
// same Config and Plans give the same figures, so judgements can be tried on hundreds of runs.
package trial

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// age of the endpoint when a trial begins: its speed has wandered off by then.
const age = time.Hour

// ErrConfig is wrapped by every error about a Config or a Plan that cannot be tried.
var ErrConfig = errors.New("trial: bad configuration")

// Config of a Trial. The endpoint has been in service for long when it begins, unless its Profile says otherwise.
type Config struct {
	Profile   model.Profile
	Instances int           // 0: 1
	Routing   model.Routing // "": model.Random
	Seed      uint64        // of the endpoint and of the arrivals; it also shifts the start against the periods
	SLO       time.Duration // as LedgerConfig's
	Period    time.Duration // of CloudWatch, whole seconds; 0: 1 min
	Late      time.Duration // from a period's end until CloudWatch has its points
	Lag       time.Duration // from the end of a second until a Plan that is applied then is in force; less than 1 s
	Foreign   float64       // requests a second by others, who are not counted
	Stream    bool          // answers are asked for as streams
	TimeScale float64       // boots are so many times as fast; 0: 1

	// Client is what the load generator measures of itself in a second; nil: one with nothing to complain of.
	Client func(second int64) runner.Client

	// Answer is what becomes of an answer that leaves the endpoint at a time: how much later it comes, and, with a Class, a Failure in
	// place of a success. nil: it comes as it is.
	Answer func(at time.Duration, r *rand.Rand) (later time.Duration, f runner.Failure)
}

// Trial is one run.
type Trial struct {
	Load    runner.Snapshot // as of the last closed second
	Periods []sizing.Period // those of Load, each with what CloudWatch has said of it by then

	config  Config
	variant *model.Variant
	clock   model.Clock
	ledger  *runner.Ledger
	load    load
	now     time.Duration // since the endpoint's start
	seq     uint64
	told    int // Periods of which CloudWatch has told
	alone   time.Duration
}

// New makes a Trial at its start: nothing is sent before the first Apply.
func New(c Config) (*Trial, error) {
	if c.Instances == 0 {
		c.Instances = 1
	}
	if c.Routing == "" {
		c.Routing = model.Random
	}
	if c.Period == 0 {
		c.Period = model.StandardPeriod
	}
	if c.TimeScale == 0 {
		c.TimeScale = 1
	}
	if c.Lag < 0 || c.Lag >= time.Second {
		return nil, fmt.Errorf("%w: a lag of %v, must be 0 or more and less than 1s", ErrConfig, c.Lag)
	}
	ledger, err := runner.NewLedger(runner.LedgerConfig{SLO: c.SLO, Period: c.Period})
	if err != nil {
		return nil, err
	}
	const epoch = 1_700_000_040 // a whole minute
	clock := model.Clock{Origin: time.Unix(epoch+int64(c.Seed%60), 0)}
	clock.Origin = clock.Origin.Add(-age)
	variant := model.NewVariant(model.Config{
		Profile: c.Profile, Instances: c.Instances, Routing: c.Routing, Seed: c.Seed, Clock: clock, TimeScale: c.TimeScale,
		PublishEvery: c.Period, EnhancedMetrics: c.Period != model.StandardPeriod,
	})
	t := &Trial{config: c, variant: variant, clock: clock, ledger: ledger, load: newLoad(variant, &c), now: age}
	t.load.run(t.now)
	return t, nil
}

// Apply makes plan the wish. It stands at once: a trial knows no ramps.
func (t *Trial) Apply(plan runner.Plan) error {
	if err := plan.Validate(); err != nil {
		return err
	}
	if plan.Ramp > 0 || plan.SpawnRate > 0 {
		return fmt.Errorf("%w: a plan with a ramp", ErrConfig)
	}
	t.now += t.config.Lag
	t.load.run(t.now)
	t.load.apply(plan, t.now)
	return nil
}

// Try sends one request before the load and goes on until its second is over.
func (t *Trial) Try() error {
	sent := t.now
	t.load.apply(runner.Plan{Users: 1, ThinkMin: 24 * time.Hour, ThinkMax: 24 * time.Hour}, sent)
	p := t.load.parts[0]
	for p.inFlight > 0 {
		t.load.run(t.load.events.next())
	}
	t.alone = p.hist[runner.Response].Stats().Min // 0 when it failed
	took := t.load.now - sent
	t.load = newLoad(t.variant, &t.config)
	t.now = (sent + took).Truncate(time.Second) + time.Second
	t.load.run(t.now)
	return nil
}

// Scale asks for n instances, as UpdateEndpointWeightsAndCapacities does.
func (t *Trial) Scale(n int) { t.variant.Scale(t.now, n) }

// Next goes on to the end of the second and closes it.
func (t *Trial) Next() error {
	begun := t.now.Truncate(time.Second)
	t.now = begun + time.Second
	t.load.run(t.now)
	second := t.clock.Wall(begun).Unix()
	for d := range t.load.cut(begun, second) {
		t.seq++
		d.Seq = t.seq
		if d.Final {
			d.Client = t.client(second)
		}
		if err := t.ledger.Add(d); err != nil {
			return err
		}
	}
	t.ledger.Snapshot(&t.Load)
	t.publish()
	return nil
}

func (t *Trial) client(second int64) runner.Client {
	if t.config.Client != nil {
		return t.config.Client(second)
	}
	return runner.Client{CPUPercent: 5, Cores: 2, SchedP99: 100 * time.Microsecond, RTT: time.Duration(t.config.Profile.RTT.Median)}
}

// Facts of the endpoint as DescribeEndpoint and the instance type tell them.
func (t *Trial) Facts() sizing.Facts {
	h := t.config.Profile.Hardware
	current, _ := t.variant.Counts(t.now)
	return sizing.Facts{
		Instances: current, VCPUs: h.VCPUs, GPUs: h.GPUs, InstanceType: h.InstanceType, CloudWatch: true, Variants: 1, Alone: t.alone,
	}
}
