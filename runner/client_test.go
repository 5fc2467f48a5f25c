package runner

import (
	"math"
	"net/netip"
	"runtime"
	"runtime/metrics"
	"testing"
	"testing/fstest"
	"time"
)

func TestTheAllowanceIsTheLeastOfAll(t *testing.T) {
	start := time.Unix(1000, 0)
	quota := func(text string) allowance {
		return allowanceOf(tree(v2Mount, "0::/app\n", "app/cpu.max", text))
	}
	half, wide := quota("50000 100000"), quota("max 100000")
	if got := half.cores(start); got != .5 {
		t.Errorf("half a core: %v", got)
	}
	most := float64(runtime.GOMAXPROCS(0))
	if n, _ := affinity(); n > 0 {
		most = min(most, float64(n))
	}
	if got := wide.cores(start); got != most {
		t.Errorf("no quota: %v, want %v", got, most)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if got := wide.cores(start); got != 1 {
		t.Errorf("GOMAXPROCS 1: %v", got)
	}
}

func TestTheAllowanceIsLookedUpAgain(t *testing.T) {
	root := tree(v2Mount, "0::/app\n", "app/cpu.max", "50000 100000")
	a := allowanceOf(root)
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		after time.Duration
		limit string
		want  float64
	}{{0, "50000 100000", .5}, {lookAgain - 1, "25000 100000", .5}, {lookAgain, "25000 100000", .25}, {lookAgain + time.Second, "50000 100000", .25}} {
		root["sys/fs/cgroup/app/cpu.max"] = &fstest.MapFile{Data: []byte(c.limit)}
		if got := a.cores(start.Add(c.after)); got != c.want {
			t.Errorf("after %v: %v cores, want %v", c.after, got, c.want)
		}
	}
}

func TestTheMeterDividesByTheQuota(t *testing.T) {
	m := newClientMeter(new(netip.Addr))
	m.at = time.Now().Add(-time.Second)
	m.cpu = 0 // as if all that this process ever used came in this second
	m.allowance = allowance{looked: time.Now(), most: 1e-6, throttled: 30}
	var c Client
	m.measure(&c)
	if c.Cores != 1e-6 || c.Throttled != 30 || c.CPUPercent != 100 {
		t.Errorf("%+v", c)
	}
}

// The meter looks at the link of the connections that the load has by then.
func TestTheMeterReadsTheLink(t *testing.T) {
	var local netip.Addr
	m := newClientMeter(&local)
	m.link = link{root: card("1000", 0, 0, hardware), named: func(netip.Addr) string { return "eth0" }}
	var c Client
	measure := func() float64 {
		m.at = m.at.Add(-time.Minute)
		m.link.at = m.link.at.Add(-time.Minute)
		m.measure(&c)
		return c.LinkPercent
	}
	if got := measure(); got != 0 {
		t.Errorf("without a connection %v", got)
	}
	local = someAddr
	measure()
	m.link.root = card("1000", 0, 1000, hardware)
	if got := measure(); got <= 0 || got > 14 { // 8 of 60 Gbit
		t.Errorf("%v %% of the link", got)
	}
}

func TestQuantilesOfOneSecond(t *testing.T) {
	inf := math.Inf(1)
	edges := []float64{-inf, 0, 0.001, 0.009, 0.017, inf}
	none := []uint64{0, 0, 0, 0, 0}
	for _, c := range []struct {
		name          string
		before, after []uint64
		p99, most     time.Duration
	}{
		{"an idle second", []uint64{0, 900, 50, 9, 1}, []uint64{0, 900, 50, 9, 1}, 0, 0},
		{"one wait alone", none, []uint64{0, 0, 1, 0, 0}, 9 * time.Millisecond, 9 * time.Millisecond},
		{"one in a hundred", none, []uint64{0, 99, 0, 1, 0}, time.Millisecond, 17 * time.Millisecond},
		{"two in a hundred", none, []uint64{0, 98, 0, 2, 0}, 13 * time.Millisecond, 17 * time.Millisecond},
		{"half way through a bucket", none, []uint64{0, 0, 198, 2, 0}, 9 * time.Millisecond, 17 * time.Millisecond},
		{"before is not now", []uint64{0, 0, 0, 500, 500}, []uint64{0, 400, 0, 500, 500}, 990 * time.Microsecond, time.Millisecond},
		{"beyond the last bound", none, []uint64{0, 0, 0, 0, 5}, 17 * time.Millisecond, 17 * time.Millisecond},
		{"before the first bound", none, []uint64{5, 0, 0, 0, 0}, 0, 0},
	} {
		for q, want := range map[float64]time.Duration{.99: c.p99, 1: c.most} {
			var s countsSince
			s.update(&metrics.Float64Histogram{Counts: c.before, Buckets: edges}, q)
			if got := s.update(&metrics.Float64Histogram{Counts: c.after, Buckets: edges}, q); got != want {
				t.Errorf("%s: quantile %v is %v, want %v", c.name, q, got, want)
			}
		}
	}
}

func TestLooking(t *testing.T) {
	a := newAllowance(time.Now())
	if a.most < 0 || a.throttled != 0 {
		t.Errorf("%+v", a)
	}
}

// What the meter costs the run that it measures: measure once a second, look once in lookAgain.
func BenchmarkClientMeter(b *testing.B) {
	b.Run("measure", func(b *testing.B) {
		m := newClientMeter(new(netip.Addr))
		var c Client
		b.ReportAllocs()
		for b.Loop() {
			m.at = m.at.Add(-time.Second)
			m.measure(&c)
		}
	})
	b.Run("look", func(b *testing.B) {
		a := newAllowance(time.Now())
		b.ReportAllocs()
		for b.Loop() {
			a.look(time.Now())
		}
	})
}

func TestTheWorstThrottlingStands(t *testing.T) {
	c := Client{Throttled: 10}
	c.Merge(Client{Throttled: 30})
	c.Merge(Client{})
	if c.Throttled != 30 {
		t.Errorf("%v", c.Throttled)
	}
}
