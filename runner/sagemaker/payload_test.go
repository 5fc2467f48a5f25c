package sagemaker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree writes files below a new directory and makes it the working directory.
func tree(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func bodiesOf(p *Payload) []string {
	var all []string
	for n := range p.bodies {
		all = append(all, string(p.bodies[p.index(uint64(n))]))
	}
	return all
}

func TestParsePayload(t *testing.T) {
	tree(t, map[string]string{
		"one.json": `{"a": 1}` + "\n", "img.bin": "\x00\xff", "many.jsonl": "{\"n\":1}\r\n\n  \"two\"\n3",
		"dir/b.json": "2", "dir/a.json": "1", "dir/.hidden": "x", "dir/sub/c.json": "3",
	})
	tests := []struct {
		spec, kind string
		want       []string
		distinct   int
	}{
		{`{"a": 1}`, typeJSON, []string{`{"a": 1}`}, 1},
		{"a,b,c", typeBinary, []string{"a,b,c"}, 1},
		{"@one.json", typeJSON, []string{"{\"a\": 1}\n"}, 1},
		{"@./img.bin", typeBinary, []string{"\x00\xff"}, 1},
		{"-", typeJSON, []string{"[1]"}, 1},
		{"@many.jsonl", typeJSON, []string{`{"n":1}`, `"two"`, "3"}, 3},
		{"@dir/", typeJSON, []string{"1", "2"}, 2},
	}
	for _, tt := range tests {
		p, err := ParsePayload(t.Context(), Source{Spec: tt.spec, Stdin: strings.NewReader("[1]")})
		if err != nil {
			t.Errorf("%q: %v", tt.spec, err)
			continue
		}
		if got := bodiesOf(p); strings.Join(got, "|") != strings.Join(tt.want, "|") {
			t.Errorf("%q: %q, want %q", tt.spec, got, tt.want)
		}
		f := p.Facts()
		if f.ContentType != tt.kind || f.Distinct != tt.distinct || f.Bytes != int64(len(strings.Join(tt.want, ""))) {
			t.Errorf("%q: %+v", tt.spec, f)
		}
	}
}

func TestPayloadErrors(t *testing.T) {
	tree(t, map[string]string{
		"empty": "", "blank.jsonl": "\n \n", "bad.jsonl": "{}\n{oops\n", "dir/x": "1", "none/.hidden": "1", "hidden/.x": "1", "none/sub/x": "1", "hollow/a": "1", "hollow/b": "",
		"field.jsonl": "1\n\n{{.now}}\n", "unquoted.jsonl": `{"id":{{.uuid}}}`, "bad.json": "{\n  \"a\": 1,\n}\n",
		"images/a.png": "\x89PNG", "wrong/a.json": "1", "wrong/b.json": "{\n",
	})
	if err := os.MkdirAll("links", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", "links/broken"); err != nil {
		t.Fatal(err)
	}

	big, err := os.Create("big")
	if err != nil {
		t.Fatal(err)
	}
	if err := big.Truncate(MaxPayload + 1); err != nil { // sparse: takes no room
		t.Fatal(err)
	}
	big.Close()
	tests := []struct{ spec, kind, want string }{
		{"", "", "it is empty: give -d TEXT"},
		{"@", "", "@ names no file"},
		{"@nope.json", "", "no file nope.json (looked in /"},
		{"@nope/", "", "no directory nope/"},
		{"@nope.jsonl", "", "no file nope.jsonl"},
		{"@dir", "", "dir is a directory: write @dir/"},
		{"@dir/x/", "", "cannot read the directory dir/x/: not a directory"},
		{"@empty", "", "empty is empty"},
		{"@blank.jsonl", "", "blank.jsonl has no lines"},
		{"@bad.jsonl", "", "bad.jsonl:2:2: not JSON: invalid character 'o'"},
		{"@bad.jsonl", "application/json; charset=utf-8", "bad.jsonl:2:2: not JSON"},
		{"@field.jsonl", "text/plain", "field.jsonl:3: there is no field {{.now}}: there are {{.uuid}}"},
		{"@unquoted.jsonl", "", "unquoted.jsonl:1:9: not JSON"}, // as it will be sent
		{"@bad.json", "", "bad.json:3:1: not JSON: invalid character '}'"},
		{"@images/", "application/json", "images/a.png:1:1: not JSON"},
		{"@wrong/", "", "wrong/b.json:1:2: not JSON: unexpected end"},
		{"@hidden/", "", "hidden/ has no files: nothing to send"},
		{"@none/", "", "none/ has no files, and what is in its folders (1) is not sent"},
		{"@links/", "", "cannot read links/broken: no such file"},
		{"{{.lien}}", "", "there is no field {{.lien}}: there are {{.uuid}} {{.seq}} {{.user}} {{.line}} {{randInt 1 100}}"},
		{"{{.line}}", "", "{{.line}} is the number of a line in a .jsonl file"},
		{"{{randInt 5 1}}", "", "{{randInt 5 1}}: must be two whole numbers with the lower one first"},
		{"a {{.seq", "", "{{.seq has no }}"},
		{"@hollow/", "", "hollow/b is empty"},
		{"@big", "", "big is over 25 MiB (26214401 bytes)"},
		{"-", "", "stdin is empty"},
		{strings.Repeat("x", MaxPayload+1), "", "the text is over 25 MiB"},
	}
	for _, tt := range tests {
		_, err := ParsePayload(t.Context(), Source{Spec: tt.spec, ContentType: tt.kind, Stdin: strings.NewReader("")})
		if !errors.Is(err, ErrPayload) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.20q: %v, want %q", tt.spec, err, tt.want)
			continue
		}
		if strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
			t.Errorf("%.20q: not one short line: %q", tt.spec, err)
		}
	}
	if _, err := ParsePayload(t.Context(), Source{Spec: "-", Stdin: bytes.NewReader(make([]byte, MaxPayload+1))}); err == nil || !strings.Contains(err.Error(), "stdin is over 25 MiB") {
		t.Error(err)
	}
	if _, err := ParsePayload(t.Context(), Source{Spec: "-"}); err == nil {
		t.Error("no stdin is no error")
	}
	if _, err := NewPayload(); !errors.Is(err, ErrPayload) {
		t.Error(err)
	}
}

