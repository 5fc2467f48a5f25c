package tui

import (
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"sagetop/tui/canvas"
)

// The styles of the screen: what is drawn names what it is, the palette says how that looks.
const (
	plain canvas.Style = iota
	dim
	strong
	good
	warn
	bad
	title
	seriesOK
	seriesFailed
	seriesBoth // successes on failures
	seriesP50
	seriesP99
	seriesSLO
	reversed
	heatLeast // the first of the heat map's levels
	numStyles = heatLeast + heatLevels
)

const heatLevels = 12

// colours a terminal has.
type colours uint8

// How many there are.
const (
	noColours  colours = iota
	colours16          // its own, whatever they are set to
	colours256         // and those that are the same everywhere
)

// palette holds the escape sequence that selects each style, from a state in which none is selected.
type palette [numStyles]string

// series are the colours of ok and p50, failed, p99 and SLO.
type series4 [4]uint8

// Text has the terminal's own colours. The series come from the 256 where there are those, and stay apart for people who do not see
// red or green; the second set is for light backgrounds. The least level of a heat map still stands out from the background.
var (
	darkSeries    = series4{39, 203, 214, 255}
	lightSeries   = series4{25, 124, 166, 236}
	darkSeries16  = series4{12, 9, 11, 15}
	lightSeries16 = series4{4, 1, 5, 0}
	darkHeat      = [heatLevels]uint8{19, 20, 24, 60, 66, 102, 108, 143, 179, 221, 227, 230} // ever lighter
	lightHeat     = [heatLevels]uint8{186, 180, 144, 108, 103, 67, 61, 60, 24, 19, 18, 17}   // ever darker
)

func newPalette(have colours, dark bool) palette {
	p := palette{
		strong: ansi.Style{}.Bold().String(), title: ansi.Style{}.Bold().String(), bad: ansi.Style{}.Bold().String(),
		reversed: ansi.Style{}.Reverse(true).String(),
	}
	if have == noColours {
		return p
	}
	p[dim] = foreground(lipgloss.BrightBlack)
	p[good] = foreground(lipgloss.Green)
	p[warn] = foreground(lipgloss.Yellow)
	p[bad] = ansi.Style{}.Bold().ForegroundColor(lipgloss.Red).String()
	p[title] = foreground(lipgloss.Cyan)
	p.series(seriesOf(have, dark))
	p.heat(dark)
	return p
}

func seriesOf(have colours, dark bool) series4 {
	switch {
	case have == colours16 && dark:
		return darkSeries16
	case have == colours16:
		return lightSeries16
	case dark:
		return darkSeries
	}
	return lightSeries
}

func (p *palette) series(s series4) {
	ok, failed, p99, slo := numbered(s[0]), numbered(s[1]), numbered(s[2]), numbered(s[3])
	p[seriesOK], p[seriesFailed], p[seriesP50], p[seriesP99], p[seriesSLO] = foreground(ok), foreground(failed), foreground(ok), foreground(p99), foreground(slo)
	p[seriesBoth] = ansi.Style{}.ForegroundColor(ok).BackgroundColor(failed).String()
}

// heat map's levels; with fewer colours it has marks instead.
func (p *palette) heat(dark bool) {
	ramp := darkHeat
	if !dark {
		ramp = lightHeat
	}
	for i, c := range ramp {
		p[int(heatLeast)+i] = foreground(numbered(c))
	}
}

// numbered is the terminal's own colour below 16, else one of the 256.
func numbered(c uint8) ansi.Color {
	if c < 16 {
		return ansi.BasicColor(c)
	}
	return ansi.IndexedColor(c)
}

func foreground(c ansi.Color) string { return ansi.Style{}.ForegroundColor(c).String() }
