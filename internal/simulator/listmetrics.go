package simulator

import (
	"encoding/base64"
	"slices"
	"strings"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// CloudWatch: ListMetrics, in pages. A metric is listed once it has points.

const (
	metricsPage         = 500
	maxDimensionFilters = 10
)

type listMetricsInput struct {
	Namespace, MetricName string
	Dimensions            []dimension // a value that is empty is any
	RecentlyActive        string
	NextToken             string
}

type listMetricsOutput struct {
	Metrics   []metric
	NextToken string `json:",omitempty"`
}

func (s *Server) listMetrics(in *listMetricsInput) (*listMetricsOutput, *wire.Error) {
	if fault := in.check(); fault != nil {
		return nil, fault
	}
	after, err := base64.RawURLEncoding.DecodeString(in.NextToken)
	if err != nil {
		return nil, errParameterValue("The value of parameter NextToken is invalid.")
	}
	now := s.config.Now()
	from := now.Add(-putMemory)
	if in.RecentlyActive != "" {
		from = now.Add(-fineMemory)
	}
	a := s.asking(from, now.Add(putAhead), s.now())
	all := append(a.listed(in), s.custom.listed(in, a.from)...)
	slices.SortFunc(all, func(p, q metric) int { return strings.Compare(p.key(), q.key()) })
	all = slices.DeleteFunc(all, func(m metric) bool { return m.key() <= string(after) })
	out := &listMetricsOutput{Metrics: all}
	if len(all) > metricsPage {
		out.Metrics = all[:metricsPage]
		out.NextToken = base64.RawURLEncoding.EncodeToString([]byte(out.Metrics[metricsPage-1].key()))
	}
	return out, nil
}

func (in *listMetricsInput) check() *wire.Error {
	switch {
	case len(in.Dimensions) > maxDimensionFilters:
		return errParameterValue("The collection Dimensions must not have a size greater than %d.", maxDimensionFilters)
	case slices.ContainsFunc(in.Dimensions, func(d dimension) bool { return d.Name == "" }):
		return errMissingParameter("Dimensions.member.Name")
	case in.RecentlyActive != "" && in.RecentlyActive != "PT3H":
		return errNotIn("RecentlyActive", []string{"PT3H"})
	}
	return nil
}

// wants m: its dimensions include those asked for.
func (in *listMetricsInput) wants(m *metric) bool {
	if in.Namespace != "" && in.Namespace != m.Namespace || in.MetricName != "" && in.MetricName != m.MetricName {
		return false
	}
	return !slices.ContainsFunc(in.Dimensions, func(want dimension) bool {
		return !slices.ContainsFunc(m.Dimensions, func(d dimension) bool {
			return d.Name == want.Name && (want.Value == "" || want.Value == d.Value)
		})
	})
}

// listed are the wanted metrics of endpoints that have points.
func (a *asking) listed(in *listMetricsInput) []metric {
	out := []metric{}
	for _, e := range a.s.endpoints {
		for _, v := range e.variants {
			dimensions := []dimension{{"EndpointName", e.config.Name}, {"VariantName", v.name}}
			out = append(out, a.ofRecord(in, e, v, "", a.record(v), dimensions)...)
			if !e.config.EnhancedMetrics {
				continue
			}
			for id, alone := range a.record(v).ByInstance() {
				out = append(out, a.ofRecord(in, e, v, id, alone, append(slices.Clip(dimensions), dimension{"InstanceId", id}))...)
			}
		}
	}
	return out
}

func (a *asking) ofRecord(in *listMetricsInput, e *endpoint, v *variant, who string, r *model.Record, dimensions []dimension) []metric {
	var out []metric
	for i := range model.Metrics {
		kind := &model.Metrics[i]
		m := metric{kind.Namespace, kind.Name, dimensions}
		if in.wants(&m) && len(a.published(kind.Points(r, who), e, v.Period(kind))) > 0 {
			out = append(out, m)
		}
	}
	return out
}
