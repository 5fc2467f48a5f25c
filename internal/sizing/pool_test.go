package sizing

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

// openLoop is a load at a rate by at most so many users, against an endpoint that tells when it answers what is sent when.
type openLoop struct {
	rate, users int
	answers     func() func(sent time.Duration) time.Duration
}

const loopRuns = 30 * time.Second

// tenSeconds are the last of loopRuns, as the client would measure them, and the mean time that the endpoint took in them.
func (l openLoop) tenSeconds() (w runner.Window, model time.Duration) {
	w = with(lastTen(), func(w *runner.Window) {
		w.Counts, w.Users, w.MeanInFlight = runner.Counts{}, 0, 0
		w.Plan = runner.Plan{Loop: runner.Open, Users: l.users, Rate: float64(l.rate)}
	})
	from := loopRuns - 10*time.Second
	var lag, response, service runner.Hist
	var free []time.Duration // when each user is
	answer := l.answers()
	for i := range int(loopRuns.Seconds()) * l.rate {
		due := time.Duration(i) * time.Second / time.Duration(l.rate)
		u := soonest(free)
		if u < 0 || free[u] > due && len(free) < l.users {
			free = append(free, due)
			u = len(free) - 1
		}
		sent := max(due, free[u])
		if sent >= loopRuns {
			w.Due++
			continue
		}
		free[u] = answer(sent)
		if sent >= from {
			w.Sent++
		}
		switch {
		case free[u] >= loopRuns:
			w.InFlight++
		case free[u] >= from:
			w.OK++
			lag.Record(sent - due)
			response.Record(free[u] - due)
			service.Record(free[u] - sent)
		}
	}
	w.Users, w.MeanInFlight = len(free), float64(w.InFlight)
	w.Stats[runner.SendLag], w.Stats[runner.PoolWait] = lag.Stats(), lag.Stats()
	w.Stats[runner.Response], w.Stats[runner.Service] = response.Stats(), service.Stats()
	return w, service.Stats().Mean
}

func soonest(free []time.Duration) int {
	at := -1
	for i, t := range free {
		if at < 0 || t < free[at] {
			at = i
		}
	}
	return at
}

// always answers after d, to any number at once.
func always(d time.Duration) func() func(time.Duration) time.Duration {
	return func() func(time.Duration) time.Duration {
		return func(sent time.Duration) time.Duration { return sent + d }
	}
}

// stalling stands still for the first of every ten seconds, else answers after d.
func stalling(d time.Duration) func() func(time.Duration) time.Duration {
	return func() func(time.Duration) time.Duration {
		return func(sent time.Duration) time.Duration {
			tens := sent.Truncate(10 * time.Second)
			return max(sent, tens+time.Second) + d
		}
	}
}

// queueing has so many workers, who take d each.
func queueing(workers int, d time.Duration) func() func(time.Duration) time.Duration {
	return func() func(time.Duration) time.Duration {
		free := make([]time.Duration, workers)
		return func(sent time.Duration) time.Duration {
			w := soonest(free)
			free[w] = max(sent, free[w]) + d
			return free[w]
		}
	}
}

// invalid says whether a run is by what its last ten seconds were: without CloudWatch, and with the points of them and of a quiet
// minute.
func (l openLoop) invalid(quiet time.Duration) (without, informed bool) {
	ten, model := l.tenSeconds()
	judged := func(f Facts, periods []Period) bool {
		return slices.ContainsFunc(Diagnose(f, ten, periods), Finding.Invalidates)
	}
	points := *minute(1, 65, 1, 0, model).Server
	points.Period, points.Invocations = 10*time.Second, new(float64(ten.Ended()))
	return judged(Facts{}, nil), judged(m5, []Period{minute(0, 8, 16, 0, quiet), {Client: ten, Server: &points}})
}

