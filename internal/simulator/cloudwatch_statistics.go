package simulator

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// CloudWatch: GetMetricStatistics, all of it in one answer.

const maxStatisticsPoints = 1440

type metricStatisticsInput struct {
	Namespace, MetricName string
	Dimensions            []dimension
	StartTime, EndTime    *wire.Time
	Period                *int64
	Statistics            []string
	ExtendedStatistics    []string
	Unit                  string
}

type metricStatisticsOutput struct {
	Label      string
	Datapoints []datapoint
}

type datapoint struct {
	Timestamp          wire.Time
	SampleCount        *float64           `json:",omitempty"`
	Average            *float64           `json:",omitempty"`
	Sum                *float64           `json:",omitempty"`
	Minimum            *float64           `json:",omitempty"`
	Maximum            *float64           `json:",omitempty"`
	Unit               string             `json:",omitempty"`
	ExtendedStatistics map[string]float64 `json:",omitempty"`
}

func (s *Server) getMetricStatistics(in *metricStatisticsInput) (*metricStatisticsOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	a := s.asking(in.StartTime.Time, in.EndTime.Time, s.now())
	out := &metricStatisticsOutput{Label: in.MetricName, Datapoints: []datapoint{}}
	for _, of := range a.streams(&metric{in.Namespace, in.MetricName, in.Dimensions}, in.Unit) {
		for _, p := range a.aggregate(of.points, time.Duration(*in.Period)*time.Second) {
			d := datapoint{Timestamp: wire.Time{Time: s.clock.Wall(p.At)}, Unit: of.unit}
			d.fill(in, &p.Summary)
			out.Datapoints = append(out.Datapoints, d)
		}
	}
	return out, nil
}

// fill in the statistics that were asked for.
func (d *datapoint) fill(in *metricStatisticsInput, of *model.Summary) {
	at := map[string]**float64{
		"SampleCount": &d.SampleCount, "Average": &d.Average, "Sum": &d.Sum, "Minimum": &d.Minimum, "Maximum": &d.Maximum,
	}
	for _, name := range in.Statistics {
		*at[name] = new(of.Statistic(name))
	}
	for _, name := range in.ExtendedStatistics {
		if !of.Knows(name) {
			continue
		}
		if d.ExtendedStatistics == nil {
			d.ExtendedStatistics = map[string]float64{}
		}
		d.ExtendedStatistics[name] = of.Statistic(name)
	}
}

func (in *metricStatisticsInput) check() *wire.Error {
	switch {
	case in.Namespace == "":
		return errMissingParameter("Namespace")
	case in.MetricName == "":
		return errMissingParameter("MetricName")
	case in.StartTime == nil:
		return errMissingParameter("StartTime")
	case in.EndTime == nil:
		return errMissingParameter("EndTime")
	case in.Period == nil:
		return errMissingParameter("Period")
	case len(in.Statistics)+len(in.ExtendedStatistics) == 0:
		return errParameterCombination("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	case len(in.Dimensions) > maxDimensions:
		return errParameterValue("The collection Dimensions must not have a size greater than %d.", maxDimensions)
	case in.Unit != "" && !slices.Contains(units, in.Unit):
		return errNotIn("Unit", units)
	}
	if fault := in.checkStatistics(); fault != nil {
		return fault
	}
	return in.checkPeriod()
}

func (in *metricStatisticsInput) checkStatistics() *wire.Error {
	for i, name := range in.Statistics {
		if !slices.Contains(statistics, name) {
			return errNotIn(fmt.Sprintf("Statistics.member.%d", i+1), statistics)
		}
	}
	for i, name := range in.ExtendedStatistics {
		if !percentilePattern.MatchString(name) {
			return errParameterValue("The value %.64s for parameter ExtendedStatistics.member.%d is not supported.", name, i+1)
		}
	}
	return nil
}

func (in *metricStatisticsInput) checkPeriod() *wire.Error {
	span := in.EndTime.Sub(in.StartTime.Time)
	switch {
	case span == 0:
		return errParameterValue("The parameter StartTime must not equal parameter EndTime.")
	case span < 0:
		return errParameterValue("The parameter StartTime must be less than the parameter EndTime.")
	case !validPeriod(*in.Period):
		return errParameterValue("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60, at most %d.", maxPeriod)
	}
	period := time.Duration(*in.Period) * time.Second
	if n := (span + period - 1) / period; n > maxStatisticsPoints {
		return errParameterCombination("You have requested up to %s datapoints, which exceeds the limit of %s. "+
			"You may reduce the datapoints requested by increasing Period, or decreasing the time range.", grouped(int(n)), grouped(maxStatisticsPoints))
	}
	return nil
}

// grouped is n with a comma before each three digits.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
