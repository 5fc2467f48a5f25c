package tui

import "sagetop/tui/canvas"

// sevenBit replaces what is not ASCII in text that came from elsewhere: names, messages, logs. What the screen itself draws is
// chosen to be ASCII before. Each cell keeps its place.
func sevenBit(g *canvas.Grid) {
	for y := range g.H {
		row := g.Row(y)
		for x := range row {
			if r := row[x].Rune; r == 0 || r > '~' {
				row[x].Rune = ascii(r)
			}
		}
	}
}

// ascii is the nearest to r, and a question mark for what has none near: also for the second half of a wide character.
func ascii(r rune) rune {
	switch r {
	case '‘', '’', '‚', '′':
		return '\''
	case '“', '”', '„', '″', '«', '»':
		return '"'
	case '‐', '‑', '‒', '–', '—', '−', '─':
		return '-'
	case '│', '┃':
		return '|'
	case '…':
		return '~' // as text that was cut ends
	case '•', '·':
		return '*'
	case '×':
		return 'x'
	case '\u00a0':
		return ' '
	}
	return '?'
}
