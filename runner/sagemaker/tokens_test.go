package sagemaker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

// fed is what r holds after the parts, the first of which came 10 ms after the send, each other 10 ms after the one before.
func fed(t *tokenReader, parts ...string) (r runner.Result) {
	t.begin()
	for i, p := range parts {
		t.feed([]byte(p), time.Duration(i+1)*10*time.Millisecond, &r)
	}
	return r
}

func chat(content string) string {
	return fmt.Sprintf(`data: {"id":"c-1","choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}],"usage":null}`+"\n\n", content)
}

func delta(members string) string {
	return `data: {"choices":[{"index":0,"delta":{` + members + `}}]}` + "\n\n"
}

const (
	role    = `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}` + "\n\n"
	stop    = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	usageOf = `data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":%d,"total_tokens":12}}` + "\n\n"
	done    = "data: [DONE]\n\n"
)

func TestTokensOfEvents(t *testing.T) {
	const completion = `data: {"choices":[{"index":0,"text":" happy"}]}` + "\n\n"
	for name, c := range map[string]struct {
		parts       []string
		tokens      int
		first, last int // the part, from 1
	}{
		"a chat":                 {[]string{role, chat("I"), chat(" am"), stop, done}, 2, 2, 3},
		"a completion":           {[]string{completion, completion, done}, 2, 1, 2},
		"thoughts":               {[]string{role, delta(`"reasoning_content":"Hm"`), delta(`"reasoning":"so","content":null`), chat("I"), stop}, 3, 2, 4},
		"a call of a tool":       {[]string{role, delta(`"tool_calls":[{"index":0,"function":{"name":"f","arguments":""}}]`), delta(`"tool_calls":[{"index":0,"function":{"arguments":"{"}}]`), delta(`"tool_calls":[]`), fmt.Sprintf(usageOf, 9)}, 9, 2, 3},
		"as TGI writes it":       {[]string{"data:{\"token\":{\"id\":3,\"text\":\" happy\"}}\n\n", "data: {\"token\":{\"text\":\"\"}}\n\n"}, 1, 1, 1},
		"several in a part":      {[]string{role + chat("I"), chat(" am") + chat(" so") + stop + done}, 3, 1, 2},
		"one in several parts":   {[]string{"data: {\"choices\":[{\"te", "xt\":\"I\"}]}\n", "\n", completion}, 2, 3, 4},
		"CRLF":                   {[]string{strings.ReplaceAll(chat("I")+chat("am"), "\n", "\r\n")}, 2, 1, 1},
		"CRLF, cut between":      {[]string{"data: {\"choices\":[{\"text\":\"I\"}]}\r", "\n\r", "\n"}, 1, 3, 3},
		"comments, other fields": {[]string{": ping\n\nevent: message\nid: 3\n" + chat("I") + "retry: 5\n\n"}, 1, 1, 1},
		"data in several lines":  {[]string{"data: {\"choices\":\ndata: [{\"text\":\ndata:\"I\"}]}\n\n"}, 1, 1, 1},
		"escapes":                {[]string{chat("\n"), chat(`"\"`), chat("ü\t\\"), `data: {"choices":[{"text":"\u00fc\\"}]}` + "\n\n"}, 4, 1, 4},
		"what is said counts":    {[]string{chat("I am"), chat(" happy"), fmt.Sprintf(usageOf, 7), done}, 7, 1, 2},
		"and the last time":      {[]string{chat("I") + fmt.Sprintf(usageOf, 1), chat(" am") + fmt.Sprintf(usageOf, 2)}, 2, 1, 2},
		"no text at all":         {[]string{role, fmt.Sprintf(usageOf, 3)}, 3, 0, 0},
		"an event that is over":  {[]string{chat("I"), `data: {"choices":[{"text":"am"}]}` + "\n"}, 1, 1, 1},
		"no events":              {[]string{`{"choices":[{"text":"I"}]}`, "\n\n", "data: junk\n\ndata:\n\n\n\ndata: {\n\n"}, 0, 0, 0},
		"nothing":                {nil, 0, 0, 0},
	} {
		r := fed(newTokenReader(TokensOpenAI), c.parts...)
		first, last := time.Duration(c.first)*10*time.Millisecond, time.Duration(c.last)*10*time.Millisecond
		if r.Tokens != c.tokens || r.FirstToken != first || r.LastToken != last {
			t.Errorf("%s: %d tokens, %v to %v, want %d, %v to %v", name, r.Tokens, r.FirstToken, r.LastToken, c.tokens, first, last)
		}
	}
}

func TestTokensOfPartsAreParts(t *testing.T) {
	r := fed(newTokenReader(TokensText), "", "I am", " happy", "", "\n")
	if r.Tokens != 3 || r.FirstToken != 20*time.Millisecond || r.LastToken != 50*time.Millisecond {
		t.Errorf("%d tokens, %v to %v", r.Tokens, r.FirstToken, r.LastToken)
	}
}

// answer is one of all kinds of lines.
var answer = ": ping\r\n\r\n" + role + chat("I") + strings.ReplaceAll(chat(" \"am\"\n"), "\n", "\r\n") +
	"event: x\ndata: {\"choices\":\ndata: [{\"text\":\"so\"}]}\n\n" + stop + fmt.Sprintf(usageOf, 9) + done

