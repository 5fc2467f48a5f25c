package session

import "testing"

func TestCommandLine(t *testing.T) {
	info := Info{Command: []string{"sagetop", "run", "it's", "--users", "12", "--slo", "p99<200ms", "-d", ""}}
	if got, want := info.CommandLine(), `sagetop run 'it'\''s' --users 12 --slo 'p99<200ms' -d ''`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := new(Info).CommandLine(); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}
