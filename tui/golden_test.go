package tui

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"sagetop/internal/session"
)

var update = flag.Bool("update", false, "write the pictures under testdata anew: read each one afterwards")

// fake is a run that stands still, or moves when its state is changed.
type fake struct {
	st  session.State
	did []session.Command
}

func (f *fake) State(st *session.State) { *st = f.st }

func (f *fake) Do(c session.Command) error {
	f.did = append(f.did, c)
	return nil
}

// press makes a key press of its name.
func press(name string) tea.KeyPressMsg {
	codes := map[string]tea.Key{
		"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "space": {Code: tea.KeySpace, Text: " "},
		"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown},
		"home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd}, "backspace": {Code: tea.KeyBackspace},
		"left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
		"shift+left": {Code: tea.KeyLeft, Mod: tea.ModShift}, "shift+right": {Code: tea.KeyRight, Mod: tea.ModShift},
		"ctrl+c": {Code: 'c', Mod: tea.ModCtrl}, "ctrl+z": {Code: 'z', Mod: tea.ModCtrl},
	}
	if k, ok := codes[name]; ok {
		return tea.KeyPressMsg(k)
	}
	r := []rune(name)[0]
	return tea.KeyPressMsg{Code: r, Text: name}
}

// still is a model of a scene at a window's size, after some keys.
func still(s *scene, w, h int, o Options, keys ...string) (*model, *fake) {
	c := &fake{st: s.State}
	if o.Now == nil {
		o.Now = func() time.Time { return s.Now }
	}
	m := newModel(c, o)
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	for _, k := range keys {
		m.Update(press(k))
	}
	return m, c
}

// picture draws what View returned into cells, as the terminal would show it.
func picture(t testing.TB, m *model) string {
	t.Helper()
	content := m.View().Content
	lines := strings.Split(content, "\n")
	if len(lines) > m.height {
		t.Fatalf("%d lines in a window of %d", len(lines), m.height)
	}
	for _, line := range lines {
		if w := ansi.StringWidth(line); w > m.width {
			t.Fatalf("a line of %d cells in a window of %d: %q", w, m.width, ansi.Strip(line))
		}
	}
	buf := uv.NewScreenBuffer(m.width, m.height)
	uv.NewStyledString(content).Draw(buf, buf.Bounds())
	var b strings.Builder
	for y := range m.height {
		var row strings.Builder
		for x := range m.width {
			if c := buf.CellAt(x, y); c != nil {
				row.WriteString(c.Content)
			}
		}
		b.WriteString(strings.TrimRight(row.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs: got\n%s\nwant\n%s", path, got, want)
	}
}

// window is a size to draw at.
type window struct {
	name string
	w, h int
}

func TestPictures(t *testing.T) {
	first := window{"80x24", 80, 24}
	sizes := []window{first, {"120x36", 120, 36}, {"200x50", 200, 50}, {"60x18", 60, 18}, {"40x8", 40, 8}}
	scenes := []struct {
		name    string
		make    func() *scene
		keys    []string
		windows []window
	}{
		{"watching", watching, nil, sizes},
		{"starting", starting, nil, sizes},
		{"well", well, nil, sizes},
		{"saturated", saturated, nil, sizes},
		{"paused", paused, nil, sizes},
		{"crowded", crowded, nil, sizes},
		{"denied", denied, nil, sizes},
		{"settling", settling, nil, sizes},
		{"finished", finished, nil, sizes},
		{"help", well, []string{"?"}, sizes},
		{"prompt", well, []string{"u", "1", "2", "3", "4", "5"}, sizes},
		{"simulated", simulated, []string{"+"}, []window{first}},
		{"errors", saturated, []string{"e"}, []window{first}},
		{"describe", well, []string{"d"}, []window{first}},
		{"command", well, []string{"c"}, []window{first}},
		{"line", well, []string{":"}, []window{first}},
		{"quitting", well, []string{"q"}, []window{first}},
		{"describe_open", well, []string{"d", "pgdown"}, []window{first}},
		{"describe_closed", saturated, []string{"d", "pgdown"}, []window{first}},
		{"rate", crowded, []string{"r"}, []window{first}},
		{"ramping", ramping, nil, []window{first}},
		{"instances", well, []string{"i", "1", "2", "3", "4"}, []window{first, {"120x36", 120, 36}}},
		{"scale", well, []string{"i", "5", "enter"}, sizes},
		{"scale_simulated", simulated, []string{"i", "5", "enter"}, []window{first}},
		{"scale_bounds", scaled, []string{"i", "9", "enter"}, []window{first}},
		{"scaling", scaling, nil, []window{first, {"120x36", 120, 36}}},
		{"awaiting", awaiting, nil, []window{first}},
		{"restoring", restoring, nil, []window{first}},
		{"percentiles", saturated, []string{"v", "v"}, []window{first}},
		{"sized", sized, nil, []window{first, {"120x36", 120, 36}}},
	}
	for _, s := range scenes {
		for _, size := range s.windows {
			t.Run(s.name+"_"+size.name, func(t *testing.T) {
				m, _ := still(s.make(), size.w, size.h, Options{}, s.keys...)
				golden(t, s.name+"_"+size.name, picture(t, m))
			})
		}
	}
}

// ASCII mode uses nothing else, and no colour means no colour.
func TestASCII(t *testing.T) {
	m, _ := still(saturated(), 80, 24, Options{ASCII: true, NoColor: true})
	got := picture(t, m)
	golden(t, "saturated_ascii", got)
	for _, r := range got {
		if r > 0x7e {
			t.Errorf("%q is not ASCII", r)
		}
	}
	if strings.Contains(m.View().Content, "\x1b[3") || strings.Contains(m.View().Content, "\x1b[9") {
		t.Error("there is colour without colour")
	}
}
