package tui

import (
	"unicode/utf8"

	"sagetop/tui/canvas"
)

const resetStyle = "\x1b[m"

// compose appends g as lines of text with the escape sequences of p between its styles. Blanks at the end of a line are left out.
func compose(buf []byte, g *canvas.Grid, p *palette) []byte {
	for y := range g.H {
		if y > 0 {
			buf = append(buf, '\n')
		}
		buf = composeRow(buf, g.Row(y), p)
	}
	return buf
}

func composeRow(buf []byte, row []canvas.Cell, p *palette) []byte {
	end := len(row)
	for end > 0 && row[end-1].Rune == ' ' && row[end-1].Style != reversed {
		end--
	}
	on := ""
	for _, c := range row[:end] {
		if c.Rune == 0 {
			continue
		}
		if want := p[c.Style]; want != on && c.Rune != ' ' || c.Style == reversed && want != on || on == p[reversed] && want != on {
			if on != "" {
				buf = append(buf, resetStyle...)
			}
			buf = append(buf, want...)
			on = want
		}
		buf = utf8.AppendRune(buf, c.Rune)
	}
	if on != "" {
		buf = append(buf, resetStyle...)
	}
	return buf
}