func TestWhoKeepsArrivalsWaiting(t *testing.T) {
	for _, c := range []struct {
		name              string
		loop              openLoop
		quiet             time.Duration
		without, informed bool
	}{
		{"enough users", openLoop{200, 12, always(50 * ms)}, 50 * ms, false, false},
		{"too few users", openLoop{200, 8, always(50 * ms)}, 50 * ms, true, true},
		{"300/s where 200/s go, and users enough", openLoop{300, 10_000, queueing(20, 100*ms)}, 100 * ms, false, false},
		{"300/s where 200/s go, and 512 users", openLoop{300, 512, queueing(20, 100*ms)}, 100 * ms, true, false},
		{"stalls and 512 users", openLoop{200, 512, stalling(5 * ms)}, 5 * ms, false, false},
		{"stalls and 100 users", openLoop{200, 100, stalling(5 * ms)}, 5 * ms, true, false},
	} {
		without, informed := c.loop.invalid(c.quiet)
		if without != c.without || informed != c.informed {
			t.Errorf("%s: invalid %v, and with points %v; want %v and %v", c.name, without, informed, c.without, c.informed)
		}
	}
}

func TestAVerdictOnUsersWaitsForPoints(t *testing.T) {
	ten := with(lastTen(), func(w *runner.Window) { waiting(w, 40*ms) })
	over := with(m5, func(f *Facts) { f.Over = true })
	calm := with(minute(4, 8, 16, 0, 58*ms), func(p *Period) { p.Server = nil })
	partly := with(minute(4, 8, 16, 0, 58*ms), func(p *Period) { p.Server.Partial = true })
	foreign := with(minute(4, 8, 16, 0, 58*ms), func(p *Period) { p.Server.Invocations = new(9000.) })
	ended := func(p Period, ago int64) Period { p.Client.To = ten.To - ago; return p }
	for _, c := range []struct {
		name    string
		facts   Facts
		periods []Period
		want    string
	}{
		{"no CloudWatch", Facts{}, []Period{calm}, "client-pool"},
		{"several variants", twoVariants, []Period{calm}, "client-pool"},
		{"no period yet", m5, nil, ""},
		{"no period, and the run is over", over, nil, "client-pool"},
		{"a minute without points", m5, []Period{calm}, ""},
		{"a minute of which a part is published", m5, []Period{partly}, ""},
		{"a minute without points, and the run is over", over, []Period{calm}, "client-pool"},
		{"arrivals waited then too", m5, []Period{with(calm, func(p *Period) { waiting(&p.Client, 40*ms) })}, ""},
		{"a ramp", m5, []Period{with(calm, func(p *Period) { p.Client.Ramp = true })}, ""},
		{"points that may still come", m5, []Period{ended(calm, publishedWithin-1), calm}, ""},
		{"points that never came", m5, []Period{ended(calm, publishedWithin), calm}, "client-pool"},
		{"points that come again", m5, []Period{ended(calm, publishedWithin), foreign, calm}, notJudgedID},
		{"others' requests, and the next may have none", m5, []Period{foreign}, notJudgedID},
		{"others' requests to the end", over, []Period{foreign}, "client-pool"},
		{"a minute that was judged", m5, []Period{quietMinute()}, "oversized"},
		{"a minute of another load, at the end", over, []Period{quietMinute()}, "client-pool"},
		{"a minute of the same load, at the end", over, []Period{with(quietMinute(), func(p *Period) { p.Client.Plan = ten.Plan })}, "oversized"},
	} {
		if got := ids(Diagnose(c.facts, ten, c.periods)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestUsersWithoutPointsOfTheirOwn: what CloudWatch said of an earlier load neither clears nor blames the endpoint under this one.
func TestUsersWithoutPointsOfTheirOwn(t *testing.T) {
	over := with(m5, func(f *Facts) { f.Over = true })
	ten := with(lastTen(), func(w *runner.Window) { waiting(w, 40*ms) })
	full := minute(1, 99, 202, 0, 235*ms)
	found := Diagnose(over, ten, []Period{quietMinute(), full})
	if ids(found) != "client-pool cpu-saturated" || strings.Contains(found[0].Evidence, "ModelLatency") || found[0].From.Unix() != ten.From {
		t.Errorf("%+v", found)
	}
	ten.Stats[runner.Service] = flat(90 * ms)
	if found := Diagnose(over, ten, []Period{quietMinute()}); ids(found) != "oversized" {
		t.Errorf("slower than in the quiet minute, as the client saw it: %+v", found)
	}
}

func TestWordingOfTheClient(t *testing.T) {
	busy := func(w *runner.Window) { waiting(w, 41*ms); w.InFlight, w.Due = 19, 300 }
	for _, c := range []struct {
		name             string
		ten              runner.Window
		periods          []Period
		evidence, advice string
	}{
		{
			"too few users", with(lastTen(), busy), nil,
			"arrivals wait 41 ms (p99) for one of 20 users at 100 ok/s; 19 of at most 20 busy; 300 of 1300 due were not sent",
			"Raise --max-users: arrivals wait for a free user. If they still do, the endpoint does not keep up with this rate.",
		}, {
			"too few users for a model that is as quick as ever",
			runner.Window{},
			[]Period{quietMinute(), with(minute(1, 65, 100, 0, 60*ms), func(p *Period) { waiting(&p.Client, 40*ms) })},
			"arrivals wait 40 ms (p99) for one of 12 users at 100 ok/s; 8 of at most 12 busy; ModelLatency 1.0x the quiet 58 ms",
			"Raise --max-users: arrivals wait for a free user, not for the endpoint.",
		}, {
			"part of a core", with(lastTen(), func(w *runner.Window) {
				w.Client = runner.Client{CPUPercent: 78, Cores: .25, Throttled: 60, SchedP99: 80 * ms}
			}), nil,
			"client CPU 78% of 0.25 cores; its quota ran out in 60% of its periods; goroutines wait 80 ms (p99) for a core",
			"Use a bigger client or a second one: what is measured now is the client.",
		},
	} {
		facts := with(m5, func(f *Facts) { f.Over = len(c.periods) == 0 }) // then none will come
		found := Diagnose(facts, c.ten, c.periods)
		if len(found) == 0 || found[0].Evidence != c.evidence || found[0].Advice != c.advice || !found[0].Invalidates() {
			t.Errorf("%s:\n%+v\nwant %s\nand  %s", c.name, found, c.evidence, c.advice)
		}
	}
}

// ownLag must never be more than what 0.9 % of the requests were late by, whoever it was that waited for users.
func TestOwnLagIsNeverTooMuch(t *testing.T) {
	for name, late := range map[string]func(i int) (own, wait time.Duration){
		"nobody waits":           func(i int) (time.Duration, time.Duration) { return time.Duration(i) * 20 * time.Microsecond, 0 },
		"different ones":         func(i int) (time.Duration, time.Duration) { return pick(i < 5, 12*ms), pick(i >= 990, time.Second) },
		"the same ones":          func(i int) (time.Duration, time.Duration) { return pick(i < 20, 12*ms), pick(i < 20, time.Second) },
		"many wait":              func(i int) (time.Duration, time.Duration) { return pick(i%50 == 0, 30*ms), time.Duration(i) * ms },
		"all wait for users":     func(int) (time.Duration, time.Duration) { return 0, 40 * ms },
		"all wait for the cores": func(int) (time.Duration, time.Duration) { return 15 * ms, 40 * ms },
	} {
		var lag, wait, own runner.Hist
		for i := range 1000 {
			o, w := late(i)
			lag.Record(o + w)
			wait.Record(w)
			own.Record(o)
		}
		w := runner.Window{}
		w.Stats[runner.SendLag], w.Stats[runner.PoolWait] = lag.Stats(), wait.Stats()
		if got, most := ownLag(&w), own.Quantile(.991); got > most+most/100 {
			t.Errorf("%s: %v, but 99.1 %% of the requests left within %v of a user being free", name, got, most)
		}
	}
	w := runner.Window{}
	w.Stats[runner.SendLag], w.Stats[runner.PoolWait] = flat(55*ms), flat(40*ms)
	if got := ownLag(&w); got != 15*ms {
		t.Errorf("all wait 40 ms for users and 15 ms more: %v", got)
	}
}

func pick(yes bool, d time.Duration) time.Duration {
	if yes {
		return d
	}
	return 0
}

func TestAVerdictOnUsersHasThePeriodsTime(t *testing.T) {
	p := with(minute(1, 65, 100, 0, 60*ms), func(p *Period) { waiting(&p.Client, 40*ms) })
	found := Diagnose(m5, lastTen(), []Period{quietMinute(), p})
	if ids(found) != "client-pool" || !found[0].From.Equal(p.Server.From) || found[0].To.Sub(found[0].From) != time.Minute {
		t.Errorf("%+v, want the minute at %v", found, p.Server.From)
	}
}
