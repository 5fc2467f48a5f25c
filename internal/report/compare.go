package report

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"sagetop/internal/session"
	"sagetop/runner"
)

// CompareSchema of a Comparison as JSON.
const CompareSchema = "sagetop.compare/1"

// ErrNothing is of a run that has no figures of its own.
var ErrNothing = errors.New("nothing was measured that can be compared")

// Comparison of runs with the first one of them.
type Comparison struct {
	Schema  string     `json:"schema"`
	Runs    []Compared `json:"runs"`
	Caveats []string   `json:"caveats"`         // what is not the same, or cannot be told, the gravest first
	Gates   []Held     `json:"gates,omitempty"` // in the order in which they were given, for each run but the first
}

// Compared is one run of a Comparison.
type Compared struct {
	Name        string       `json:"name"` // A, B and so on
	Dir         string       `json:"run"`
	Valid       bool         `json:"valid"`
	Started     time.Time    `json:"started,omitzero"`
	MeasuredS   float64      `json:"measured_s"` // that its figures are of
	Endpoint    Endpoint     `json:"endpoint"`
	Payload     Payload      `json:"payload"`
	Load        string       `json:"load"`
	SLO         []SLO        `json:"slo"`
	Differences []Difference `json:"differences,omitempty"` // from the first run, which has none
}

// Difference of one figure from the first run.
type Difference struct {
	Figure   string      `json:"figure"`
	Unit     string      `json:"unit"` // of both values: /s, ms or %
	Baseline *float64    `json:"baseline,omitempty"`
	Value    *float64    `json:"value,omitempty"`
	Change   *float64    `json:"change,omitempty"`   // in percent of the baseline; where the unit is %, in points
	Interval *[2]float64 `json:"interval,omitempty"` // of 95 %, around Change
	Verdict  Told        `json:"verdict"`
	Why      string      `json:"why,omitempty"` // there is no verdict
}

// Told says whether a difference is real, and what it means.
type Told string

// The Tolds. Unjudged is of what is only shown, and of what there is too little of.
const (
	Unjudged Told = "unjudged"
	Unseen   Told = "no difference seen" // the interval has 0 in it
	Worse    Told = "worse"
	Better   Told = "better"
)

// firmEnough are so many times the samples below which a percentile is hidden.
const firmEnough = 10

// figure that runs are compared by.
type figure struct {
	name, unit string
	drawn      int     // its place in a draw; -1: it is not resampled
	lower      bool    // is worse
	quantile   float64 // of a percentile
	of         func(*side) *float64
}

var figures = []figure{
	{name: "tps", unit: "/s", drawn: drawnTPS, lower: true, of: func(s *side) *float64 { return s.sum.TPS.Mean }},
	{name: "errors", unit: "%", drawn: drawnErrors, of: (*side).failedPercent},
	{name: "mean", unit: "ms", drawn: drawnMean, of: func(s *side) *float64 { return s.sum.Latency.Mean }},
	{name: "p50", unit: "ms", drawn: drawnP50, quantile: .5, of: func(s *side) *float64 { return s.sum.Latency.P50 }},
	{name: "p90", unit: "ms", drawn: drawnP90, quantile: .9, of: func(s *side) *float64 { return s.sum.Latency.P90 }},
	{name: "p95", unit: "ms", drawn: drawnP95, quantile: .95, of: func(s *side) *float64 { return s.sum.Latency.P95 }},
	{name: "p99", unit: "ms", drawn: drawnP99, quantile: .99, of: func(s *side) *float64 { return s.sum.Latency.P99 }},
	{name: "p999", unit: "ms", drawn: drawnP999, quantile: .999, of: func(s *side) *float64 { return s.sum.Latency.P999 }},
	{name: "max", unit: "ms", drawn: -1, of: func(s *side) *float64 { return s.sum.Latency.Max }},
	{name: "cpu", unit: "%", drawn: -1, of: func(s *side) *float64 { return s.server(func(p *Point) (*float64, float64) { return p.CPUPerCore, 1 }) }},
	{name: "model", unit: "ms", drawn: -1, of: func(s *side) *float64 {
		return s.server(func(p *Point) (*float64, float64) { return p.Model.weighed() })
	}},
	{name: "overhead", unit: "ms", drawn: -1, of: func(s *side) *float64 {
		return s.server(func(p *Point) (*float64, float64) { return p.Overhead.weighed() })
	}},
}

func (l *ServerLat) weighed() (mean *float64, weight float64) {
	if l == nil {
		return nil, 0
	}
	return &l.Mean, l.Count
}

// side is one of the runs that are compared.
type side struct {
	name, dir string
	sum       *Summary
	measured  *measurement
	draws     *draws
}

// Compare the runs in dirs with the first of them, and hold the gates against each other one.
func Compare(dirs []string, gates []Gate) (*Comparison, error) {
	var sides []*side
	for i, dir := range dirs {
		s, err := readSide(dir)
		if err != nil {
			return nil, err
		}
		s.name = string(rune('A' + i))
		s.draws = s.measured.resample(uint64(min(i, 1)))
		sides = append(sides, s)
	}
	c := &Comparison{Schema: CompareSchema, Caveats: caveatsOf(sides)}
	for i, s := range sides {
		one := s.compared()
		if i > 0 {
			one.Differences = s.differences(sides[0])
			for _, g := range gates {
				c.Gates = append(c.Gates, g.hold(&one))
			}
		}
		c.Runs = append(c.Runs, one)
	}
	return c, nil
}

