package sizing_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// aged is when an endpoint that has been in service for an hour is loaded.
const aged = time.Hour

// measured are the minutes of so many instances of the default model under Poisson arrivals, in event time.
func measured(t *testing.T, instances int, rate float64, minutes int, seed uint64) []sizing.Period {
	t.Helper()
	clock := model.Clock{Origin: time.Unix(1_700_000_040, 0)} // a whole minute
	v := model.NewVariant(model.Config{
		Profile: model.Default(), Instances: instances, Routing: model.Random, Seed: seed, TimeScale: 1, Clock: clock, PublishEvery: time.Minute,
	})
	rng := rand.New(rand.NewPCG(seed, 1))
	length := time.Duration(minutes) * time.Minute
	hists := make([]runner.Hist, minutes)
	sent, failed := make([]uint64, minutes), make([]uint64, minutes)
	settle := 20 * time.Second // so that the first minute is as the others
	for at := aged - settle; at < aged+length; at += time.Duration(rng.ExpFloat64() / rate * float64(time.Second)) {
		a := v.Admit(at)
		minute := int((at + a.Total - aged) / time.Minute)
		if at+a.Total < aged || minute >= minutes {
			continue
		}
		sent[minute]++
		if a.Outcome == model.Served {
			hists[minute].Record(a.Total)
		} else {
			failed[minute]++
		}
	}
	record := v.Record(aged+length+10*time.Minute, aged, aged+length)
	cpu := model.FindMetric("/aws/sagemaker/Endpoints", "CPUUtilization").Points(&record, "")
	if len(cpu) != minutes {
		t.Fatalf("%d points of %d minutes", len(cpu), minutes)
	}
	var all []sizing.Period
	for i := range hists {
		from := clock.Wall(aged).Add(time.Duration(i) * time.Minute)
		w := runner.Window{
			From: from.Unix(), To: from.Unix() + 60, Length: time.Minute, Plans: 1, Users: 64,
			Plan:   runner.Plan{Loop: runner.Open, Rate: rate, Users: 512},
			Counts: runner.Counts{Sent: sent[i], OK: sent[i] - failed[i], Failed: failed[i]},
		}
		w.Stats[runner.Response] = hists[i].Stats()
		sum := cpu[i].Summary.Statistic("Average")
		all = append(all, sizing.Period{Client: w, Server: &sizing.Server{
			From: from, Period: time.Minute, Instances: instances, CPU: new(sum / 48), CPUSum: &sum, Invocations: new(float64(sent[i])),
		}})
	}
	return all
}

// What is projected from one instance is what so many then do, and what is said to be too few fails.
func TestSizeHoldsOnTheModel(t *testing.T) {
	rule := func(text string) sizing.Rule {
		r, err := sizing.ParseSLO(text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	f := sizing.Facts{
		VCPUs: 48, InstanceType: "ml.m5.12xlarge", CloudWatch: true, Instances: 1,
		SLOs: []sizing.Rule{rule("p99<200ms"), rule("errors<1%")},
	}
	const target = 1000
	holds := func(p *sizing.Period) bool {
		for _, r := range f.SLOs {
			if _, v := r.Judge(&p.Client); v != sizing.Pass {
				return false
			}
		}
		return true
	}
	seeds := uint64(6)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		one := measured(t, 1, 131, 5, seed)
		s := sizing.Size(f, one, sizing.Ask{TPS: target})
		if s.Problem != "" || s.Each.About || s.Verified || s.BySLO {
			t.Fatalf("seed %d: %+v", seed, s)
		}
		if s.Needed != 8 && s.Needed != 9 {
			t.Errorf("seed %d: %d instances of %.1f/s (%.1f to %.1f) for %d/s, want 8 or 9", seed, s.Needed, s.Each.TPS, s.Each.Low, s.Each.High, target)
		}
		for n, enough := range map[int]bool{s.Needed: true, s.Needed - 3: false} {
			many := measured(t, n, target, 3, seed+100)
			cpu := 0.
			for i := range many {
				cpu += *many[i].Server.CPU / float64(len(many))
				if holds(&many[i]) != enough {
					t.Errorf("seed %d: %d instances, minute %d: SLO held %v, want %v", seed, n, i, !enough, enough)
				}
			}
			if projected := s.Each.CPUAt(target / float64(n)); enough && (cpu > s.CPU+1 || cpu < projected-4 || cpu > projected+4) {
				t.Errorf("seed %d: CPU %.1f%% of %d instances, projected %.1f%%", seed, cpu, n, projected)
			}
			if got := sizing.Size(f, append(one[:5:5], append([]sizing.Period{{}}, many...)...), sizing.Ask{TPS: target}); got.Verified != enough {
				t.Errorf("seed %d: with %d instances measured, verified is %v", seed, n, got.Verified)
			}
		}
	}
}
