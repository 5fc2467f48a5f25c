package sagemaker

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestFill(t *testing.T) {
	v := &values{n: 41, seed: 7, user: 3, line: 17}
	tests := []struct{ text, want string }{
		{"no field } { }} at all", "no field } { }} at all"},
		{`{"n":{{.seq}},"u":"{{ .user }}","l":{{.line}}}`, `{"n":41,"u":"3","l":17}`},
		{`{"a":{"b":{{.seq}}}}`, `{"a":{"b":41}}`},
		{`{{.seq}}{{.seq}}`, "4141"},
		{`Hello {{"{{"}}name}}`, "Hello {{name}}"},
		{`{{randInt 5 5}} {{randInt -3 -3}} {{ randInt  9   9 }}`, "5 -3 9"},
	}
	for _, tt := range tests {
		if got, err := fill(nil, []byte(tt.text), v); string(got) != tt.want || err != nil {
			t.Errorf("%s: %q, %v, want %q", tt.text, got, err, tt.want)
		}
	}
}

// Both are functions of the request's number and the seed, and of nothing else.
func TestRandomFieldsAreRepeatable(t *testing.T) {
	of := func(text string, n, seed uint64, user int) string {
		got, err := fill(nil, []byte(text), &values{n: n, seed: seed, user: user})
		if err != nil {
			t.Fatal(err)
		}
		return string(got)
	}
	v4 := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen, counts := map[string]bool{}, map[string]int{}
	for n := range uint64(6000) {
		id := of("{{.uuid}}", n, 1, 0)
		if !v4.MatchString(id) || seen[id] || seen[of("{{.uuid}}", n, 2, 0)] || id != of("{{.uuid}}", n, 1, 9) {
			t.Fatalf("request %d: %s", n, id)
		}
		if a, b, same := strings.Cut(of("{{.uuid}} {{.uuid}}", n, 1, 0), " "); !same || a != b {
			t.Fatalf("one request, two ids: %s %s", a, b)
		}
		seen[id] = true
		counts[of("{{randInt 1 6}}", n, 1, 0)]++
	}
	if len(counts) != 6 {
		t.Errorf("%v", counts)
	}
	for face, c := range counts {
		if i, _ := strconv.Atoi(face); i < 1 || i > 6 || c < 850 || c > 1150 { // five standard deviations
			t.Errorf("%s: %d of 6000", face, c)
		}
	}
	if two := of("{{randInt 0 1000000000}} {{randInt 0 1000000000}}", 1, 1, 0); strings.Count(two, strings.Fields(two)[0]) > 1 {
		t.Errorf("two draws of a request are one: %s", two)
	}
	if got := of("{{randInt -9223372036854775808 9223372036854775807}}", 1, 1, 0); got == of("{{randInt -9223372036854775808 9223372036854775807}}", 2, 1, 0) {
		t.Error(got)
	}
}

func FuzzFill(f *testing.F) {
	for _, seed := range []string{`{"id":"{{.uuid}}","n":{{randInt 1 9}}}`, `{{"{{"}}`, "{{", "}}{{.seq}}", "{{randInt 9223372036854775807 1}}", "{{.nope}}"} {
		f.Add(seed, uint64(1))
	}
	f.Fuzz(func(t *testing.T, text string, n uint64) {
		v := &values{n: n, seed: 1, line: 1}
		got, err := fill(nil, []byte(text), v)
		again, err2 := fill(make([]byte, 0, 4096), []byte(text), v)
		if (err == nil) != (err2 == nil) || string(got) != string(again) {
			t.Fatalf("%q, %v, then %q, %v", got, err, again, err2)
		}
		if err == nil && !hasFields([]byte(text)) && string(got) != text {
			t.Fatalf("%q has no field and became %q", text, got)
		}
		if err != nil && (strings.Contains(err.Error(), "\n") || len(err.Error()) > 400) {
			t.Fatal(err)
		}
	})
}
