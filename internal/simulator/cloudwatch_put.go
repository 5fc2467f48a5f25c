package simulator

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sagetop/internal/simulator/wire"
)

// CloudWatch: PutMetricData.

const (
	maxData       = 1000 // of one call
	maxValues     = 150  // of one datum
	maxMetricName = 255
	maxDimension  = 1024
	putMemory     = 14 * 24 * time.Hour // how far back a datum may be
	putAhead      = 2 * time.Hour
)

// The sizes of the numbers that CloudWatch takes, beside 0.
var leastValue, greatestValue = math.Ldexp(1, -360), math.Ldexp(1, 360)

type putMetricDataInput struct {
	Namespace        string
	MetricData       []datum
	EntityMetricData []struct{ MetricData []datum } // whose entity they are of is of no use here
}

type datum struct {
	MetricName        string
	Dimensions        []dimension
	Timestamp         *wire.Time
	Value             *float64
	StatisticValues   *statisticSet
	Values, Counts    []float64
	Unit              string
	StorageResolution *int64
}

type statisticSet struct{ SampleCount, Sum, Minimum, Maximum *float64 }

func (s *Server) putMetricData(in *putMetricDataInput) (*struct{}, *wire.Error) {
	for _, e := range in.EntityMetricData {
		in.MetricData = append(in.MetricData, e.MetricData...)
	}
	now := s.config.Now()
	if fault := in.check(now); fault != nil {
		return nil, fault
	}
	for i := range in.MetricData {
		d := &in.MetricData[i]
		if d.empty() {
			continue
		}
		at := now
		if d.Timestamp != nil {
			at = d.Timestamp.Time
		}
		period := time.Minute
		if d.StorageResolution != nil {
			period = time.Duration(*d.StorageResolution) * time.Second
		}
		begin := s.clock.Begin(s.clock.Index(at.Sub(s.clock.Origin), period), period)
		if fault := s.custom.put(in.Namespace, d, begin); fault != nil {
			return nil, fault
		}
	}
	return &struct{}{}, nil
}

// empty: every value came no times.
func (d *datum) empty() bool {
	return len(d.Counts) > 0 && !slices.ContainsFunc(d.Counts, func(n float64) bool { return n > 0 })
}

func (in *putMetricDataInput) check(now time.Time) *wire.Error {
	switch {
	case in.Namespace == "":
		return errMissingParameter("Namespace")
	case strings.HasPrefix(in.Namespace, "AWS/"):
		return errParameterValue("The value AWS/ for parameter Namespace is invalid.")
	case len(in.Namespace) > maxMetricName || in.Namespace[0] == ':':
		return errParameterValue("The value %.64s for parameter Namespace is invalid.", in.Namespace)
	case len(in.MetricData) == 0:
		return errMissingParameter("MetricData")
	case len(in.MetricData) > maxData:
		return errParameterValue("The collection MetricData must not have a size greater than %d.", maxData)
	}
	for i := range in.MetricData {
		d, name := &in.MetricData[i], fmt.Sprintf("MetricData.member.%d", i+1)
		for _, check := range []func(string) *wire.Error{d.checkName, d.checkValues, d.checkSet, func(name string) *wire.Error { return d.checkTime(name, now) }} {
			if fault := check(name); fault != nil {
				return fault
			}
		}
	}
	return nil
}

