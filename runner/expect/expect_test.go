package expect

import (
	"errors"
	"strings"
	"testing"
)

func answer(body string) *Answer {
	return &Answer{Status: 200, Bytes: int64(len(body)), Body: []byte(body)}
}

func TestUnmet(t *testing.T) {
	const good = `{"label": "POSITIVE", "score": 0.9991, "n": 0, "ok": true, "none": null, "a": {"b c": [10, "x\"y", {"d.e": 5}]}, "tags": ["p", "q", 7], "text": "12 monkeys"}`
	tests := []struct{ body, expr, want string }{
		{good, `status == 200`, ""},
		{good, `status==200&&bytes>10`, ""},
		{good, `status < 200`, "status < 200"},
		{good, `bytes >= 1e6`, "bytes >= 1e6"},
		{good, `body contains POSITIVE`, ""},
		{good, `body contains "POSITIVE\""`, ""},
		{good, `body contains NEGATIVE`, "body contains NEGATIVE"},
		{good, `body matches "score\": 0\\.9+"`, ""},
		{good, `body matches ^\d+$`, `body matches ^\d+$`},
		{"OK", `body == OK`, ""},
		{"OK\n", `body == OK`, "body == OK"},
		{"OK\n", `body != OK`, ""},
		{good, `json .label exists`, ""},
		{good, `json .none exists && json .a."b c"[2]."d.e" == 5`, ""},
		{good, `json .nope exists`, "json .nope exists"},
		{good, `json .error absent`, ""},
		{good, `json .label absent`, "json .label absent"},
		{good, `json .label == POSITIVE`, ""},
		{good, `json .label=="POSITIVE"`, ""},
		{good, `json .label == NEGATIVE`, "json .label == NEGATIVE"},
		{good, `json .label != NEGATIVE`, ""},
		{good, `json .score > 0.99 && json .score<=1`, ""},
		{good, `json .score < 0.5`, "json .score < 0.5"},
		{good, `json .score == "0.9991"`, `json .score == "0.9991"`}, // quotes: a string
		{good, `json .n == 0`, ""},
		{good, `json .n == 0.0`, ""},
		{good, `json .n == nan`, "json .n == nan"}, // a word, and no number
		{`{"limit": "inf"}`, `json .limit == inf`, ""},
		{good, `json .ok == true`, ""},
		{good, `json .ok == "true"`, `json .ok == "true"`},
		{good, `json .ok > 0`, "json .ok > 0"},
		{good, `json .none == null`, ""},
		{good, `json .text == 12`, "json .text == 12"},
		{good, `json .text contains 12`, ""},
		{good, `json .text matches ^[0-9]+\s`, ""},
		{good, `json .label < Q`, ""},
		{good, `json .a."b c"[0] == 10`, ""},
		{good, `json .a."b c"[1] == "x\"y"`, ""},
		{good, `json .a."b c"[9] exists`, `json .a."b c"[9] exists`},
		{good, `json .tags contains q`, ""},
		{good, `json .tags contains 7`, ""},
		{good, `json .tags contains "7"`, `json .tags contains "7"`},
		{good, `json .nope != 1`, "json .nope != 1"}, // what is not there is not judged
		{good, `json .a == 1`, "json .a == 1"},
		{`[{"score": 3}]`, `json [0].score == 3`, ""},
		{`[{"score": 3}]`, `json .[0].score == 3`, ""},
		{`7`, `json . == 7`, ""},
		{`{"label"`, `json .label exists`, "json .label exists"},
		{`{"label"`, `json .label absent`, "json .label absent"}, // not JSON at all
		{``, `json . exists`, "json . exists"},
		{good, `json .label == NEGATIVE || json .label == POSITIVE`, ""},
		{good, `status == 500 || json .nope exists && bytes > 0`, "status == 500 || json .nope exists && bytes > 0"},
		{good, `status == 500 && bytes > 0 || json .ok == true`, ""},
		{`{"@this": 1, "a*": 2}`, `json ."@this" == 1 && json .a* == 2`, ""},
		{`{"ab": 2}`, `json .a* exists`, "json .a* exists"},
		{"é", `body == "é" && bytes == 2`, ""},
	}
	for _, tt := range tests {
		e, err := Parse(tt.expr)
		if err != nil {
			t.Errorf("%s: %v", tt.expr, err)
			continue
		}
		if got := e.Unmet(answer(tt.body)); got != tt.want {
			t.Errorf("%s of %.40s: %q, want %q", tt.expr, tt.body, got, tt.want)
		}
	}
}

