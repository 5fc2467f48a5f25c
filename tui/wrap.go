package tui

import (
	"slices"
	"strings"

	"sagetop/internal/shell"
	"sagetop/tui/canvas"
)

// wrap breaks text into lines of at most w cells, at blanks where there are some. The lines of a command that it ends in are still one to
// a shell.
func wrap(text string, w int) []string {
	var lines []string
	w = max(w, 1)
	line, width, tail := "", 0, ""
	for _, t := range tokens(text, w) {
		n := canvas.Width(t.text)
		if width > 0 && width+1+n+len(t.tail) > w {
			lines = append(lines, line+tail)
			line, width = "", 0
		}
		if width > 0 {
			line, width = line+" ", width+1
		}
		line, width, tail = line+t.text, width+n, t.tail
	}
	if width > 0 {
		lines = append(lines, line)
	}
	return lines
}

// token is a word, or as much of one as a line holds, and what ends a line that is broken behind it.
type token struct{ text, tail string }

// onward makes a shell read on in the next line.
const onward = ` \`

// tokens of text. The words of a command that it ends in stay as they are quoted, unless a line does not hold them: no shell takes their
// pieces as one again.
func tokens(text string, w int) (all []token) {
	prose, command := cutCommand(text)
	for word := range fields(prose, w) {
		all = append(all, token{text: word})
	}
	words := shell.Words(command)
	for i, word := range words {
		pieces := []string{word}
		if canvas.Width(word)+len(onward) > w || strings.ContainsAny(word, "\n\t") {
			pieces = slices.Collect(fields(word, w))
		}
		for _, p := range pieces {
			all = append(all, token{text: p})
		}
		if last := &all[len(all)-1]; i < len(words)-1 && canvas.Width(last.text)+len(onward) <= w {
			last.tail = onward
		}
	}
	return all
}

// cutCommand takes the command off that text is, or ends in behind a colon.
func cutCommand(text string) (prose, command string) {
	for _, program := range []string{"aws ", "sagetop "} {
		if strings.HasPrefix(text, program) {
			return "", text
		}
		if i := strings.LastIndex(text, ": "+program); i >= 0 && !goesOn(text[i+2:]) {
			return text[:i+2], text[i+2:]
		}
	}
	return text, ""
}

// goesOn says that a sentence does, behind the command in it.
func goesOn(text string) bool {
	return strings.Contains(text, ", ") || strings.Contains(text, "; ") || strings.Contains(text, " (")
}

// fields yields the words of text, those longer than w in pieces.
func fields(text string, w int) func(func(string) bool) {
	return func(yield func(string) bool) {
		start, width := 0, 0
		for i, r := range text {
			n := canvas.RuneWidth(r)
			blank := r == ' ' || r == '\n' || r == '\t'
			if blank || width+n > w {
				if i > start && !yield(text[start:i]) {
					return
				}
				start, width = i, 0
				if blank {
					start = i + 1
					continue
				}
			}
			width += n
		}
		if start < len(text) {
			yield(text[start:])
		}
	}
}
