package tui

import (
	"image/color"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/lucasb-eyer/go-colorful"
)

// background that a palette is for.
type background struct {
	name string
	dark bool
	is   colorful.Color
}

var backgrounds = []background{
	{"black", true, colorful.Color{}},
	{"white", false, colorful.Color{R: 1, G: 1, B: 1}},
}

func indexed(c uint8) colorful.Color {
	made, _ := colorful.MakeColor(ansi.IndexedColor(c))
	return made
}

// luminance as WCAG 2 defines it.
func luminance(c colorful.Color) float64 {
	r, g, b := c.LinearRgb()
	return .2126*r + .7152*g + .0722*b
}

func contrast(a, b colorful.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

// WCAG 2 wants 3:1 of graphics.
func TestContrastOfSeries(t *testing.T) {
	for _, on := range backgrounds {
		for _, c := range seriesOf(colours256, on.dark) {
			if got := contrast(indexed(c), on.is); got < 3 {
				t.Errorf("colour %d on %s: %.2f:1", c, on.name, got)
			}
		}
	}
}

// What people see who lack one kind of cone, in linear RGB: Machado, Oliveira and Fernandes, 2009, severity 1.
var visions = map[string][3][3]float64{
	"all colours": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protan":      {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deutan":      {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
}

func seenBy(by [3][3]float64, c colorful.Color) colorful.Color {
	r, g, b := c.LinearRgb()
	row := func(i int) float64 { return by[i][0]*r + by[i][1]*g + by[i][2]*b }
	return colorful.LinearRgb(row(0), row(1), row(2)).Clamped()
}

// One of CIEDE2000 is a difference that is just noticed; from ten on it is seen at a glance.
func TestSeriesStayApart(t *testing.T) {
	for name, by := range visions {
		for _, on := range backgrounds {
			series := seriesOf(colours256, on.dark)
			for i, a := range series {
				for _, b := range series[:i] {
					if d := 100 * seenBy(by, indexed(a)).DistanceCIEDE2000(seenBy(by, indexed(b))); d < 10 {
						t.Errorf("%s: colours %d and %d are %.1f apart", name, b, a, d)
					}
				}
			}
		}
	}
}

// Every level of the heat map stands out more than the one before, also without some colours, and the least of them from the
// background.
func TestHeatRamps(t *testing.T) {
	for _, on := range backgrounds {
		ramp := darkHeat
		if !on.dark {
			ramp = lightHeat
		}
		before := 1.4
		for _, c := range ramp {
			got := contrast(indexed(c), on.is)
			if got <= before {
				t.Errorf("colour %d on %s: %.2f:1 after %.2f:1", c, on.name, got, before)
			}
			before = got
		}
	}
}

// No two series of a terminal with 16 colours look the same, and none looks like the background.
func TestSixteenColours(t *testing.T) {
	for _, on := range backgrounds {
		ground := map[bool][2]uint8{true: {0, 8}, false: {7, 15}}[on.dark]
		count := map[uint8]int{ground[0]: 1, ground[1]: 1}
		for _, c := range seriesOf(colours16, on.dark) {
			count[c]++
			if c > 15 || count[c] > 1 {
				t.Errorf("colour %d on %s", c, on.name)
			}
		}
	}
}

// What marks look like: the colour, or the attribute, of the cells that show something.
func TestCellsOfMarks(t *testing.T) {
	const bold, reverse = "1", "7"
	many, few := tea.ColorProfileMsg{Profile: colorprofile.ANSI256}, tea.ColorProfileMsg{Profile: colorprofile.ANSI}
	none, light := tea.ColorProfileMsg{Profile: colorprofile.ASCII}, tea.BackgroundColorMsg{Color: color.White}
	for _, tt := range []struct {
		name  string
		scene func() *scene
		keys  []string
		mark  string // the first place where it stands
		want  map[tea.Msg]string
	}{
		{"a saturated endpoint", saturated, nil, "!! cpu-saturated", map[tea.Msg]string{many: "1;31", few: "1;31", none: bold, light: "1;31"}},
		{"a failure", saturated, nil, "!failed", map[tea.Msg]string{many: "1;31", none: bold}},
		{"all is well", well, nil, "OK right-sized", map[tea.Msg]string{many: "32", few: "32", none: "", light: "32"}},
		{"the phase", well, nil, "RUN", map[tea.Msg]string{many: "32", none: ""}},
		{"a frozen screen", well, []string{"z"}, "RUN FROZEN", map[tea.Msg]string{many: reverse, none: reverse}},
		{"the name", well, nil, "distilbert/AllTraffic", map[tea.Msg]string{many: bold, none: bold}},
		{"failures in the legend", well, nil, "▒failed", map[tea.Msg]string{many: "38;5;203", few: "91", none: "", light: "38;5;124"}},
		{"p99 in the legend", well, nil, "⠤p99", map[tea.Msg]string{many: "38;5;214", few: "93", none: "", light: "38;5;166"}},
		{"p50 in the legend", well, nil, "⠄p50", map[tea.Msg]string{many: "38;5;39", few: "94", none: "", light: "38;5;25"}},
		{"the SLO", well, nil, "╌╌╌╌╌", map[tea.Msg]string{many: "38;5;255", few: "97", none: "", light: "38;5;236"}},
		{"a title", well, nil, "Client", map[tea.Msg]string{many: "36", none: bold}},
		{"credentials that run out", saturated, nil, "!creds", map[tea.Msg]string{many: "1;31", none: bold}},
		{"a simulated endpoint", simulated, nil, "SIMULATED", map[tea.Msg]string{many: "33", none: ""}},
	} {
		for msg, want := range tt.want {
			m, _ := still(tt.scene(), 120, 36, Options{}, tt.keys...)
			m.Update(msg)
			if got := styleAt(t, m, tt.mark); got != want {
				t.Errorf("%s (%v): %q, want %q", tt.name, msg, got, want)
			}
		}
	}
}

// styleAt is the style of the cell where text begins.
func styleAt(t *testing.T, m *model, text string) string {
	t.Helper()
	picture(t, m)
	want := []rune(text)
	for y := range m.grid.H {
		for x, c := range m.grid.Row(y) {
			for i, r := range want {
				if m.grid.At(x+i, y).Rune != r {
					break
				}
				if i == len(want)-1 {
					return sgr(m.palette[c.Style])
				}
			}
		}
	}
	t.Fatalf("no %q in\n%s", text, m.grid.String())
	return ""
}

// sgr are the parameters of the sequence of a style.
func sgr(sequence string) string {
	if sequence == "" {
		return ""
	}
	return sequence[len("\x1b[") : len(sequence)-len("m")]
}

// Nothing is said by colour alone: without any the same characters stand in the same places, but for the heat map, which has marks.
func TestNoColourSameText(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	for _, make := range []func() *scene{watching, starting, well, saturated, paused, crowded, denied, scaling, settling, finished} {
		for _, keys := range [][]string{nil, {"v"}, {"v", "v"}, {"?"}, {"e"}, {"d"}, {"u", "x"}} {
			coloured, _ := still(make(), 120, 36, Options{}, keys...)
			without, _ := still(make(), 120, 36, Options{NoColor: true}, keys...)
			if a, b := picture(t, coloured), picture(t, without); a != b {
				t.Errorf("with colour\n%s\nwithout\n%s", a, b)
			}
		}
	}
}