func TestTokensDoNotDependOnParts(t *testing.T) {
	reader := newTokenReader(TokensOpenAI)
	for i := range len(answer) {
		for _, j := range []int{i, (i + len(answer)) / 2, len(answer) - 1} {
			if r := fed(reader, answer[:i], answer[i:j], answer[j:]); r.Tokens != 9 || reader.counted != 3 {
				t.Fatalf("cut at %d and %d: %d tokens, %d events", i, j, r.Tokens, reader.counted)
			}
		}
	}
	if r := fed(reader, strings.Split(answer, "")...); r.Tokens != 9 || reader.counted != 3 {
		t.Errorf("byte by byte: %d tokens, %d events", r.Tokens, reader.counted)
	}
}

func TestTokensKeepLittle(t *testing.T) {
	reader := newTokenReader(TokensOpenAI)
	var r runner.Result
	endless := bytes.Repeat([]byte("x"), 1000)
	for range 1000 {
		reader.feed(endless, time.Millisecond, &r)
	}
	for range 1000 {
		reader.feed([]byte("\ndata: "+string(endless)), time.Millisecond, &r)
	}
	if n := cap(reader.line) + cap(reader.data); n > 4*maxEvent {
		t.Errorf("%d bytes are kept", n)
	}
	reader.feed([]byte("\n\n"+chat("I")), time.Second, &r)
	if r.Tokens != 1 || r.FirstToken != time.Second {
		t.Errorf("after that: %d tokens", r.Tokens)
	}
	if long := fed(reader, "data: {\"choices\":[{\"text\":\""+strings.Repeat("x", maxEvent)+"\"}]}\n\n", chat("I")); long.Tokens != 1 {
		t.Errorf("an event that is too long, and one that is not: %d tokens", long.Tokens)
	}
}

func TestTokensAreCountedWithoutAllocations(t *testing.T) {
	parts := [][]byte{[]byte(answer[:200]), []byte(answer[200:])}
	for _, kind := range []string{TokensOpenAI, TokensText} {
		reader := newTokenReader(kind)
		var r runner.Result
		one := func() {
			reader.begin()
			for _, p := range parts {
				reader.feed(p, time.Millisecond, &r)
			}
		}
		one()
		if n := testing.AllocsPerRun(100, one); n != 0 {
			t.Errorf("%s: %v allocations", kind, n)
		}
	}
}

// FuzzTokens holds the reader to one that sees the whole answer and takes its time, wherever the answer is cut.
func FuzzTokens(f *testing.F) {
	f.Add([]byte(answer), uint16(7))
	f.Add([]byte(delta(`"reasoning_content":"a"`)+delta(`"reasoning":"a"`)+delta(`"tool_calls":[{}]`)), uint16(9))
	f.Add([]byte("data: {\"token\":{\"text\":\"a\\\\\"}}\n\ndata:\r\n\r\n"), uint16(3))
	f.Fuzz(func(t *testing.T, text []byte, cut uint16) {
		if len(text) > maxEvent/2 {
			return
		}
		at := int(cut) % (len(text) + 1)
		reader := newTokenReader(TokensOpenAI)
		fed(reader, string(text[:at]), string(text[at:]))
		if want, ok := eventsWithText(text); ok && reader.counted != want {
			t.Errorf("%d events with text, want %d", reader.counted, want)
		}
	})
}

// eventsWithText is false where some event's data is no JSON, or leaves open which of its members counts.
func eventsWithText(answer []byte) (n int, ok bool) {
	lines := bufio.NewScanner(bytes.NewReader(answer[:bytes.LastIndexByte(answer, '\n')+1]))
	lines.Buffer(nil, maxEvent)
	var data strings.Builder
	for lines.Scan() {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if rest, isData := strings.CutPrefix(line, "data:"); isData {
			data.WriteString(rest + "\n")
		}
		if line != "" {
			continue
		}
		var event struct {
			Choices []struct {
				Delta struct {
					Content, Reasoning string
					Thought            string            `json:"reasoning_content"`
					Calls              []json.RawMessage `json:"tool_calls"`
				}
				Text string
			}
			Token struct{ Text string }
		}
		switch text := strings.TrimSpace(data.String()); {
		case text == "" || text == "[DONE]":
		case json.Unmarshal([]byte(text), &event) != nil || !plain(text):
			return 0, false
		case len(event.Choices) > 0:
			one := &event.Choices[0]
			if one.Text+one.Delta.Content+one.Delta.Reasoning+one.Delta.Thought != "" || len(one.Delta.Calls) > 0 {
				n++
			}
		case event.Token.Text != "":
			n++
		}
		data.Reset()
	}
	return n, true
}

// plain says that no member's name is there twice, is escaped or is written in capitals: readers differ on those.
func plain(event string) bool {
	for _, name := range []string{"choices", "delta", "content", "text", "token", "reasoning", "reasoning_content", "tool_calls"} {
		if strings.Count(strings.ToLower(event), name) > 1 && strings.Count(event, `"`+name+`":`) != 1 {
			return false
		}
	}
	return event == strings.ToLower(event) && !strings.Contains(event, `\u`)
}

func BenchmarkTokens(b *testing.B) {
	reader, part := newTokenReader(TokensOpenAI), []byte(chat(" happy"))
	var r runner.Result
	b.ReportAllocs()
	for b.Loop() {
		reader.feed(part, time.Millisecond, &r)
	}
}
