package session

import (
	"strings"
	"testing"
)

func TestCommandLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", mostText+1)
	for _, tt := range []struct {
		command         []string
		repeats, passed string
	}{
		{nil, "", ""},
		{[]string{"sagetop", "demo"}, "sagetop demo", "sagetop demo"},
		{
			[]string{"sagetop", "run", "demo", "--payload", "--out", "--headless=true", "--out", "my runs/a", "--slo", "p99<200ms"},
			"sagetop run demo --payload --out --headless=true --slo 'p99<200ms'", "sagetop run demo --payload --out --headless=true --slo 'p99<200ms'",
		},
		{[]string{"sagetop", "run", "demo", "--payload", long, "--users", "3"}, "sagetop run demo --payload " + long + " --users 3", "sagetop run demo --payload @payload --users 3"},
		{[]string{"sagetop", "run", "demo", "--payload", "@" + long}, "sagetop run demo --payload @" + long, "sagetop run demo --payload @" + long},
	} {
		info := Info{Command: tt.command}
		if got := info.CommandLine(); got != tt.repeats {
			t.Errorf("%q: %s, want %s", tt.command, got, tt.repeats)
		}
		got, left := info.PassedOn()
		if got != tt.passed || left != (tt.passed != tt.repeats) {
			t.Errorf("%q: %s (%v), want %s", tt.command, got, left, tt.passed)
		}
	}
}
