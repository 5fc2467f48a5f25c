package cli_test

import (
	"regexp"
	"strings"
	"testing"
)

// colour is any SGR sequence that selects one.
var colour = regexp.MustCompile(`\x1b\[(\d*;)*(3\d|4\d|9\d|10\d)[;\d]*m`)

// What the environment says of a terminal decides what it gets: characters, colours, and whether it is asked anything.
func TestLooks(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		set                     []string
		flag                    string
		ascii, colours, indexed bool
	}{
		"as usual":         {nil, "--quiet", false, true, true},
		"NO_COLOR":         {[]string{"NO_COLOR", "yes"}, "--quiet", false, false, false},
		"flags":            {nil, "--no-color", false, false, false},
		"7 bits asked for": {nil, "--ascii", true, true, true},
		"another locale":   {[]string{"LANG", "C"}, "--quiet", true, true, true},
		"console of Linux": {[]string{"TERM", "linux"}, "--quiet", true, true, false},
		"VT100":            {[]string{"TERM", "vt100"}, "--quiet", true, false, false},
		"16 colours":       {[]string{"TERM", "xterm"}, "--quiet", false, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, quick())
			if tt.set != nil {
				w.setenv(tt.set[0], tt.set[1])
			}
			c := w.console("run", "fast", "-d", "hi", "--max-rate", "50", "--no-cloudwatch", "--out", "run", tt.flag)
			c.shows("RUN  fast/AllTraffic", "? help", "0:00")
			screen := c.text()
			c.press("q")
			c.shows("Stop the run? y/N")
			c.press("y")
			c.leaves(0)
			if got := !strings.ContainsFunc(screen, func(r rune) bool { return r > '~' }); got != tt.ascii {
				t.Errorf("ASCII alone: %v, want %v:\n%s", got, tt.ascii, screen)
			}
			written := c.stdout.String()
			if got := colour.MatchString(written); got != tt.colours {
				t.Errorf("colours: %v, want %v: %q", got, tt.colours, colour.FindString(written))
			}
			if got := strings.Contains(written, "8;5;"); got != tt.indexed {
				t.Errorf("of 256 colours: %v, want %v", got, tt.indexed)
			}
		})
	}
}
