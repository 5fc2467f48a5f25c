package simulator

import (
	"strings"

	"sagetop/internal/simulator/wire"
)

// logPattern is a filter pattern for unstructured events: ERROR "job queue" for all of these, ?WARN ?ERROR for one of them, -INFO for
// none. Terms are parts of the message, case matters. As at AWS, terms with ? are ignored beside others.
type logPattern struct{ all, any, none []string }

// readPattern refuses the kinds of patterns that are not simulated, rather than match something else.
func readPattern(text string) (*logPattern, *wire.Error) {
	p := &logPattern{}
	rest := strings.TrimSpace(text)
	if rest != "" && strings.ContainsRune("{[%", rune(rest[0])) {
		return nil, errLogParameter("Invalid filter pattern: patterns of JSON, of fields in [] and of %% regular expressions are not simulated.")
	}
	for rest != "" {
		into := &p.all
		switch rest[0] {
		case '?':
			into, rest = &p.any, rest[1:]
		case '-':
			into, rest = &p.none, rest[1:]
		}
		var term string
		var ok bool
		if term, rest, ok = cutTerm(rest); !ok {
			return nil, errLogParameter("Invalid filter pattern")
		}
		*into = append(*into, term)
		rest = strings.TrimSpace(rest)
	}
	return p, nil
}

// cutTerm takes a word, or a phrase in quotes, in which a backslash keeps the next character as it is.
func cutTerm(text string) (term, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, " \t\"")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], end > 0
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return b.String(), text[i+1:], b.Len() > 0
		case '\\':
			if i++; i == len(text) {
				return "", "", false
			}
		}
		b.WriteByte(text[i])
	}
	return "", "", false
}

func (p *logPattern) matches(message string) bool {
	for _, term := range p.none {
		if strings.Contains(message, term) {
			return false
		}
	}
	for _, term := range p.all {
		if !strings.Contains(message, term) {
			return false
		}
	}
	if len(p.any) == 0 || len(p.all) > 0 || len(p.none) > 0 {
		return true
	}
	for _, term := range p.any {
		if strings.Contains(message, term) {
			return true
		}
	}
	return false
}
