package cli_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"sagetop/internal/report"
	"sagetop/internal/simulator"
)

// A run at 131/s projects what 100/s come to; verify loads those for a whole period of CloudWatch and compares.
func TestVerifyMeasuresTheProjection(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, simulator.EndpointConfig{Name: "distilbert", EnhancedMetrics: true, PublishEvery: 10 * time.Second})
	play(func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}, w.path("base"), "slo=p99<1s", "131:65")
	p := w.headless("verify", "base", "--target-tps", "100", "-d", "hi", "-z", "5s", "--warmup", "1s", "--headless", "--out", "run")
	p.exits(0)
	s := w.summary()
	v := s.Sizing.Verification
	if v == nil || v.Run != "base" || v.ForS != 10 || v.HeldS < 11 || v.Instances != 1 || v.CPU == nil || v.CPUProjected == nil || v.EachError == nil {
		t.Fatalf("%+v; it said\n%s", v, p.said())
	}
	if *v.CPUError < -15 || *v.CPUError > 15 {
		t.Errorf("CPU %.1f where %.1f was projected", *v.CPU, *v.CPUProjected)
	}
	if s.Valid && (v.Verdict != report.Verified || !strings.HasPrefix(p.stdout.String(), "VERIFIED  100/s held for 10s with 1 instance")) {
		t.Errorf("%+v; it said\n%s", v, p.said())
	}
}

// A verification that is killed while its instances come owes them like any other run.
func TestVerifyOwes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow(time.Hour))
	w.headless("run", "fast", "-d", "hi", "-n", "5", "--no-cloudwatch", "--slo", "max<10s", "--headless", "--out", "base").exits(0)
	p := w.headless("verify", "base", "--target-tps", "50", "--instances", "3", "--restore", "--yes=fast", "--headless", "--out", "sagetop-runs/run")
	p.says("1 -> 3 instances asked")
	p.signal(syscall.SIGKILL)
	<-p.done
	if !w.owes() {
		t.Errorf("it owes nothing; it said\n%s", p.said())
	}
}
