package tui

import (
	"image/color"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"sagetop/internal/session"
)

// tape is a row of choices, each a byte.
type tape []byte

// pick one of n; the end of the tape picks the first.
func (t *tape) pick(n int) int {
	if len(*t) == 0 {
		return 0
	}
	b := (*t)[0]
	*t = (*t)[1:]
	return int(b) % n
}

func pickOf[T any](t *tape, l []T) T { return l[t.pick(len(l))] }

// allScenes that there are, and one that knows nothing.
var allScenes = []func() *scene{
	empty, watching, starting, well, saturated, paused, crowded, denied, settling, finished, simulated, ramping, scaling, scaled, awaiting,
	restoring, climbing, drowned, logged, streaming, streamingOpen,
}

// empty knows nothing.
func empty() *scene { return &scene{} }

// logged has the logs of its endpoint.
func logged() *scene {
	s := well()
	s.Logs = session.Logs{Read: s.Now, Since: start}
	s.Logs.Lines = append(s.Logs.Lines, session.LogLine{At: start, Stream: "AllTraffic/i-0123456789abcdef0", Text: "2026-11-23 14:00:00 ready"})
	return s
}

// Keys that are bound to nothing, and what is typed into prompts.
var otherKeys = strings.Fields("enter tab backspace home end y n Y 0 1 5 9 . - é 日 👍 k p s S")

// odd text, as others may send it: nothing of it may reach the terminal but what can be seen.
var odd = []string{
	"", " ", "x", "日本語日本語", "e\u0301\u0301", "\x1b[2J\x1b[31m", "\x1b]0;title\a", "\u202eright to left", "\u200b\ufeff\u00ad", "a\tb\rc\nd\x00",
	"\x9b31m\u009b2J", "\xff\xfe", "👩‍👩‍👧‍👦", "🇩🇪🇫🇷", "ﷺ", "ำ", "-", strings.Repeat("w", 400), strings.Repeat("日", 300), strings.Repeat("a b; ", 90) + "(", "5 000",
}

// play a tape on the screen: keys, windows, states and what terminals say, in any order. After each step the screen is whole.
func play(t *testing.T, p tape) {
	options := []Options{{}, {ASCII: true}, {NoColor: true}, {Environ: []string{"TERM=linux"}}, {Environ: []string{"TERM=vt100"}}}
	m, c := still(pickOf(&p, allScenes)(), 80, 24, pickOf(&p, options))
	whole(t, m)
	for len(p) > 0 {
		step(&p, m, c)
		whole(t, m)
	}
	for range 4 { // a prompt, what is in front, and twice for what else may be
		m.Update(press("esc"))
	}
	m.Update(press("?"))
	whole(t, m)
	if told := strings.Contains(m.flash.text, "too small"); m.overlay.kind != helpOverlay && !told || told != (m.layout.overlay.H < 2) {
		t.Fatalf("in a window of %dx%d ? shows overlay %d and says %q", m.width, m.height, m.overlay.kind, m.flash.text)
	}
}

func step(p *tape, m *model, c *fake) {
	switch p.pick(10) {
	case 0:
		m.Update(tea.WindowSizeMsg{Width: 1 + p.pick(100)*(1+p.pick(3)), Height: 1 + p.pick(100)})
	case 1:
		c.st = pickOf(p, allScenes)().State
		m.Update(tickMsg{})
	case 2:
		for range 1 + p.pick(8) {
			disturb(p, reflect.ValueOf(&c.st).Elem())
		}
		m.Update(tickMsg{})
	case 3:
		m.Update(tea.PasteMsg{Content: pickOf(p, odd)})
	case 4:
		m.Update(pickOf(p, []tea.Msg{
			tea.BackgroundColorMsg{Color: color.White},
			tea.BackgroundColorMsg{Color: color.Black},
			tea.BackgroundColorMsg{},
			tea.ColorProfileMsg{Profile: colorprofile.ANSI},
			tea.ColorProfileMsg{Profile: colorprofile.TrueColor},
			tea.ColorProfileMsg{},
		}))
	case 5:
		m.Update(press(pickOf(p, otherKeys)))
	default:
		m.Update(press(pickOf(p, pickOf(p, m.keys).keys.Keys())))
	}
}

