package simulator

import (
	"encoding/base64"
	"maps"
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
	all := s.custom.listed(in, a.from)
	for _, e := range slices.Concat(s.departed.all(), s.endpoints.all()) {
		all = append(all, a.listed(in, e)...)
	}
	slices.SortFunc(all, func(p, q metric) int { return strings.Compare(p.key(), q.key()) })
	all = slices.CompactFunc(all, func(p, q metric) bool { return p.key() == q.key() }) // an endpoint may be there again
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

// listed are the wanted metrics of e that have points. Most have one in the latest period; only for those that have none there, of
// instances that are gone or traffic that has ended, all periods are looked through.
func (a *asking) listed(in *listMetricsInput, e *endpoint) []metric {
	latest := *a
	latest.from = max(a.from, a.asOf-a.lateness(e)-2*max(e.metrics().publishEvery(), model.StandardPeriod))
	latest.records = map[*variant]model.Record{}
	found := map[string]metric{}
	for _, span := range []*asking{&latest, a} {
		for _, v := range e.generations("") {
			span.find(in, e, v, found)
		}
		for _, k := range e.components {
			span.findOf(in, e, k.copies, model.OfCopies, "", span.record(k.copies), []dimension{{componentDimension, k.Name}}, found)
		}
	}
	return slices.Collect(maps.Values(found))
}

// find the wanted metrics of v.
func (a *asking) find(in *listMetricsInput, e *endpoint, v *variant, found map[string]metric) {
	dimensions := []dimension{{"EndpointName", e.name}, {"VariantName", v.name}}
	r := a.record(v)
	a.findOf(in, e, v, model.OfInstances, "", r, dimensions, found)
	if e.metrics().EnableEnhancedMetrics {
		for id, alone := range r.ByInstance() {
			a.findOf(in, e, v, model.OfInstances, id, alone, append(slices.Clip(dimensions), dimension{"InstanceId", id}), found)
		}
	}
}

func (a *asking) findOf(in *listMetricsInput, e *endpoint, v *variant, of model.Of, who string, r *model.Record, dimensions []dimension, found map[string]metric) {
	for i := range model.Metrics {
		kind := &model.Metrics[i]
		m := metric{kind.Namespace, kind.Name, dimensions}
		if kind.Of != model.Both && kind.Of != of || !in.wants(&m) {
			continue
		}
		key := m.key()
		if _, known := found[key]; !known && len(a.published(kind.Points(r, who), e, v.Period(kind))) > 0 {
			found[key] = m
		}
	}
}
