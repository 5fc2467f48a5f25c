package expect

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// ErrExpectation is wrapped by every error about an expectation that cannot be read.
var ErrExpectation = errors.New("bad expectation")

type op uint8

const (
	equal op = iota
	unequal
	less
	atMost
	more
	atLeast
	contains
	matches
	exists
	absent
)

var opNames = [...]string{"==", "!=", "<", "<=", ">", ">=", "contains", "matches", "exists", "absent"}

// compares says what o makes of the sign of a comparison.
func (o op) compares(sign int) bool {
	switch o {
	case equal:
		return sign == 0
	case unequal:
		return sign != 0
	case less:
		return sign < 0
	case atMost:
		return sign <= 0
	case more:
		return sign > 0
	case atLeast:
		return sign >= 0
	}
	return false
}

// subjects are what terms are about, and the comparisons that each may have.
var subjects = [...]struct {
	name  string
	ops   []op
	needs need
}{
	ofStatus: {"status", []op{equal, unequal, less, atMost, more, atLeast}, 0},
	ofBytes:  {"bytes", []op{equal, unequal, less, atMost, more, atLeast}, 0},
	ofBody:   {"body", []op{contains, matches, equal, unequal}, needsBody},
	ofJSON:   {"json", []op{exists, absent, equal, unequal, less, atMost, more, atLeast, contains, matches}, needsBody | needsJSON},
}

// Parse reads an expectation:
//
//	expectation = term { "&&" term } { "||" term { "&&" term } }
//	term        = ( "status" | "bytes" ) op number
//	            | "body" ( "==" | "!=" | "contains" | "matches" ) value
//	            | "json" path ( "exists" | "absent" | ( op | "contains" | "matches" ) value )
//	op          = "==" | "!=" | "<" | "<=" | ">" | ">="
//	path        = "." | { "." key | "[" number "]" }
//	value, key  = a word, or a text in double quotes as Go and JSON write it
//
// "matches" has a regular expression of Go's. A value that is a number and not in quotes is compared with JSON numbers; true, false
// and null are themselves; everything else is compared with strings. Of an array, "contains" asks for an element.
func Parse(text string) (*Expectation, error) {
	p := &parser{text: text}
	e := &Expectation{text: strings.TrimSpace(text)}
	terms := []term{}
	for {
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
		e.needs |= subjects[t.subject].needs
		switch joint := p.peek(); joint {
		case "&&":
			p.next()
		case "||":
			p.next()
			e.alternatives, terms = append(e.alternatives, terms), nil
		case "":
			e.alternatives = append(e.alternatives, terms)
			return e, nil
		default:
			return nil, p.errorf("expected && or || or the end, not %s; a text of several words stands in double quotes", joint)
		}
	}
}

// parser of one expectation.
type parser struct {
	text string
	at   int // where the next token is looked for
}

func (p *parser) term() (t term, err error) {
	p.space()
	begin := p.at
	if t.subject, err = p.subject(); err != nil {
		return t, err
	}
	if t.subject == ofJSON {
		if t.path, err = p.path(); err != nil {
			return t, err
		}
	}
	if t.op, err = p.op(t.subject); err != nil {
		return t, err
	}
	if t.op != exists && t.op != absent {
		if err := p.value(&t); err != nil {
			return t, err
		}
	}
	t.text = p.text[begin:p.at]
	return t, nil
}

func (p *parser) subject() (subject, error) {
	word := p.peek()
	for s, known := range subjects {
		if known.name == word {
			p.next()
			return subject(s), nil
		}
	}
	return 0, p.errorf("expected status, bytes, body or json, not %s", named(word))
}

func (p *parser) op(s subject) (op, error) {
	word := p.peek()
	var may []string
	for _, o := range subjects[s].ops {
		if opNames[o] == word {
			p.next()
			return o, nil
		}
		may = append(may, opNames[o])
	}
	return 0, p.errorf("expected one of %s, not %s", strings.Join(may, " "), named(word))
}

