package tui

import (
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// rows of a scene's picture at 80x24.
func rows(t *testing.T, s *scene) []string {
	t.Helper()
	m, _ := still(s, 80, 24, Options{})
	return strings.Split(picture(t, m), "\n")
}

func TestClockShowsTheWholeLoad(t *testing.T) {
	for _, c := range []struct {
		name  string
		given func(*scene)
		want  string
	}{
		{"a duration", func(*scene) {}, " 04:12 / 10:00"},
		{"stages", func(s *scene) {
			s.Info.Duration, s.Info.Stages, s.Total = 0, []session.Stage{{Over: 7 * time.Minute, Target: 5}}, 7*time.Minute
		}, " 04:12 / 07:00"},
		{"until it is stopped", func(s *scene) { s.Info.Duration, s.Total = 0, 0 }, " 04:12"},
	} {
		s := well()
		c.given(s)
		if head := rows(t, s)[0]; !strings.HasSuffix(head, c.want) {
			t.Errorf("%s: %q", c.name, head)
		}
	}
}

func TestTrafficThatIsNotOurs(t *testing.T) {
	for _, c := range []struct {
		extra float64
		want  string
	}{{0, " other traffic 0/min"}, {100, " other traffic 0/min"}, {900, "!other traffic 900/min"}, {-900, "!of ours missing 900/min"}} {
		s := well()
		p := s.Periods[2]
		server := *p.Server
		server.Invocations = new(float64(p.Client.Ended()) + c.extra)
		s.Periods[2].Server = &server
		if row := rows(t, s)[1] + " "; !strings.Contains(row, c.want+" ") {
			t.Errorf("%v more: %q", c.extra, row)
		}
		server.Partial = true // then the period before tells
		if row := rows(t, s)[1]; !strings.Contains(row, " other traffic 0/min ") {
			t.Errorf("half published: %q", row)
		}
	}
}

func TestSizeNeedsFactsThatSize(t *testing.T) {
	shown := func(change func(*sizing.Facts)) bool {
		s := well()
		change(&s.Facts)
		return strings.Contains(strings.Join(rows(t, s), "\n"), " Size 131/s each")
	}
	if !shown(func(*sizing.Facts) {}) {
		t.Error("what one instance carries is not shown")
	}
	if shown(func(f *sizing.Facts) { f.Components = true }) {
		t.Error("instances that others share are sized")
	}
}

func TestVerdictSaysItsPeriod(t *testing.T) {
	for _, c := range []struct {
		name   string
		length time.Duration
		w      int
		want   string
	}{
		{"a minute", time.Minute, 80, " OK right-sized: CPU 67% (3216/4800) at 135 ok/s in minute 14:02, 1m12s old"},
		{"ten seconds", 10 * time.Second, 80, " OK right-sized: CPU 67% at 135 ok/s in the 10s from 14:02:00, 2m02s old"},
		{"five minutes", 5 * time.Minute, 100, " OK right-sized: CPU 67% (3216/4800) at 135 ok/s in the 5 min from 14:02, 0s old"},
		{"little room", 10 * time.Second, 66, " OK right-sized: CPU 67% at 135 ok/s in the 10s from 14:02:00"},
		{"none", 0, 80, " OK right-sized: CPU 67% (3216/4800) at 135 ok/s; 10s p99 134 < 200 ms"},
	} {
		s := well()
		d := &s.Findings[0]
		d.To = d.From.Add(c.length)
		if c.length == 0 {
			d.From, d.To = time.Time{}, time.Time{}
		}
		m, _ := still(s, c.w, 24, Options{})
		if got := strings.Split(picture(t, m), "\n")[2]; got != c.want && !strings.HasPrefix(got, c.want+"; ") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A rate is shown as it was asked for, where that has room.
func TestExactRate(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 135: "135", 12.5: "12.5", .25: "0.25", 33.3333333: "33", 1e6: "1000000", 123456.5: "123456"} {
		if got := exactRate(v); got != want {
			t.Errorf("%v is shown as %s, want %s", v, got, want)
		}
	}
}
