package tui

import (
	"strings"
	"testing"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// sizeLine is the Size row of s in a window 80 wide; empty when there is none.
func sizeLine(t *testing.T, s *scene) string {
	t.Helper()
	m, _ := still(s, 80, 24, Options{})
	for line := range strings.Lines(picture(t, m)) {
		if text := strings.TrimSpace(line); strings.HasPrefix(text, "Size") {
			return text
		}
	}
	return ""
}

func TestSizeRow(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*scene)
		want   string
	}{
		{"a target", func(*scene) {}, "Size 131/s each at 65% CPU; 1000 TPS = 8+1, 31.50 USD/h, PROJECTED"},
		{"without a price there is room for the zone", func(s *scene) { s.Info.Sizing.Price = 0 }, "Size 131/s each at 65% CPU; 1000 TPS = 8+1 (12 if a zone is lost), PROJECTED"},
		{"another share", func(s *scene) { s.Info.Sizing = sizing.Ask{CPU: 50} }, "Size about 100/s each at 50% CPU"},
		{"a target that one instance served", func(s *scene) { s.Info.Sizing.TPS = 130 }, "Size 131/s each at 65% CPU; 130 TPS = 2+1, 10.50 USD/h, VERIFIED"},
		{"an SLO that fails before", func(s *scene) {
			s.slo("p99<200ms", 300, sizing.Fail, sizing.Fail, 0)
			s.Periods[2].Client.Stats[runner.Response].P99 = millisOf(300)
			s.Facts.SLOs = []sizing.Rule{s.SLOs[len(s.SLOs)-1].Rule}
		}, "Size 60/s each hold the SLO; 1000 TPS = 18+1, 66.50 USD/h, PROJECTED"},
		{"an invalid run", func(s *scene) { s.Invalid = &sizing.Finding{} }, "Size 131/s each at 65% CPU; 1000 TPS = 8+1, 31.50 USD/h, NOT VALID"},
		{"what will never tell", func(s *scene) { s.Facts.Serverless = true }, "Size not known: a serverless endpoint publishes no CPUUtilization"},
		{"nothing measured yet", func(s *scene) { s.State.Periods = nil }, ""},
		{"no target, and what will never tell", func(s *scene) { s.Info.Sizing, s.Facts.Serverless = sizing.Ask{}, true }, ""},
	} {
		s := sized()
		c.change(s)
		if got := sizeLine(t, s); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
