package runner

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxFailures   = 64  // distinct ones of a second, before messages are folded together
	maxRunErrors  = 256 // distinct ones of a longer window
	maxMessage    = 512 // bytes of a message that are kept
	foldedMessage = "(further messages)"
)

// errorTable counts equal failures. It holds at most 2 x limit + NumClasses of them: beyond limit those of a class and code are
// counted as one, beyond twice that those of a class. So nothing is left uncounted, whatever an endpoint answers.
//
// Its list keeps the order of first sight, so that merging the same tables in the same order gives the same one.
type errorTable struct {
	limit int
	list  []ErrorCount
	index map[Failure]int
}

// add counts the failures that n counted. It allocates only when they are new to it.
func (t *errorTable) add(n *ErrorCount) {
	i, known := t.index[n.Failure]
	if !known {
		i = t.open(n.Failure, n.First)
	}
	e := &t.list[i]
	e.Count += n.Count
	e.First, e.Last = min(e.First, n.First), max(e.Last, n.Last)
	e.Sample = earlier(e.Sample, n.Sample)
}

// open finds or makes the entry that counts f, which has none of its own.
func (t *errorTable) open(f Failure, first int64) int {
	if t.index == nil {
		t.index = make(map[Failure]int)
	}
	for _, room := range []int{t.limit, 2 * t.limit, 2*t.limit + int(NumClasses)} {
		if i, known := t.index[f]; known {
			return i
		}
		if len(t.list) < room {
			break
		}
		f = folded(f)
	}
	t.index[f] = len(t.list)
	t.list = append(t.list, ErrorCount{Failure: f, First: first, Last: first})
	return t.index[f]
}

// folded is the next coarser Failure: without what was special about f, then without its code.
func folded(f Failure) Failure {
	coarse := Failure{Class: f.Class, Code: f.Code, Message: foldedMessage}
	if coarse == f {
		coarse.Code = ""
	}
	return coarse
}

func (t *errorTable) merge(o []ErrorCount) {
	for i := range o {
		t.add(&o[i])
	}
}

// canonical is f with the strings that the table already keeps, so that a failure's message is not kept once for each second.
func (t *errorTable) canonical(f Failure) Failure {
	if i, known := t.index[f]; known {
		return t.list[i].Failure
	}
	return f
}

// within is the list, not a copy, of failures that all were seen in one second.
func (t *errorTable) within(second int64) []ErrorCount {
	if len(t.list) == 0 {
		return nil
	}
	for i := range t.list {
		t.list[i].First, t.list[i].Last = second, second
	}
	return t.list
}

// reset empties t and keeps its memory.
func (t *errorTable) reset() {
	clear(t.list)
	t.list = t.list[:0]
	clear(t.index)
}

// sorted is a copy, most frequent first; nil when there are none.
func (t *errorTable) sorted() []ErrorCount {
	if len(t.list) == 0 {
		return nil
	}
	list := slices.Clone(t.list)
	slices.SortFunc(list, func(a, b ErrorCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), compareFailures(a.Failure, b.Failure))
	})
	return list
}

func compareFailures(a, b Failure) int {
	return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.HTTPStatus, b.HTTPStatus),
		cmp.Compare(a.OriginalStatus, b.OriginalStatus), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
}

// clean makes f fit to be written: JSON would replace bytes that are no UTF-8, and a replay would then show another failure than
// the live run did. What is too long is cut.
func (f Failure) clean() Failure {
	f.Code, f.Message = cleanText(f.Code, maxMessage), cleanText(f.Message, maxMessage)
	return f
}

func cleanText(s string, most int) string {
	if len(s) > most {
		s = s[:most]
		for i := 1; i < utf8.UTFMax && !utf8.ValidString(s); i++ {
			s = s[:len(s)-1] // the cut may have split a letter
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
