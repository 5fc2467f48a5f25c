package sagemaker

import (
	"bytes"
	"time"
	"unsafe"

	"github.com/tidwall/gjson"

	"sagetop/runner"
)

// How tokens are counted in a streamed answer.
const (
	TokensOpenAI = "openai" // an event with text is one, unless the answer says how many they were
	TokensText   = "text"   // a part is one
)

// maxEvent is how many bytes of an event are kept: a longer one is not looked at.
const maxEvent = 64 << 10

// tokenReader counts the tokens of one streamed answer after the other. It belongs to one user; what it keeps is no longer than
// maxEvent, and is used again.
//
// Where tokens come as server-sent events, an event is a token if it has text: of choices[0] as OpenAI's API has it, what is said or
// thought, or a piece of a call of a tool, all of which usage counts; or token.text, as TGI's. Events may come in any parts, several in
// one or one in several. usage.completion_tokens, where an event has it, says how many tokens there were: an event may bring several.
type tokenReader struct {
	events bool
	line   []byte // the begin of one whose end has not come
	data   []byte // of the event so far
	lost   bool   // the event is too long

	counted, told int
}

func newTokenReader(kind string) *tokenReader { return &tokenReader{events: kind == TokensOpenAI} }

// begin with the next answer.
func (t *tokenReader) begin() {
	*t = tokenReader{events: t.events, line: t.line[:0], data: t.data[:0]}
}

// feed the next part of the answer, that came at so long after the send, and tell r of the tokens so far.
func (t *tokenReader) feed(part []byte, at time.Duration, r *runner.Result) {
	if !t.events {
		if len(part) > 0 {
			t.count(at, r)
		}
		return
	}
	for {
		line, rest, ended := bytes.Cut(part, []byte{'\n'})
		if !ended {
			t.keep(line)
			return
		}
		if len(t.line) > 0 {
			t.keep(line)
			line = t.line
		}
		t.read(bytes.TrimSuffix(line, []byte{'\r'}), at, r)
		t.line, part = t.line[:0], rest
	}
}

// keep what came of a line.
func (t *tokenReader) keep(piece []byte) {
	if room := maxEvent - len(t.line); len(piece) > room {
		piece, t.lost = piece[:room], true
	}
	t.line = append(t.line, piece...)
}

// read a line: an empty one ends an event. Comments, and fields that are no data, tell nothing.
func (t *tokenReader) read(line []byte, at time.Duration, r *runner.Result) {
	if len(line) == 0 {
		if !t.lost && len(t.data) > 0 {
			t.event(at, r)
		}
		t.data, t.lost = t.data[:0], false
		return
	}
	data, ok := bytes.CutPrefix(line, []byte("data:"))
	switch {
	case !ok:
	case len(t.data)+len(data) >= maxEvent:
		t.lost = true
	default:
		t.data = append(append(t.data, data...), '\n')
	}
}

// event is one whose data is JSON; of what is not, such as [DONE], there is nothing to find.
func (t *tokenReader) event(at time.Duration, r *runner.Result) {
	blot(t.data)
	// Results of gjson are parts of what it is given: nothing is copied, and none of them is kept.
	text := unsafe.String(unsafe.SliceData(t.data), len(t.data))
	if n := gjson.Get(text, "usage.completion_tokens").Int(); n > 0 {
		t.told = int(n)
	}
	if hasText(text) {
		t.count(at, r)
	} else if t.told > 0 {
		r.Tokens = t.told
	}
}

func hasText(event string) bool {
	choice := gjson.Get(event, "choices.0")
	if !choice.Exists() {
		return gjson.Get(event, "token.text").Str != ""
	}
	for _, path := range [...]string{"delta.content", "delta.reasoning_content", "delta.reasoning", "text"} {
		if gjson.Get(choice.Raw, path).Str != "" {
			return true
		}
	}
	return gjson.Get(choice.Raw, "delta.tool_calls.0").Exists()
}

// count a token.
func (t *tokenReader) count(at time.Duration, r *runner.Result) {
	if t.counted == 0 {
		r.FirstToken = at
	}
	t.counted++
	r.LastToken = at
	if r.Tokens = t.counted; t.told > 0 {
		r.Tokens = t.told
	}
}

// blot writes over what is escaped in JSON, which gjson would allocate memory to undo: all that is asked of a text is whether it is
// empty.
func blot(json []byte) {
	for {
		i := bytes.IndexByte(json, '\\')
		if i < 0 || i+1 >= len(json) {
			return
		}
		json[i], json[i+1] = '_', '_'
		json = json[i+2:]
	}
}
