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

// palette holds the escape sequence that selects each style, from a state in which none is selected.
type palette [numStyles]string

// Text has the terminal's own colours. The series come from the 256 colours and stay apart for people who do not see red or green;
// the second set is for light backgrounds.
var (
	darkSeries  = [4]uint8{39, 203, 214, 255} // ok and p50, failed, p99, SLO
	lightSeries = [4]uint8{25, 160, 130, 236}
	heatRamp    = [heatLevels]uint8{17, 18, 24, 60, 66, 102, 108, 143, 179, 221, 227, 230} // ever lighter; on light backgrounds turned around
)

func newPalette(colour, dark bool) palette {
	p := palette{
		strong: ansi.Style{}.Bold().String(), title: ansi.Style{}.Bold().String(), bad: ansi.Style{}.Bold().String(),
		reversed: ansi.Style{}.Reverse(true).String(),
	}
	if !colour {
		return p
	}
	series := darkSeries
	if !dark {
		series = lightSeries
	}
	blue, red, orange, white := series[0], series[1], series[2], series[3]
	p[dim] = ansi.Style{}.ForegroundColor(lipgloss.BrightBlack).String()
	p[good] = ansi.Style{}.ForegroundColor(lipgloss.Green).String()
	p[warn] = ansi.Style{}.ForegroundColor(lipgloss.Yellow).String()
	p[bad] = ansi.Style{}.Bold().ForegroundColor(lipgloss.Red).String()
	p[title] = ansi.Style{}.ForegroundColor(lipgloss.Cyan).String()
	p[seriesOK] = indexed(blue)
	p[seriesFailed] = indexed(red)
	p[seriesBoth] = ansi.Style{}.ForegroundColor(lipgloss.ANSIColor(blue)).BackgroundColor(lipgloss.ANSIColor(red)).String()
	p[seriesP50] = indexed(blue)
	p[seriesP99] = indexed(orange)
	p[seriesSLO] = indexed(white)
	for i, c := range heatRamp {
		level := i
		if !dark {
			level = heatLevels - 1 - i
		}
		p[int(heatLeast)+level] = indexed(c)
	}
	return p
}

func indexed(c uint8) string {
	return ansi.Style{}.ForegroundColor(lipgloss.ANSIColor(c)).String()
}
