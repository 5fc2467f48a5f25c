package tui

import (
	"strings"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// lapsed has credentials that expired half a minute ago: it is paused until somebody renews them.
func lapsed() *scene {
	s := well()
	p := open(135)
	p.Paused = true
	s.load(stretch{seconds: 30, plan: p})
	s.Phase, s.Load.InFlight = session.Paused, 0
	s.Elapsed -= 30 * time.Second
	s.Creds = start.Add(252 * time.Second)
	s.Sample.Next = s.Now.Add(42 * time.Second)
	s.failures(runner.ErrorCount{Failure: runner.Failure{
		Class: runner.Auth, HTTPStatus: 403, Code: "ExpiredTokenException", Message: "The security token included in the request is expired",
	}, Count: 9, First: start.Unix() + 251, Last: start.Unix() + 252})
	s.Moved = append(s.Moved, "the credentials lapsed")
	s.event(252*time.Second, true, "the credentials have expired: paused, reading them anew every 10 s (renew them in another terminal)")
	return s
}

// clientLimited has a client that cannot send what is asked of it.
func clientLimited() *scene {
	s := newScene()
	few, many := open(2000), open(12_000)
	few.Users, many.Users = 1024, 1024
	s.load(
		stretch{seconds: 60, plan: few, ok: 2000, p50: 12, p99: 31},
		stretch{seconds: 70, plan: many, ok: 9100, p50: 74, p99: 410},
	)
	s.points(
		minute{at: 0, cpu: 22, model: 9.1, modelP99: 24, overhead: 1.9, invocations: ours},
		minute{at: 1, cpu: 61, model: 9.4, modelP99: 25, overhead: 2, invocations: ours},
	)
	for _, w := range []*runner.Window{&s.Load.Ten, &s.Load.Plan10, &s.Load.Last} {
		w.Client = runner.Client{CPUPercent: 98, Cores: 2, SchedP99: 38 * time.Millisecond}
		w.Stats[runner.SendLag] = statsOf(91_000, 40*time.Millisecond, 310*time.Millisecond)
	}
	s.finding("client-cpu", sizing.Critical, "client CPU 98% of 2 cores; goroutines wait 38 ms (p99) for a core; requests leave 310 ms late (p99)",
		"Use a bigger client or a second one: what is measured now is the client.", 1)
	s.slo("p99<200ms", 410, sizing.Fail, sizing.Fail, 69*time.Second)
	s.event(61*time.Second, true, "client-cpu: client CPU 98% of 2 cores in minute 14:01; goroutines wait 38 ms (p99) for a core")
	return s
}

// quiet is an endpoint that is only looked at, and of which CloudWatch has said nothing yet.
func quiet() *scene {
	s := watching()
	s.Now = start.Add(8 * time.Second)
	s.State.Points, s.Periods, s.Sample = nil, nil, cwmetrics.Sample{}
	return s
}

// The scenes that TestPictures has at one size, and some more, at those that are missing.
func TestPicturesOfMoreSizes(t *testing.T) {
	first, tall, wide := window{"80x24", 80, 24}, window{"120x36", 120, 36}, window{"200x50", 200, 50}
	narrow, tiny := window{"60x18", 60, 18}, window{"40x8", 40, 8}
	all := []window{first, tall, wide, narrow, tiny}
	for _, s := range []struct {
		name    string
		make    func() *scene
		keys    string
		windows []window
	}{
		{"lapsed", lapsed, "", all},
		{"client_limited", clientLimited, "", all},
		{"quiet", quiet, "", all},
		{"awaiting", awaiting, "", []window{tall, wide, narrow, tiny}},
		{"ramping", ramping, "", []window{tall, wide, narrow, tiny}},
		{"scaling", scaling, "", []window{wide, narrow, tiny}},
		{"restoring", restoring, "", []window{tall, narrow}},
		{"percentiles", saturated, "v v", []window{tall, wide}},
		{"knee", climbing, "v", []window{narrow, tiny}},
		{"errors", saturated, "e", []window{tall, narrow, tiny}},
		{"describe", well, "d", []window{tall, narrow, tiny}},
	} {
		for _, size := range s.windows {
			t.Run(s.name+"_"+size.name, func(t *testing.T) {
				m, _ := still(s.make(), size.w, size.h, Options{}, strings.Fields(s.keys)...)
				golden(t, s.name+"_"+size.name, picture(t, m))
			})
		}
	}
}