func TestUnmetWithoutAllOfTheBody(t *testing.T) {
	part := &Answer{Status: 200, Bytes: 100, Body: []byte("begin")}
	for expr, want := range map[string]string{"body contains begin": TooLong, "json .a exists": TooLong, "bytes == 100 && status == 200": ""} {
		e, err := Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Unmet(part); got != want || e.NeedsBody() != (want != "") {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		expr, want string
		at         int // of the caret
	}{
		{"", "expected status, bytes, body or json, not the end", 0},
		{"stats == 200", "not stats", 0},
		{"status = 200", "expected one of == != < <= > >=, not =", 7},
		{"status contains 200", "not contains", 7},
		{"status == ok", "expected a number, not ok", 10},
		{"status == nan", "expected a number, not nan", 10},
		{"status ==", "expected a value after ==, not the end", 9},
		{"status == && bytes > 1", "not &&", 10},
		{"status == 200 &&", "not the end", 16},
		{"status == 200 bytes > 1", "expected && or || or the end, not bytes", 14},
		{"body contains hello world", "a text of several words stands in double quotes", 20},
		{`body contains "hello`, "expected the closing quote", 14},
		{"body exists", "expected one of contains matches == !=", 5},
		{"body matches (", "missing closing )", 13},
		{"json label exists", "expected a path such as .label", 5},
		{"json", "not the end", 4},
		{"json .a..b exists", "expected a key after the dot", 8},
		{"json .a. exists", "expected a key after the dot", 8},
		{`json .a."" exists`, "expected a key after the dot", 10},
		{"json .a[x] exists", "expected the number of an element", 8},
		{"json .a[0 exists", "and ]", 8},
		{"json .a is 5", "not is", 8},
		{"status == 200 || wrong", "not wrong", 17},
	}
	for _, tt := range tests {
		_, err := Parse(tt.expr)
		if !errors.Is(err, ErrExpectation) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.expr, err, tt.want)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != 3 || lines[1] != "  "+tt.expr || lines[2] != strings.Repeat(" ", 2+tt.at)+"^" {
			t.Errorf("%q: the caret is elsewhere:\n%v", tt.expr, err)
		}
	}
	if _, err := Parse(strings.Repeat("status == 200 && ", 50) + "\n\x1b"); err == nil || len(err.Error()) > 400 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%q", err)
	}
}

func TestNoAllocations(t *testing.T) {
	e, err := Parse(`status == 200 && bytes > 1 && body contains POS && body matches "lab.l" && json .a.label == POSITIVE && json .score > 0.5 && json .tags contains q`)
	if err != nil {
		t.Fatal(err)
	}
	a := answer(`{"a": {"label": "POSITIVE"}, "score": 0.9, "tags": ["p", "q"]}`)
	if got := testing.AllocsPerRun(100, func() {
		if unmet := e.Unmet(a); unmet != "" {
			t.Fatal(unmet)
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkUnmet(b *testing.B) {
	e, err := Parse(`status == 200 && json .label exists`)
	if err != nil {
		b.Fatal(err)
	}
	a := answer(`{"label": "POSITIVE", "score": 0.9}`)
	b.ReportAllocs()
	for b.Loop() {
		if e.Unmet(a) != "" {
			b.Fatal("unmet")
		}
	}
}

// What can be read holds or does not of any answer, and what it says failed is a part of what was written.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`status==200 && json .a."b"[0] >= 1`, `body contains "x"||bytes<5`, `json . exists`, `json [0] matches ^a`, `body == é`} {
		f.Add(seed, `{"a": {"b": [1]}}`)
	}
	f.Fuzz(func(t *testing.T, text, body string) {
		e, err := Parse(text)
		if err != nil {
			if !errors.Is(err, ErrExpectation) || strings.Count(err.Error(), "\n") != 2 {
				t.Fatal(err)
			}
			return
		}
		if unmet := e.Unmet(answer(body)); !strings.Contains(text, unmet) {
			t.Fatalf("%q of %q", unmet, text)
		}
		again, err := Parse(e.String())
		if err != nil || again.Unmet(answer(body)) != e.Unmet(answer(body)) {
			t.Fatalf("read again: %v", err)
		}
	})
}
