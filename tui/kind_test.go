package tui

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// terminalTypes and what each of them understands. Text is that of the picture in ASCII or not.
var terminalTypes = []struct {
	term    string
	ascii   bool
	profile colorprofile.Profile
	knows   string // control functions beside those of DEC's VT102, as terminfo has them
	asks    bool   // it is asked what it can do
}{
	{"vt100", true, colorprofile.ASCII, "", false},
	{"vt220", true, colorprofile.ASCII, "", false},
	{"linux", true, colorprofile.ANSI, "d G ` X @", false},
	{"xterm", false, colorprofile.ANSI, "d G X @ S T Z", true},
	{"xterm-256color", false, colorprofile.ANSI256, "d G X @ S T Z", true},
	{"screen", false, colorprofile.ANSI256, "d G ` X @ S T Z I", true},
	{"screen-256color", false, colorprofile.ANSI256, "d G ` X @ S T Z I", true},
	{"tmux-256color", false, colorprofile.ANSI256, "d G ` X @ S T Z I b", true},
}

// Of all that is written to a terminal it understands every sequence, and what it shows is the picture.
func TestTerminalTypes(t *testing.T) {
	for _, tt := range terminalTypes {
		t.Run(tt.term, func(t *testing.T) {
			t.Parallel()
			c := newConsole(t, 80, 24)
			out := &recorded{console: c}
			run := &obeying{st: starting().State}
			ended := c.startAs(t.Context(), run, out, "TERM="+tt.term, "TTY_FORCE=1")
			c.shows("RAMP")
			for _, s := range []*scene{well(), saturated(), climbing()} {
				run.mu.Lock()
				run.st = s.State
				run.mu.Unlock()
				c.paints(s, tt.ascii, tt.profile)
			}
			c.press('v', 'v', 'v')
			c.paints(climbing(), tt.ascii, tt.profile, "v", "v", "v")
			c.press('?')
			c.paints(climbing(), tt.ascii, tt.profile, "v", "v", "v", "?")
			run.end()
			if err := c.returns(ended); err != nil {
				t.Error(err)
			}
			c.left()
			out.understood(t, tt.profile, strings.Fields("A B C D H J K L M P m r h l "+tt.knows), tt.asks)
		})
	}
}

// paints waits for the picture of s after some keys, in the colours of p.
func (c *console) paints(s *scene, ascii bool, p colorprofile.Profile, keys ...string) {
	c.t.Helper()
	m, _ := still(s, 80, 24, Options{ASCII: ascii})
	m.Update(tea.ColorProfileMsg{Profile: p})
	for _, k := range keys {
		m.Update(press(k))
	}
	want := picture(c.t, m)
	c.until("the picture\n"+want, func() bool { return trimmed(c.text()) == want })
}

// recorded keeps what is written to a console.
type recorded struct {
	console *console
	all     bytes.Buffer
}

func (r *recorded) Write(p []byte) (int, error) {
	r.all.Write(p)
	if _, err := r.console.Write(inserted.ReplaceAllFunc(p, insert)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// inserted is text in insert mode, which the emulator does not have: it is told to make room for the text instead.
var inserted = regexp.MustCompile(`\x1b\[4h.*?\x1b\[4l`)

func insert(text []byte) []byte {
	text = text[len("\x1b[4h") : len(text)-len("\x1b[4l")]
	return append([]byte(ansi.InsertCharacter(ansi.StringWidth(string(text)))), text...)
}

// understood checks each sequence: control functions are among knows, and colours among those of p.
func (r *recorded) understood(t *testing.T, p colorprofile.Profile, knows []string, asks bool) {
	t.Helper()
	var state byte
	pr := ansi.NewParser()
	for rest := r.all.Bytes(); len(rest) > 0; {
		seq, _, n, next := ansi.DecodeSequence(rest, state, pr)
		cmd := ansi.Cmd(pr.Command())
		switch state, rest = next, rest[n:]; {
		case ansi.HasCsiPrefix(seq) && cmd.Final() == 'm' && cmd.Prefix() == 0:
			if !coloursWithin(pr.Params(), p) {
				t.Errorf("%q is beyond %v", seq, p)
			}
		case ansi.HasCsiPrefix(seq) && cmd.Prefix() == '?' && cmd.Intermediate() == 0 && cmd.Final() != 'u':
			// a private mode that is not known is passed over by all of them
		case ansi.HasCsiPrefix(seq) && cmd.Prefix() == 0 && cmd.Intermediate() == 0:
			if !slices.Contains(knows, string(rune(cmd.Final()))) {
				t.Errorf("%q is not known", seq)
			}
		case (ansi.HasCsiPrefix(seq) || ansi.HasOscPrefix(seq)) && !asks:
			t.Errorf("it is asked %q", seq)
		case ansi.HasEscPrefix(seq) && len(seq) == 2 && !strings.ContainsAny(string(seq[1]), "M78"):
			t.Errorf("%q is not known", seq)
		}
	}
}

// coloursWithin a profile are the parameters of SGR.
func coloursWithin(params ansi.Params, p colorprofile.Profile) bool {
	var l []string
	params.ForEach(0, func(_, param int, _ bool) { l = append(l, strconv.Itoa(param)) })
	for i := 0; i < len(l); i++ {
		n, _ := strconv.Atoi(l[i])
		switch {
		case n == 38 || n == 48:
			if p < colorprofile.ANSI256 || i+2 >= len(l) || l[i+1] != "5" {
				return false
			}
			i += 2
		case n >= 30 && n < 50 || n >= 90:
			if p < colorprofile.ANSI {
				return false
			}
		case !slices.Contains([]int{0, 1, 7, 22, 27}, n):
			return false
		}
	}
	return true
}
