package sizing

import (
	"strings"
	"testing"

	"sagetop/runner"
)

// copies of a component that reserve cores, with room for six of them on an instance.
var copies = Facts{Instances: 1, VCPUs: 48, InstanceType: "ml.m5.12xlarge", CloudWatch: true, Copies: true, PerInstance: 6}

func reserved(minute Period) Period {
	minute.Server.CPUSum = nil
	return minute
}

// What is said of instances is said of copies, and their share of what they reserve is judged as that of all cores is.
func TestCopiesAreJudged(t *testing.T) {
	for _, test := range []struct {
		name    string
		periods []Period
		want    string
	}{
		{"idle", []Period{reserved(quietMinute())}, "oversized: Fewer copies, or smaller ones, would carry this load."},
		{"right", []Period{reserved(minute(1, 65, 131, 0, 60*ms))}, "right-sized: Keep this load per copy: 60-70% leaves room for a surge."},
		{"full", []Period{reserved(quietMinute()), reserved(minute(1, 99, 202, 0, 235*ms))}, "cpu-saturated: Add copies or return to 16/s."},
		{"slow at low CPU", []Period{reserved(quietMinute()), reserved(minute(1, 40, 50, 0, 130*ms))}, "container: Raise the container's workers or threads: the hardware has room."},
	} {
		found := Diagnose(copies, runner.Window{}, test.periods)
		if got := found[0].ID + ": " + found[0].Advice; got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		if strings.Contains(found[0].Evidence, "/4800") {
			t.Errorf("%s: %q adds up cores", test.name, found[0].Evidence)
		}
	}
}

// Copies are counted, and priced by the instances that so many fill.
func TestSizeInCopies(t *testing.T) {
	s := Size(copies, reference(), Ask{TPS: 1000, Price: 3.5})
	if s.Problem != "" || s.Unit != Copy || s.Needed != 8 || s.Spared != 9 {
		t.Fatalf("%q: %d %s, %d with a spare, want 8 copies and 9", s.Problem, s.Needed, s.Unit, s.Spared)
	}
	if s.Hosts(9) != 2 || s.CostPerHour(9) != 7 {
		t.Errorf("9 copies fill %d instances for %v, want 2 for 7", s.Hosts(9), s.CostPerHour(9))
	}
	all := strings.Join(s.Caveats, "\n")
	for _, want := range []string{"load 9 copies with 1000/s", "--instances 9)", "linear in copies", "for this model, payload, instance type and region", "neighbours share the instances"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in\n%s", want, all)
		}
	}
	unknown := copies
	unknown.PerInstance = 0
	if s := Size(unknown, reference(), Ask{TPS: 1000, Price: 3.5}); s.Hosts(9) != 0 || s.CostPerHour(9) != 0 {
		t.Errorf("what nobody knows costs %v on %d instances", s.CostPerHour(9), s.Hosts(9))
	}
}

func TestCopiesOnAcceleratorsAreNotSizedByCPU(t *testing.T) {
	f := copies
	f.GPUs = 1
	if s := Size(f, reference(), Ask{TPS: 1000}); !strings.Contains(s.Problem, "GPUs") {
		t.Errorf("%+v", s)
	}
}