func (d *datum) checkName(name string) *wire.Error {
	switch {
	case d.MetricName == "":
		return errMissingParameter(name + ".MetricName")
	case len(d.MetricName) > maxMetricName:
		return errParameterValue("The parameter %s.MetricName must be shorter than %d characters.", name, maxMetricName+1)
	case len(d.Dimensions) > maxDimensions:
		return errParameterValue("The collection %s.Dimensions must not have a size greater than %d.", name, maxDimensions)
	case d.Unit != "" && !slices.Contains(units, d.Unit):
		return errNotIn(name+".Unit", units)
	}
	seen := map[string]bool{}
	for i, dim := range d.Dimensions {
		at := fmt.Sprintf("%s.Dimensions.member.%d", name, i+1)
		switch {
		case dim.Name == "":
			return errMissingParameter(at + ".Name")
		case dim.Value == "":
			return errMissingParameter(at + ".Value")
		case len(dim.Name) > maxMetricName || dim.Name[0] == ':' || seen[dim.Name]:
			return errParameterValue("The value %.64s for parameter %s.Name is invalid.", dim.Name, at)
		case len(dim.Value) > maxDimension:
			return errParameterValue("The value %.64s for parameter %s.Value is invalid.", dim.Value, at)
		}
		seen[dim.Name] = true
	}
	return nil
}

// checkValues: exactly one of Value, Values and StatisticValues is there, and the numbers are.
func (d *datum) checkValues(name string) *wire.Error {
	var given []string
	if d.Value != nil {
		given = append(given, name+".Value")
	}
	if len(d.Values) > 0 {
		given = append(given, name+".Values")
	}
	if d.StatisticValues != nil {
		given = append(given, name+".StatisticValues")
	}
	switch {
	case len(given) == 0:
		return errParameterCombination("At least one of the parameters %s.Value, %[1]s.Values and %[1]s.StatisticValues must be specified.", name)
	case len(given) > 1:
		return errParameterCombination("The parameters %s and %s are mutually exclusive and you have specified both.", given[0], given[1])
	case len(d.Values) > maxValues:
		return errParameterValue("The collection %s.Values must not have a size greater than %d.", name, maxValues)
	case len(d.Counts) > 0 && len(d.Counts) != len(d.Values):
		return errParameterValue("The parameters %s.Values and %[1]s.Counts must be of the same size.", name)
	}
	numbers := slices.Concat(d.Values, d.Counts)
	if d.Value != nil {
		numbers = append(numbers, *d.Value)
	}
	if slices.ContainsFunc(d.Counts, func(n float64) bool { return n < 0 }) {
		return errParameterValue("The parameter %s.Counts must not hold negative numbers.", name)
	}
	return checkNumbers(name, numbers...)
}

// checkSet of statistics: whole, and such as some values have.
func (d *datum) checkSet(name string) *wire.Error {
	set := d.StatisticValues
	if set == nil {
		return nil
	}
	name += ".StatisticValues"
	for _, part := range []struct {
		name  string
		value *float64
	}{{"SampleCount", set.SampleCount}, {"Sum", set.Sum}, {"Minimum", set.Minimum}, {"Maximum", set.Maximum}} {
		if part.value == nil {
			return errMissingParameter(name + "." + part.name)
		}
	}
	if fault := checkNumbers(name, *set.SampleCount, *set.Sum, *set.Minimum, *set.Maximum); fault != nil {
		return fault
	}
	switch {
	case *set.SampleCount <= 0:
		return errParameterValue("The parameter %s.SampleCount must be greater than 0.", name)
	case *set.Maximum < *set.Minimum:
		return errParameterCombination("The parameter %s.Maximum must be greater than or equal to %[1]s.Minimum.", name)
	}
	return nil
}

func checkNumbers(name string, numbers ...float64) *wire.Error {
	for _, x := range numbers {
		if size := math.Abs(x); x != 0 && !(size >= leastValue && size <= greatestValue) {
			return errParameterValue("The value %v for parameter %s is invalid.", x, name)
		}
	}
	return nil
}

func (d *datum) checkTime(name string, now time.Time) *wire.Error {
	if r := d.StorageResolution; r != nil && *r != 1 && *r != 60 {
		return errParameterValue("The parameter %s.StorageResolution must be 1 or 60.", name)
	}
	if d.Timestamp == nil {
		return nil
	}
	if ago := now.Sub(d.Timestamp.Time); ago > putMemory || ago < -putAhead {
		return errParameterValue("The parameter %s.Timestamp must specify a time within the past two weeks.", name)
	}
	return nil
}
