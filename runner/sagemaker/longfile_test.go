package sagemaker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"sagetop/runner"
)

// longLines writes a file that is too long to be held in memory, of lines of some 1 kB, some of which are blank.
func longLines(t testing.TB, path string) (lines []string) {
	t.Helper()
	var b bytes.Buffer
	for i := 0; b.Len() <= maxHeld; i++ {
		line := fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat("x", 900+i%200))
		lines = append(lines, line)
		b.WriteString(line + "\r\n")
		if i%7 == 0 {
			b.WriteString("  \n")
		}
	}
	if err := os.WriteFile(path, bytes.TrimSpace(b.Bytes()), 0o600); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestLongFile(t *testing.T) {
	t.Chdir(t.TempDir())
	lines := longLines(t, "long.jsonl")
	p, err := ParsePayload(t.Context(), Source{Spec: "@long.jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.long.file.Close()
	if p.bodies != nil || p.facts.Count != len(lines) || p.facts.Distinct != len(lines) || p.facts.ContentType != typeJSON {
		t.Fatalf("%d held, %+v", len(p.bodies), p.facts)
	}
	m := &maker{cfg: &Config{Payload: p}}
	for _, i := range []int{0, 1, 7, 8, len(lines) - 1, 3, len(lines) / 2} {
		if body, err := m.body(uint64(i), i); err != nil || string(body) != lines[i] {
			t.Errorf("line %d: %.40q, %v", i, body, err)
		}
	}
	var held [][]byte
	for _, line := range lines {
		held = append(held, []byte(line))
	}
	if same := newPayload(held).facts; p.facts != same {
		t.Errorf("%+v\nheld in memory: %+v", p.facts, same)
	}
}

// Of very many lines not all are marked; those between are found from the one before.
func TestFewMarks(t *testing.T) {
	t.Chdir(t.TempDir())
	var b bytes.Buffer
	const n = maxMarks + maxMarks/2
	for i := range n {
		fmt.Fprintf(&b, "%d\n", i)
	}
	file, err := os.Create("many")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	long, count := newLongFile(file), 0
	long.size, err = eachLine(&b, func(_ int, offset int64, _ []byte) error {
		long.mark(count, offset)
		count++
		return nil
	})
	if err != nil || count != n || long.every != 2 || len(long.marks) != n/2 {
		t.Fatalf("%d lines, every %d of them marked: %d, %v", count, long.every, len(long.marks), err)
	}
	var line, buf []byte
	for i := 0; i < n; i += 12_347 {
		if line, buf, err = long.line(i, buf); err != nil || string(line) != fmt.Sprint(i) {
			t.Fatalf("line %d: %q, %v", i, line, err)
		}
	}
}

// A file that somebody cuts or writes anew under the load makes requests fail, and says why; it stops nothing.
func TestFileThatChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	lines := longLines(t, "long.jsonl")
	p, err := ParsePayload(t.Context(), Source{Spec: "@long.jsonl"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.long.file.Close()
	s := newServer(t, reply(200, "", "{}"))
	s.Start()
	cfg := testConfig(t, s.URL)
	cfg.Payload = p
	eachClient(t, func(t *testing.T, client string) {
		if err := os.Truncate("long.jsonl", 1<<20); err != nil {
			t.Fatal(err)
		}
		inv := newInvoker(t, by(client, cfg))
		var r runner.Result
		want := runner.Failure{Class: runner.Other, Message: "long.jsonl changed while it was being sent: leave it as it is until the run is over"}
		for n, want := range map[uint64]runner.Failure{0: {}, uint64(len(lines) - 1): want, 1: {}} {
			if inv.Invoke(t.Context(), n, &r); r.Failure != want {
				t.Errorf("request %d: %+v, want %+v", n, r.Failure, want)
			}
		}
		if err := os.Truncate("long.jsonl", p.long.size); err != nil { // all zeros now
			t.Fatal(err)
		}
		if inv.Invoke(t.Context(), uint64(len(lines)-2), &r); r.Failure != want {
			t.Errorf("written anew: %+v", r.Failure)
		}
	})
}

func FuzzLines(f *testing.F) {
	for _, seed := range []string{"{}\n[1]", "\r\n1\r\n", "{", "", "\"a\u2028b\"\n", "{{.seq}}\n{{.line}}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &Payload{lined: true}
		if err := (&Source{}).index(p, "f", bytes.NewReader(data)); err != nil {
			if !errors.Is(err, ErrPayload) {
				t.Fatal(err)
			}
			return
		}
		if f := p.Facts(); f.ContentType != typeJSON || f.Distinct < 1 || f.Distinct > f.Count || f.Count != len(p.bodies) {
			t.Fatalf("%+v", f)
		}
		m := &maker{cfg: &Config{Payload: p}}
		for n := range uint64(2 * len(p.bodies)) {
			i := p.index(n)
			body, err := m.body(n, i)
			if err != nil || !json.Valid(body) || bytes.ContainsRune(body, '\n') || !bytes.Contains(data, p.bodies[i]) {
				t.Fatalf("body %d is %q, %v", n, body, err)
			}
		}
	})
}
