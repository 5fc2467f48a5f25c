// Package expect judges answers: a fast answer that is wrong is no success.
//
// An expectation is read once, and holds or does not hold of each answer. It knows nothing of how the answer came.
package expect

import (
	"regexp"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"
)

// Answer is what is judged. Body may be the begin of a longer one of Bytes bytes.
type Answer struct {
	Status int
	Bytes  int64
	Body   []byte
}

// Expectation holds if all terms of one of its alternatives do.
type Expectation struct {
	text         string
	alternatives [][]term
	needs        need
}

// term is one comparison.
type term struct {
	text    string // as it was written
	subject subject
	path    string // of a value in the JSON, for gjson
	op      op
	number  float64
	value   string
	numeric bool // value is number
	quoted  bool // value was quoted, and so is a string
	pattern *regexp.Regexp
}

type subject uint8

const (
	ofStatus subject = iota
	ofBytes
	ofBody
	ofJSON
)

// need of an answer, beside its status and length.
type need uint8

const (
	needsBody need = 1 << iota
	needsJSON
)

// TooLong stands for the term where an answer was not there whole.
const TooLong = "(the answer is too long to be looked into)"

// NeedsBody says whether anything but the status and the length is looked at.
func (e *Expectation) NeedsBody() bool { return e.needs != 0 }

func (e *Expectation) String() string { return e.text }

// Unmet is what does not hold of a: the term, or all of e where there are alternatives; empty when e holds. It allocates nothing, unless
// a JSON string that is compared has escapes.
func (e *Expectation) Unmet(a *Answer) string {
	if e.needs != 0 && int64(len(a.Body)) != a.Bytes {
		return TooLong
	}
	// Results of gjson are parts of what it is given: nothing is copied. a.Body stays as it is meanwhile, and none of them is kept.
	body := unsafe.String(unsafe.SliceData(a.Body), len(a.Body))
	valid := e.needs&needsJSON != 0 && gjson.Valid(body)
	for _, terms := range e.alternatives {
		failed := firstUnmet(terms, a, body, valid)
		switch {
		case failed == nil:
			return ""
		case len(e.alternatives) == 1:
			return failed.text
		}
	}
	return e.text
}

func firstUnmet(terms []term, a *Answer, body string, valid bool) *term {
	for i := range terms {
		if !terms[i].holds(a, body, valid) {
			return &terms[i]
		}
	}
	return nil
}

func (t *term) holds(a *Answer, body string, valid bool) bool {
	switch t.subject {
	case ofStatus:
		return t.op.compares(compare(float64(a.Status), t.number))
	case ofBytes:
		return t.op.compares(compare(float64(a.Bytes), t.number))
	case ofBody:
		return t.holdsOf(body)
	}
	return valid && t.holdsIn(gjson.Get(body, t.path))
}

// holdsOf a text.
func (t *term) holdsOf(text string) bool {
	switch t.op {
	case contains:
		return strings.Contains(text, t.value)
	case matches:
		return t.pattern.MatchString(text)
	}
	return t.op.compares(strings.Compare(text, t.value))
}

// holdsIn a value of the JSON. One of another kind is neither equal, nor less, nor more, only unequal; of what is not there not even that
// holds.
func (t *term) holdsIn(v gjson.Result) bool {
	switch {
	case t.op == exists || t.op == absent:
		return v.Exists() == (t.op == exists)
	case !v.Exists():
		return false
	case v.IsArray() && t.op == contains:
		return t.isIn(v)
	case v.Type == gjson.String && !t.needsNumber():
		return t.holdsOf(v.Str)
	case v.Type == gjson.Number && t.numeric && !t.quoted:
		return t.op.compares(compare(v.Num, t.number))
	case v.Type != gjson.String && !t.quoted && (t.op == equal || t.op == unequal):
		return t.op.compares(strings.Compare(v.Raw, t.value))
	}
	return t.op == unequal
}

// needsNumber says that only a number will do: a string is equal to what looks like one, and compares as a text otherwise.
func (t *term) needsNumber() bool {
	return t.numeric && !t.quoted && t.op != contains && t.op != matches
}

// isIn says whether an array has a value that t is equal to.
func (t *term) isIn(array gjson.Result) (found bool) {
	one := *t
	one.op = equal
	array.ForEach(func(_, v gjson.Result) bool {
		found = one.holdsIn(v)
		return !found
	})
	return found
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