// value reads what t compares with.
func (p *parser) value(t *term) (err error) {
	word := p.peek()
	t.quoted = strings.HasPrefix(word, `"`)
	t.value = word
	switch {
	case word == "" || word == "&&" || word == "||":
		return p.errorf("expected a value after %s, not %s", opNames[t.op], named(word))
	case t.quoted:
		if t.value, err = strconv.Unquote(word); err != nil {
			return p.errorf("expected the closing quote of %s", word)
		}
	}
	number, notOne := strconv.ParseFloat(word, 64)
	t.number, t.numeric = number, notOne == nil && strings.ContainsAny(word, "0123456789") // a word such as nan or inf is none here
	if !t.numeric && (t.subject == ofStatus || t.subject == ofBytes) {
		return p.errorf("expected a number, not %s", word)
	}
	if t.op == matches {
		if t.pattern, err = regexp.Compile(t.value); err != nil {
			return p.errorf("%s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	}
	p.next()
	return nil
}

// path reads where in the JSON a value is, as gjson writes it.
func (p *parser) path() (string, error) {
	p.space()
	if p.at == len(p.text) || p.text[p.at] != '.' && p.text[p.at] != '[' {
		return "", p.errorf("expected a path such as .label or [0].score after json, not %s", named(p.peek()))
	}
	var parts []string
	for p.at < len(p.text) && (p.text[p.at] == '.' || p.text[p.at] == '[') {
		part, err := p.step(len(parts) == 0)
		if err != nil {
			return "", err
		}
		if part != "" {
			parts = append(parts, gjson.Escape(part))
		}
	}
	if len(parts) == 0 {
		return "@this", nil
	}
	return strings.Join(parts, "."), nil
}

// step is one key or index of a path.
func (p *parser) step(first bool) (string, error) {
	index := p.text[p.at] == '['
	p.at++
	if !index {
		key := p.key()
		return key, p.afterKey(key, first)
	}
	number, _, closed := strings.Cut(p.text[p.at:], "]")
	if _, err := strconv.ParseUint(number, 10, 31); err != nil || !closed {
		return "", p.errorf("expected the number of an element, from 0, and ]")
	}
	p.at += len(number) + 1
	return number, nil
}

// key is a word that ends where the path goes on, or a quoted text.
func (p *parser) key() string {
	rest := p.text[p.at:]
	if quoted, err := strconv.QuotedPrefix(rest); err == nil && rest[0] == '"' {
		p.at += len(quoted)
		key, _ := strconv.Unquote(quoted) // QuotedPrefix has checked it
		return key
	}
	n := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`.[]"=!<>&|`, r) })
	if n < 0 {
		n = len(rest)
	}
	p.at += n
	return rest[:n]
}

// afterKey refuses an empty key, which gjson cannot look for. A dot without one may stand before an index, or for all of the answer.
func (p *parser) afterKey(key string, first bool) error {
	rest, dot := p.text[p.at:], p.text[p.at-1] == '.'
	switch {
	case key != "", dot && strings.HasPrefix(rest, "["), dot && first && !strings.HasPrefix(rest, ".") && !strings.HasPrefix(rest, `"`):
		return nil
	}
	return p.errorf("expected a key after the dot")
}

func (p *parser) space() {
	p.at += len(p.text[p.at:]) - len(strings.TrimLeftFunc(p.text[p.at:], unicode.IsSpace))
}

// peek is the next token; empty at the end.
func (p *parser) peek() string {
	p.space()
	return token(p.text[p.at:])
}

func (p *parser) next() { p.at += len(p.peek()) }

// token that text begins with: a quoted text, an operator, or a word up to a space or an operator.
func token(text string) string {
	if strings.HasPrefix(text, `"`) {
		if quoted, err := strconv.QuotedPrefix(text); err == nil {
			return quoted
		}
		return text
	}
	for _, sign := range []string{"&&", "||", "==", "!=", "<=", ">=", "<", ">"} {
		if strings.HasPrefix(text, sign) {
			return sign
		}
	}
	for i, r := range text {
		if unicode.IsSpace(r) || i > 0 && (strings.ContainsRune("=!<>", r) || strings.HasPrefix(text[i:], "&&") || strings.HasPrefix(text[i:], "||")) {
			return text[:i]
		}
	}
	return text
}

func named(word string) string {
	if word == "" {
		return "the end"
	}
	return word
}

// mostShown is how much of an expectation an error shows.
const mostShown = 100

// errorf points to where the parser is.
func (p *parser) errorf(format string, args ...any) error {
	text, at := strings.Map(oneLine, p.text), utf8.RuneCountInString(p.text[:p.at])
	if runes := []rune(text); len(runes) > mostShown {
		from := max(0, min(at-mostShown/2, len(runes)-mostShown))
		text, at = string(runes[from:from+mostShown]), at-from
	}
	why := []rune(strings.Map(oneLine, fmt.Sprintf(format, args...)))
	why = why[:min(len(why), 2*mostShown)]
	return fmt.Errorf("%w: %s\n  %s\n  %s^", ErrExpectation, string(why), text, strings.Repeat(" ", at))
}

// oneLine keeps what can be printed in one column.
func oneLine(r rune) rune {
	if !unicode.IsPrint(r) {
		return ' '
	}
	return r
}
