package check

import (
	"cmp"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/cloud"
)

// report is what was found.
func (l *look) report(creds cloud.Credentials) *Report {
	r := &Report{
		Schema: Schema, Version: l.Version, At: l.began,
		Identity: Identity{
			Account: cmp.Or(l.identity.Account, creds.Account), ARN: l.identity.ARN, Name: l.identity.Name, From: creds.From, Expires: creds.Expires.Local(),
			Region: l.Cloud.Region(), RegionFrom: l.Cloud.RegionFrom(),
		},
		Endpoint:    Endpoint{Name: l.Name, Scaling: l.autoScaling(), Server: l.variant.server(time.Now())},
		Permissions: l.permissions(),
	}
	if e := l.endpoint; e != nil {
		r.Endpoint.ARN, r.Endpoint.Facts = e.ARN, factsOf(e)
	}
	r.Endpoint.Component, r.Endpoint.Components = l.components.named, l.components.there
	if n := l.variant.traffic; l.variant.trafficErr == nil && (n > 0 || l.named()) {
		r.Endpoint.Invocations = &n
	}
	r.clock(l.Cloud)
	r.advise(l.URL)
	return r
}

// clock of AWS, as far as it is known by now.
func (r *Report) clock(c *cloud.Cloud) {
	if ahead, known := c.Skew(); known {
		s := ahead.Round(time.Millisecond).Seconds()
		r.Ahead = &s
	}
}

func factsOf(e *cwmetrics.Endpoint) *Facts {
	return &Facts{
		Status: e.Status, Reason: e.FailureReason, Config: e.Config, Created: e.Created.Local(), Modified: e.Modified.Local(),
		PublishS: e.PublishEvery.Seconds(), Enhanced: e.Enhanced, DataCapture: e.DataCapture, Async: e.Async, Variants: e.Variants,
	}
}

// named says whether the name of what was asked about is no guess: of a guess, that there is nothing may mean that it is another one.
func (l *look) named() bool { return l.endpoint != nil || l.Variant != "" || l.Component != "" }

// autoScaling as it was told, nil when it is not known.
func (l *look) autoScaling() *Scaling {
	switch s := l.variant.scaling; {
	case s != nil:
		out := &Scaling{On: true, Min: s.Min, Max: s.Max, Suspended: s.Paused}
		if l.Component != "" {
			out.Unit = "copies"
		}
		for i := range s.Policies {
			out.Policies = append(out.Policies, s.Policies[i].Name)
		}
		return out
	case l.variant.scalingErr == nil && l.named():
		return &Scaling{}
	}
	return nil
}

func (v *ofVariant) server(now time.Time) *Server {
	p := v.point
	if p == nil {
		return nil
	}
	return &Server{T: p.At.Local(), PeriodS: p.Period.Seconds(), AgeS: now.Sub(p.End()).Round(time.Second).Seconds(), Model: timing(p.Model), Overhead: timing(p.Overhead)}
}

func timing(l *cwmetrics.Latency) *ServerTiming {
	if l == nil {
		return nil
	}
	return &ServerTiming{Mean: ms(l.Mean), P50: msOf(l.P50), P90: msOf(l.P90), P99: msOf(l.P99)}
}

func msOf(d *time.Duration) *float64 {
	if d == nil {
		return nil
	}
	v := ms(*d)
	return &v
}
