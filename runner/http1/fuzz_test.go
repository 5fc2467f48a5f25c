package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// pieces reads data in pieces of drawn sizes, as a network may deliver it.
type pieces struct {
	data []byte
	draw *rand.Rand
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	most := 1 << p.draw.IntN(13)
	n := copy(b[:min(len(b), 1+p.draw.IntN(most))], p.data)
	p.data = p.data[n:]
	if len(p.data) == 0 && p.draw.IntN(2) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// outcome is what a parser made of some bytes.
type outcome struct {
	status int
	bytes  int64
	body   []byte // of an answer that is not 2xx: of others the parser under test keeps none
	again  bool   // the connection may be used again
}

func ours(data []byte, seed uint64) (outcome, error) {
	in := &pieces{data: data, draw: rand.New(rand.NewPCG(seed, 1))}
	c := &Conn{wire: new(wire), in: in}
	r := Response{Keep: 1 << 30}
	err := c.Receive(&r)
	// What came too late to be seen with the answer is met when the next request is sent.
	return outcome{r.Status, r.Bytes, r.Body, c.Reusable() && len(in.data) == 0}, err
}

// reference is net/http's reader, which is asked for heads until one is no interim one.
func reference(data []byte) (o outcome, err error) {
	in := bytes.NewReader(data)
	b := bufio.NewReaderSize(in, 1<<20) // trailers must fit in
	for {
		res, err := http.ReadResponse(b, &http.Request{Method: http.MethodPost})
		if err != nil {
			return o, err
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return o, err
		}
		if res.StatusCode >= 100 && res.StatusCode < 200 && res.StatusCode != 101 {
			continue
		}
		o = outcome{status: res.StatusCode, bytes: int64(len(body)), again: !res.Close && b.Buffered()+in.Len() == 0}
		if res.StatusCode < 200 || res.StatusCode > 299 {
			o.body = body
		}
		return o, nil
	}
}

// stricter are the rules by which answers are refused that net/http would take. Each has what its error begins with, and what the
// bytes must have in them for it to be right.
var stricter = []struct{ rule, begins, has string }{
	{"HTTP/1.0 and 1.1 only, one space, a status of 100 to 999", "malformed HTTP answer: status line", `^|\n`},
	{"no header goes on in a second line", `malformed HTTP answer: (header|Transfer-Encoding) "`, `\n[ \t]`},
	{"a header has a name", `malformed HTTP answer: header ":`, `\n:`},
	{"no space in the name of a header", `malformed HTTP answer: header "`, `\n[^:\n]* [^:\n]*:`},
	{"a Content-Length has 1 to 18 digits and says the same each time, even where it does not matter", `malformed HTTP answer: (second )?Content-Length`, `(?i)content-length`},
	{"no coding but chunked, even in HTTP/1.0, where it does not matter", `malformed HTTP answer: Transfer-Encoding`, `(?i)HTTP/1\.0[^\n]*\n(.*\n)*transfer-encoding`},
	{"a chunk size has at most 15 digits", "malformed HTTP answer: chunk size", `[0-9a-fA-F]{16}`},
	{"trailers end with CR LF, too", "malformed HTTP answer: line of a chunk", `(^|[^\r])\n`},
	{"limits", "answer too long", `(?s)[^\n]{4095}|.{65536}`},
}

func isStricter(err error, data []byte) bool {
	for _, s := range stricter {
		if regexp.MustCompile(`^`+s.begins).MatchString(err.Error()) && regexp.MustCompile(s.has).Match(data) {
			return true
		}
	}
	return false
}

// Trailers are dropped unread, so it does not matter which ones were announced.
func isLaxer(err error) bool { return strings.Contains(err.Error(), "bad trailer key") }

// What is accepted is what net/http makes of the same bytes; what is refused is refused there, too, or by a rule of stricter.
func FuzzResponse(f *testing.F) {
	for _, seed := range answers {
		f.Add([]byte(strings.ReplaceAll(seed, "\n", "\r\n")), uint64(1))
		f.Add([]byte(seed), uint64(2))
	}
	f.Add([]byte("HTTP/1.1 200 OK\r\nX-"+strings.Repeat("J", 3000)+" Y: 1\r\nContent-Length: 4\r\n\r\n[42]"), uint64(3)) // longer than errors quote
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		got, err := ours(data, seed)
		want, wantErr := reference(data)
		switch {
		case err != nil && wantErr == nil && !isStricter(err, data):
			t.Fatalf("refused: %v\nnet/http has %+v", err, want)
		case err == nil && wantErr != nil && !isLaxer(wantErr):
			t.Fatalf("taken as %+v\nnet/http says %v", got, wantErr)
		case err != nil || wantErr != nil:
			return
		}
		if got.status != want.status || got.bytes != want.bytes || !bytes.Equal(got.body, want.body) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		if got.again && !want.again {
			t.Fatal("the connection would be used again, by net/http it would not")
		}
	})
}

// However the bytes come, the outcome is the same.
func FuzzPieces(f *testing.F) {
	for i, seed := range answers {
		f.Add([]byte(strings.ReplaceAll(seed, "\n", "\r\n")), uint64(i), uint64(100+i))
	}
	f.Fuzz(func(t *testing.T, data []byte, one, other uint64) {
		a, errA := ours(data, one)
		b, errB := ours(data, other)
		if (errA == nil) != (errB == nil) || errors.Is(errA, ErrMalformed) != errors.Is(errB, ErrMalformed) {
			t.Fatalf("%v or %v", errA, errB)
		}
		if errA == nil && (a.status != b.status || a.bytes != b.bytes || !bytes.Equal(a.body, b.body)) {
			t.Fatalf("%+v or %+v", a, b)
		}
	})
}