// ctrl+c ends the wait for somebody to type a payload.
func TestReadingEndsWithItsContext(t *testing.T) {
	silent, end := io.Pipe()
	defer end.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ParsePayload(ctx, Source{Spec: "-", Stdin: silent}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestFacts(t *testing.T) {
	p, err := NewPayload([]byte("1"), []byte("1"), []byte("22"))
	if err != nil {
		t.Fatal(err)
	}
	if f := p.Facts(); f.Distinct != 2 || f.Bytes != 3 || len(f.SHA256) != 64 {
		t.Errorf("%+v", f)
	}
	single, err := NewPayload([]byte("22"))
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256([]byte("22")); single.Facts().SHA256 != hex.EncodeToString(sum[:]) {
		t.Error("the hash of one body is not its own")
	}
}

func TestRandomOrder(t *testing.T) {
	var bodies [][]byte
	for i := range 10 {
		bodies = append(bodies, []byte{byte('0' + i)})
	}
	p, err := NewPayload(bodies...)
	if err != nil {
		t.Fatal(err)
	}
	const n = 10_000
	counts := map[string]int{}
	same, sequential := 0, 0
	for i := range uint64(n) {
		body := string(p.bodies[p.random(i, 7)])
		counts[body]++
		if body == string(p.bodies[p.random(i, 8)]) {
			same++
		}
		if body == string(p.bodies[p.index(i)]) {
			sequential++
		}
		if body != string(p.bodies[p.random(i, 7)]) {
			t.Fatal("not a function of n and seed")
		}
	}
	for body, c := range counts {
		if c < n/10*8/10 || c > n/10*12/10 {
			t.Errorf("%s: %d of %d", body, c, n)
		}
	}
	if len(counts) != 10 || same > n/5 || sequential > n/5 {
		t.Errorf("%d bodies, %d as with another seed, %d in sequence", len(counts), same, sequential)
	}
}