// whole says that nothing is wider or higher than the window, and that there is nothing but styles and what can be seen.
func whole(t *testing.T, m *model) {
	t.Helper()
	v := m.View()
	lines := strings.Split(v.Content, "\n")
	if len(lines) > max(m.height, 1) {
		t.Fatalf("%d lines in a window of %dx%d", len(lines), m.width, m.height)
	}
	if c := v.Cursor; c != nil && (c.X < 0 || c.Y < 0 || c.X >= m.width || c.Y >= m.height) {
		t.Fatalf("the cursor is at %d,%d in a window of %dx%d", c.X, c.Y, m.width, m.height)
	}
	unstyled := styles(m).Replace(v.Content)
	for i, line := range strings.Split(unstyled, "\n") {
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) || m.ascii && r > '~' }) {
			t.Fatalf("line %d has what cannot be seen: %q", i, line)
		}
		if w := ansi.StringWidth(line); w > m.width {
			t.Fatalf("line %d has %d cells in a window of %dx%d: %q", i, w, m.width, m.height, line)
		}
	}
}

// styles of the palette, to be left out.
func styles(m *model) *strings.Replacer {
	l := []string{resetStyle, ""}
	for _, s := range m.palette {
		if s != "" {
			l = append(l, s, "")
		}
	}
	return strings.NewReplacer(l...)
}

// disturb something within v: what is there goes, or becomes what nobody expects.
func disturb(p *tape, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(pickOf(p, []time.Time{{}, time.Unix(0, 0), start.Add(-time.Hour), start.Add(1000 * time.Hour), time.Unix(1<<40, 0)})))
			return
		}
		disturb(p, v.Field(p.pick(v.NumField())))
	case reflect.Pointer:
		if v.IsNil() || p.pick(3) == 0 {
			v.SetZero()
			return
		}
		disturb(p, v.Elem())
	case reflect.Slice:
		disturbSlice(p, v)
	case reflect.Array:
		disturb(p, v.Index(p.pick(v.Len())))
	default:
		disturbScalar(p, v)
	}
}

func disturbSlice(p *tape, v reflect.Value) {
	n := v.Len()
	switch {
	case n == 0 || p.pick(6) == 0:
		v.Set(reflect.MakeSlice(v.Type(), p.pick(4), 4))
	case p.pick(4) == 0:
		v.Set(v.Slice(0, p.pick(n)))
	default:
		disturb(p, v.Index(n-1-p.pick(n))) // the newest is shown the most
	}
}

func disturbScalar(p *tape, v reflect.Value) {
	switch {
	case !v.CanSet():
	case v.CanFloat():
		v.SetFloat(pickOf(p, []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, 1e-300, 1e18, 0.5, 100}))
	case v.CanInt():
		v.SetInt(pickOf(p, []int64{0, -1, 1, 2, 7, 1000, 1_000_000, 1_000_000_000_000, math.MaxInt64, math.MinInt64}))
	case v.CanUint():
		v.SetUint(pickOf(p, []uint64{0, 1, 2, 3, 99, 1_000_000_000, math.MaxUint64}))
	case v.Kind() == reflect.Bool:
		v.SetBool(p.pick(2) == 0)
	case v.Kind() == reflect.String:
		v.SetString(pickOf(p, odd))
	}
}

// FuzzScreen plays tapes that the fuzzer makes up.
func FuzzScreen(f *testing.F) {
	for i := range allScenes {
		f.Add([]byte{byte(i), 0, 6, 24, 0, 0, 79, 0, 23, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	}
	f.Fuzz(func(t *testing.T, script []byte) { play(t, script[:min(len(script), 600)]) })
}

// Whatever is pressed, in whatever window and state: no panic, nothing beyond the window.
func TestRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	rnd := rand.NewChaCha8([32]byte{7, 11})
	for range 60 {
		script := make([]byte, 200)
		rnd.Read(script)
		play(t, script)
	}
}