// readSide reads a run with its seconds.
func readSide(dir string) (*side, error) {
	f, err := os.Open(filepath.Join(dir, TimelineFile))
	if err != nil {
		return nil, missing(dir, err)
	}
	defer f.Close()
	s := &side{dir: dir, measured: new(measurement)}
	r, err := read(f, s.measured)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if s.sum, err = readSummary(dir); errors.Is(err, fs.ErrNotExist) {
		var st session.State
		r.State(&st)
		s.sum, err = Summarize(&st), nil
	}
	if err == nil && s.measured.length() == 0 {
		err = fmt.Errorf("%w in %s: there is only warm-up, or what a search tried; load one setting with sagetop run", ErrNothing, dir)
	}
	return s, err
}

func (s *side) compared() Compared {
	return Compared{
		Name: s.name, Dir: s.dir, Valid: s.sum.Valid, Started: s.sum.Started, MeasuredS: round(s.measured.length().Seconds()),
		Endpoint: s.sum.Endpoint, Payload: s.sum.Payload, Load: s.sum.settingText(), SLO: s.sum.SLO,
	}
}

// failedPercent of the answers, without warm-up.
func (s *side) failedPercent() *float64 { return share(s.measured.failed(), s.measured) }

func share(n uint64, of *measurement) *float64 {
	all := of.ok() + of.failed()
	if all == 0 {
		return nil
	}
	return new(round(100 * float64(n) / float64(all)))
}

// server is the mean over the CloudWatch periods of which every second was measured; nil where there is none.
func (s *side) server(of func(*Point) (value *float64, weight float64)) *float64 {
	if s.sum.Server == nil {
		return nil
	}
	sum, weights := 0.0, 0.0
	for i := range s.sum.Server.Points {
		p := &s.sum.Server.Points[i]
		from := p.T.Unix()
		if value, weight := of(p); value != nil && s.measured.has(from, from+int64(s.sum.Server.PeriodS)) {
			sum += *value * weight
			weights += weight
		}
	}
	if weights == 0 {
		return nil
	}
	return new(round(sum / weights))
}

// differences of s from base: the figures, and then what failed, by class.
func (s *side) differences(base *side) (all []Difference) {
	for i := range figures {
		f := &figures[i]
		d := f.difference(base, s)
		if d.Baseline != nil || d.Value != nil {
			all = append(all, d)
		}
		if f.name != "errors" {
			continue
		}
		for class := range runner.NumClasses {
			a, b := base.measured.classes[class], s.measured.classes[class]
			if a+b > 0 {
				one := Difference{Figure: class.String(), Unit: "%", Baseline: share(a, base.measured), Value: share(b, s.measured), Verdict: Unjudged}
				one.change()
				all = append(all, one)
			}
		}
	}
	return all
}

// difference of f, and whether it is real.
func (f *figure) difference(a, b *side) Difference {
	d := Difference{Figure: f.name, Unit: f.unit, Baseline: f.of(a), Value: f.of(b), Verdict: Unjudged}
	d.change()
	if f.drawn < 0 || d.Baseline == nil || d.Value == nil {
		return d
	}
	if d.Why = f.tooFew(a, b); d.Why != "" {
		return d
	}
	if d.Change == nil {
		d.Why = a.name + " has no successes, and from 0 there is no percent"
		return d
	}
	low, high, ok := f.interval(a, b, &d)
	if !ok {
		d.Why = fmt.Sprintf("less than %d seconds with answers", fewestPieces)
		return d
	}
	d.Interval = &[2]float64{round(low), round(high)}
	switch worse := high < 0; {
	case low <= 0 && high >= 0:
		d.Verdict = Unseen
	case worse == f.lower:
		d.Verdict = Worse
	default:
		d.Verdict = Better
	}
	return d
}

// change in percent or points. From 0 there is no percent.
func (d *Difference) change() {
	switch {
	case d.Baseline == nil || d.Value == nil:
	case d.Unit == "%":
		d.Change = new(round(*d.Value - *d.Baseline))
	case *d.Baseline > 0:
		d.Change = new(round(100 * (*d.Value / *d.Baseline - 1)))
	}
}

// tooFew says which run has not the successes that a percentile takes; empty where both have.
func (f *figure) tooFew(a, b *side) string {
	for _, s := range []*side{a, b} {
		if n := s.sum.Latency.Count; f.quantile > 0 && (runner.Stats{Count: n}).Trust(f.quantile) != runner.Firm {
			return fmt.Sprintf("%s has %s of the %s successes it takes", s.name, count(n), count(int(math.Round(firmEnough/(1-f.quantile)))))
		}
	}
	return ""
}

// nothing stands for 0 TPS, of which there is no logarithm: it is less than any run has.
const nothing = 1e-9

// interval of 95 % around d's Change: of points as they are, of percent by the logarithm, so that to double and to halve are as far.
func (f *figure) interval(a, b *side, d *Difference) (low, high float64, ok bool) {
	if f.unit == "%" {
		return interval(a.draws, b.draws, f.drawn, *d.Change, func(from, to float64) float64 { return to - from })
	}
	percent := func(log float64) float64 { return 100 * math.Expm1(log) }
	ratio := func(from, to float64) float64 { return math.Log(max(to, nothing) / max(from, nothing)) }
	low, high, ok = interval(a.draws, b.draws, f.drawn, ratio(*d.Baseline, *d.Value), ratio)
	return percent(low), percent(high), ok
}

// JSON of c.
func (c *Comparison) JSON() ([]byte, error) { return indented(c) }
