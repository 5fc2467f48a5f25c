package sizing

import (
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

// How full the link was is said where that is known.
func TestNetworkFindingNamesTheLink(t *testing.T) {
	for percent, want := range map[float64]string{
		0:  "24 ms beyond ModelLatency, OverheadLatency and one round trip of 2 ms; ",
		92: "24 ms beyond ModelLatency, OverheadLatency and one round trip of 2 ms; the client's link 92% full; ",
	} {
		slow := with(minute(1, 65, 100, 0, 60*ms), func(p *Period) {
			p.Client.Stats[runner.Response].Mean, p.Client.Client.LinkPercent = 90*ms, percent
		})
		found := Diagnose(m5, runner.Window{}, []Period{quietMinute(), slow})
		if ids(found[:1]) != "client-network" || !strings.HasPrefix(found[0].Evidence, want) {
			t.Errorf("%v %%: %+v", percent, found)
		}
	}
}

func TestClientFindingsOnTheLastTenSeconds(t *testing.T) {
	busy := func(w *runner.Window) { w.Client.CPUPercent = 92 }
	open := func(w *runner.Window) { busy(w); w.Plan.Loop = runner.Open }
	for _, c := range []struct {
		name   string
		change func(*runner.Window)
		want   string
	}{
		{"nothing wrong", func(*runner.Window) {}, ""},
		{"busy, and quick all the same", busy, ""},
		{"busy and late to the cores", func(w *runner.Window) { busy(w); w.Client.SchedP99 = 14 * ms }, "client-cpu"},
		{"late to the cores because of others", func(w *runner.Window) {
			w.Client.CPUPercent, w.Client.MachinePercent, w.Client.SchedP99 = 6, 97, 14*ms
		}, "client-cpu"},
		{"short of users beside busy others", func(w *runner.Window) {
			open(w)
			w.Client.CPUPercent, w.Client.MachinePercent, w.Due = 6, 97, 40
		}, ""},
		{"others are busy, and quick all the same", func(w *runner.Window) { w.Client.CPUPercent, w.Client.MachinePercent = 6, 97 }, ""},
		{"late to the cores, not busy", func(w *runner.Window) { w.Client.SchedP99 = 14 * ms }, ""},
		{"busy and late to send", func(w *runner.Window) { open(w); w.Stats[runner.SendLag].P99 = 12 * ms }, "client-cpu"},
		{"late to send for want of users", func(w *runner.Window) {
			open(w)
			waiting(w, 50*ms)
			w.Stats[runner.SendLag] = flat(52 * ms)
		}, "client-pool"},
		{"late to send while users start", func(w *runner.Window) {
			open(w)
			waiting(w, 50*ms)
			w.Stats[runner.SendLag], w.Plan.Users = flat(52*ms), 21
		}, ""},
		{"late to send beside a rare wait for users", func(w *runner.Window) {
			open(w)
			w.Stats[runner.SendLag] = runner.Stats{P99: 20 * ms, P999: time.Second}
			w.Stats[runner.PoolWait] = runner.Stats{P999: time.Second}
		}, ""},
		{"out of quota and late to the cores", func(w *runner.Window) { w.Client.Throttled, w.Client.SchedP99 = 60, 80*ms }, "client-cpu"},
		{"out of quota, and quick all the same", func(w *runner.Window) { w.Client.Throttled = 60 }, ""},
		{"users who are all busy", func(w *runner.Window) { waiting(w, ms); w.InFlight, w.Due = 20, 300 }, "client-pool"},
		{"arrivals that wait for what is no user", func(w *runner.Window) { waiting(w, ms); w.InFlight, w.Due = 2, 300 }, ""},
		{"a closed loop's users are all busy", func(w *runner.Window) { w.InFlight = 20 }, ""},
		{"users who wait for time-outs", func(w *runner.Window) {
			waiting(w, 50*ms)
			failing(w, 1, runner.Failure{Class: runner.Timeout})
		}, ""},
		{"busy and not keeping up", func(w *runner.Window) { open(w); w.Due = 40 }, "client-cpu"},
		{"busy and nearly keeping up", func(w *runner.Window) { open(w); w.Due = 20 }, ""},
		{"wrong input", func(w *runner.Window) { failing(w, 10, runner.Failure{Class: runner.Validation}) }, "bad-input"},
		{"wrong answers", func(w *runner.Window) { failing(w, 10, runner.Failure{Class: runner.Check}) }, "bad-input"},
		{"a container that blames the request", func(w *runner.Window) {
			failing(w, 10, runner.Failure{Class: runner.ModelError, OriginalStatus: 415})
		}, "bad-input"},
		{"a container that is busy", func(w *runner.Window) {
			failing(w, 10, runner.Failure{Class: runner.ModelError, OriginalStatus: 429})
		}, ""},
		{"a little wrong input", func(w *runner.Window) { failing(w, 9, runner.Failure{Class: runner.Validation}) }, ""},
		{"not whole", func(w *runner.Window) { busy(w); w.Client.SchedP99 = 14 * ms; w.Length = 9 * time.Second }, ""},
		{"two plans", func(w *runner.Window) { busy(w); w.Client.SchedP99 = 14 * ms; w.Plans = 2 }, ""},
		{"a ramp", func(w *runner.Window) { busy(w); w.Client.SchedP99 = 14 * ms; w.Ramp = true }, ""},
	} {
		found := Diagnose(Facts{}, with(lastTen(), c.change), nil)
		if got := ids(found); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		for _, f := range found {
			if f.Invalidates() != strings.HasPrefix(c.want, "client-") {
				t.Errorf("%s: %s invalidates: %v", c.name, f.ID, f.Invalidates())
			}
			if f.To.Sub(f.From) != 10*time.Second {
				t.Errorf("%s: %v to %v", c.name, f.From, f.To)
			}
		}
	}
}

func TestTheClientComesBeforeTheEndpoint(t *testing.T) {
	ten := with(lastTen(), func(w *runner.Window) { w.Client.CPUPercent, w.Client.SchedP99 = 99, 30*ms })
	found := Diagnose(m5, ten, []Period{minute(1, 99, 202, 0, 235*ms)})
	if got := ids(found); got != "client-cpu cpu-saturated" {
		t.Errorf("%q", got)
	}
	band := Diagnose(m5, ten, []Period{minute(1, 65, 130, 0, 60*ms)})
	if got := ids(band); got != "client-cpu" {
		t.Errorf("a band beside a client that is the limit: %q", got)
	}
}

// TestUsersRunOutForTheEndpoint: users who are busy with an endpoint that refuses, is slower than it was, or stands still are no
// limit of the client's; those of one that is as quick as ever are. Nobody needs CloudWatch to see it.
func TestUsersRunOutForTheEndpoint(t *testing.T) {
	calm := minute(0, 0, 100, 0, 60*ms)
	calm.Server = nil
	for _, c := range []struct {
		name   string
		before []Period
		change func(*runner.Window)
		pool   bool
	}{
		{"as quick as before", []Period{calm}, func(w *runner.Window) { w.MeanInFlight = 7 }, true},
		{"nothing known", nil, func(w *runner.Window) { w.MeanInFlight = 20 }, true},
		{"slower", []Period{calm}, func(w *runner.Window) { w.Stats[runner.Service] = flat(90 * ms) }, false},
		{"standing still", []Period{calm}, func(w *runner.Window) { w.OK, w.MeanInFlight = 40, 20 }, false},
		{"refusing", nil, func(w *runner.Window) {
			failing(w, 10, runner.Failure{Class: runner.ModelError, OriginalStatus: 503})
		}, false},
	} {
		w := lastTen()
		w.Stats[runner.Response], w.Stats[runner.Service] = flat(400*ms), flat(65*ms)
		waiting(&w, 300*ms)
		c.change(&w)
		found := Diagnose(Facts{}, w, c.before)
		if pool := len(found) > 0 && found[0].ID == "client-pool"; pool != c.pool {
			t.Errorf("%s: %+v", c.name, found)
		}
	}
}
