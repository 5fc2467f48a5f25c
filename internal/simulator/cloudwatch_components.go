package simulator

import (
	"slices"
	"time"

	"sagetop/internal/simulator/model"
)

// CloudWatch: the metrics of inference components, and what of them is in those of the instances that they run on.

const componentDimension = "InferenceComponentName"

// copies are those of the inference component that the one dimension names.
func (a *asking) copies(dimensions []dimension) (*endpoint, []*variant) {
	if len(dimensions) != 1 || dimensions[0].Name != componentDimension {
		return nil, nil
	}
	for _, e := range slices.Concat(a.s.endpoints.all(), a.s.departed.all()) {
		if k := e.component(dimensions[0].Value); k != nil {
			return e, []*variant{k.copies}
		}
	}
	return nil, nil
}

// hosted are the copies of all components on a variant: their requests are its own.
func (e *endpoint) hosted(name string) []*variant {
	var out []*variant
	for _, k := range e.components {
		if k.host == name {
			out = append(out, k.copies)
		}
	}
	return out
}

// addCopies adds to the utilisation of a variant's instances what copies use of them, on average: they are taken to be spread evenly.
func (a *asking) addCopies(points []model.Point, kind *model.Metric, e *endpoint, name string) {
	used := map[time.Duration]float64{}
	for _, k := range e.components {
		if k.host != name || kind.Unit != "Percent" {
			continue
		}
		share := 1.
		if kind.OfWhole {
			share = k.memoryShare(e.variant(k.host).profile.Hardware)
		}
		for _, p := range kind.Points(a.record(k.copies), "") {
			used[p.At] += share * p.Statistic("Sum")
		}
	}
	for i := range points {
		if sum := used[points[i].At]; sum > 0 {
			points[i].Raise(sum / points[i].Statistic("SampleCount"))
		}
	}
}
