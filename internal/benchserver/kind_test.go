package benchserver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sagetop/runner"
)

// seen is what net/http makes of an answer.
func seen(res *http.Response, body string, err error) runner.Failure {
	if res == nil {
		switch {
		case errors.Is(err, context.Canceled):
			return runner.Failure{Class: runner.Timeout}
		case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF):
			return runner.Failure{Class: runner.Reset}
		}
		return runner.Failure{Class: runner.Other, Message: err.Error()}
	}
	f := runner.Failure{HTTPStatus: res.StatusCode, Code: res.Header.Get("X-Amzn-Errortype")}
	if strings.Contains(body, `"OriginalStatusCode":500`) {
		f.OriginalStatus = 500
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		f.Class = runner.Truncated
	case err == nil && res.StatusCode == 200:
		return runner.Failure{}
	}
	return f
}

// ask sends one request. One that is not answered is given up when the server has counted it.
func ask(t *testing.T, s *Server, k Kind, secure bool) runner.Failure {
	t.Helper()
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	if k == Never {
		go func() {
			for counted(s.endpoints[wireName(k)], k) == 0 && s.pause() {
			}
			giveUp()
		}()
	}
	req, err := http.NewRequestWithContext(ctx, "POST", s.URL(secure)+Path(wireName(k)), strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	res, got, err := do(client(t, s), req)
	if want := map[bool]string{true: body}[k < Empty]; k <= Empty && got != want {
		t.Errorf("%v: %q, want %q", k, got, want)
	}
	return seen(res, got, err)
}

func counted(e *endpoint, k Kind) (n uint64) {
	for i := range e.shards {
		n += e.shards[i].kinds[k].Load()
	}
	return n
}

// wireName is a name for an endpoint.
func wireName(k Kind) string { return strings.NewReplacer(" ", "-", ":", "").Replace(k.String()) }

// TestEveryKindIsWhatItSays asks for each kind with a client that is not ours, plain and over TLS.
func TestEveryKindIsWhatItSays(t *testing.T) {
	endpoints := map[string]Behaviour{}
	for k := range NumKinds {
		var only Mix
		only[k] = 1
		endpoints[wireName(k)] = Behaviour{Mix: only}
	}
	s := start(t, endpoints)
	for k := range NumKinds {
		want := k.Outcome()
		if (want == runner.Failure{}) != (k <= Empty) {
			t.Errorf("%v: outcome %+v", k, want)
		}
		if want.HTTPStatus >= 300 {
			want.Class = runner.OK // net/http has no classes
		}
		for _, secure := range []bool{false, true} {
			if f := ask(t, s, k, secure); f != want {
				t.Errorf("%v over TLS %v: %+v, want %+v", k, secure, f, want)
			}
			if st := take(t, s, wireName(k)); st.Kinds[k] != 1 || st.Requests != 1 {
				t.Errorf("%v: %+v", k, st)
			}
		}
	}
}

// The end of an idle connection comes with the answer: who looks before the next request finds it.
func TestIdleCloseComesWithTheAnswer(t *testing.T) {
	s := start(t, map[string]Behaviour{"e": {Mix: Mix{IdleClose: 1}}})
	c := dial(t, s)
	io.WriteString(c, raw)
	got, err := io.ReadAll(c)
	if err != nil || string(got) != string(kinds[Success].wire) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestMixIsTheSameEachTime(t *testing.T) {
	const n = 2000
	m := Mix{Success: 50, ModelError: 30, Throttled: 15, Denied: 5}
	expected := m.Expect(7, n)
	for k, weight := range m {
		if got, want := float64(expected[k]), float64(weight)/100*n; got < want*.7 || got > want*1.3 {
			t.Errorf("%v: %v of %d, weight %d", Kind(k), got, n, weight)
		}
	}
	if expected == m.Expect(8, n) {
		t.Error("the seed does not matter")
	}
	s := start(t, map[string]Behaviour{"e": {Mix: m, Seed: 7}})
	c := client(t, s)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range n / 8 {
				if _, _, err := post(c, s.URL(false)+Path("e")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if st := take(t, s, "e"); st.Kinds != expected {
		t.Errorf("got  %v\nwant %v", st.Kinds, expected)
	}
	if (Mix{}).Expect(1, 5)[Success] != 5 {
		t.Error("no mix is no success")
	}
}

func TestStallReleases(t *testing.T) {
	s := Stall{Every: 10 * time.Second, For: time.Second}
	for at, want := range map[time.Duration]time.Duration{
		0:                       0,
		8999 * time.Millisecond: 8999 * time.Millisecond,
		9 * time.Second:         10 * time.Second,
		9500 * time.Millisecond: 10 * time.Second,
		10 * time.Second:        10 * time.Second,
		29 * time.Second:        30 * time.Second,
	} {
		if got := s.Release(at); got != want {
			t.Errorf("ready at %v, released at %v, want %v", at, got, want)
		}
	}
	if got := (Stall{}).Release(5); got != 5 {
		t.Errorf("no stall releases at %v", got)
	}
	if got := s.until(9 * time.Second); got != nil {
		t.Errorf("%v", got)
	}
	want := []Interval{{From: 9 * time.Second, To: 10 * time.Second}, {From: 19 * time.Second, To: 20 * time.Second}}
	if got := s.until(20 * time.Second); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%v", got)
	}
	if got := (Stall{}).until(time.Hour); got != nil {
		t.Errorf("%v", got)
	}
}
