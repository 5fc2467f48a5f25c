// Package shell writes command lines that a person can paste: words are quoted where a shell would not take them as they are.
package shell

import "strings"

// Line is the words as one command line.
func Line(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Word(w)
	}
	return strings.Join(quoted, " ")
}

// Word is w, in quotes only where it needs them.
func Word(w string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@%+,", r)
	}
	if w != "" && strings.TrimFunc(w, safe) == "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// Words of a command line, as they are quoted in it.
func Words(line string) (words []string) {
	begin, quoted := 0, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '\\':
			i++
		case c == ' ':
			words, begin = append(words, line[begin:i]), i+1
		}
	}
	if begin < len(line) {
		words = append(words, line[begin:])
	}
	return words
}
