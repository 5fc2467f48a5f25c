package sizing

import (
	"strings"
	"testing"
)

// What a search held the SLOs with for minutes counts more than any period, and where the CPU tells nothing, alone.
func TestSizeByCapacity(t *testing.T) {
	f := judged(t, "p99<200ms")
	for _, c := range []struct {
		name     string
		capacity float64
		periods  []Period
		needed   int
		bySLO    bool
		noCPU    string
	}{
		{"above what the CPU allows", 175, reference(), 8, false, ""},
		{"below it", 100, reference(), 11, true, ""},
		{"without CPU", 175, nil, 6, true, "no CloudWatch period is whole"},
	} {
		f.Capacity = c.capacity
		s := Size(f, c.periods, Ask{TPS: 1000})
		if s.Problem != "" || s.Needed != c.needed || s.BySLO != c.bySLO || s.Held != c.capacity || !strings.HasPrefix(s.NoCPU, c.noCPU) || (c.noCPU == "") != (s.NoCPU == "") {
			t.Errorf("%s: %+v", c.name, s)
		}
		j := s.Projection(f)
		if (j.TPS > 0) != (c.noCPU == "") || (j.CPU > 0) != (c.noCPU == "") || j.Needed != c.needed || j.Instances != c.needed+1 {
			t.Errorf("%s: %+v", c.name, j)
		}
	}
	f.Capacity = 0
	if s := Size(f, nil, Ask{TPS: 1000}); s.Problem == "" || s.NoCPU != "" {
		t.Errorf("%+v", s)
	}
}

// A projection by the SLO alone says nothing of the CPU, whatever that comes to.
func TestProveBySLOAlone(t *testing.T) {
	trial, periods := held()
	hot(&trial, periods)
	trial.Projected = &Projection{Needed: 6, Instances: 7}
	if p := Prove(judged(t, "p99<200ms"), periods, trial); p.Verdict != Pass || p.Projected != 0 || p.Expected != 0 || *p.CPU != 68 {
		t.Errorf("%+v", p)
	}
}

func TestBand(t *testing.T) {
	for share, want := range map[float64]string{12: "oversized", 65: "right-sized", 75: "tight", 84.9: "undersized", 100: "undersized"} {
		if got := Band(share); got != want {
			t.Errorf("%v %%: %s, want %s", share, got, want)
		}
	}
}
