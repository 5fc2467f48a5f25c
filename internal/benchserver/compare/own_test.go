package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sagetop/internal/benchserver"
)

// within starts a server in this process.
func within(t *testing.T, endpoints map[string]benchserver.Behaviour) (s *benchserver.Server, ca string) {
	t.Helper()
	s, err := benchserver.Start(benchserver.Config{Endpoints: endpoints})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, s.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, ca
}

// TestCountsAreEqual has each of our clients count every kind of outcome that an answer can have, plain and over TLS, to the last
// request.
func TestCountsAreEqual(t *testing.T) {
	n := uint64(10_000)
	if testing.Short() {
		n = 1000
	}
	answered := everyKind()
	answered[benchserver.Never] = 0
	config := map[string]benchserver.Behaviour{
		mixed:  {Mix: answered, Seed: mixSeed},
		idling: {Mix: benchserver.Mix{benchserver.Success: 1, benchserver.IdleClose: 1}, Seed: mixSeed},
	}
	jobs := []job{
		{Endpoint: mixed, Requests: n, Users: 16},
		{Endpoint: idling, Requests: n / 50, Users: 16, Think: 100 * time.Millisecond},
	}
	for _, client := range ownClients() {
		for _, secure := range []bool{false, true} {
			s, ca := within(t, config)
			for _, j := range jobs {
				j.Client, j.URL, j.CA = client, s.URL(secure), ca
				compareCounts(t, s, &j, config[j.Endpoint])
			}
		}
	}
}

// compareCounts runs j and holds what the client counted against what the server did, and that against what it was to do.
func compareCounts(t *testing.T, s *benchserver.Server, j *job, b benchserver.Behaviour) {
	t.Helper()
	r, err := j.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.Take(j.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	if want := b.Mix.Expect(b.Seed, j.Requests); st.Kinds != want {
		t.Errorf("%s %s: the server did %v, expected %v", j.Client, j.URL, st.Kinds, want)
	}
	if did, said := served(st.Kinds), counted(&r); !maps.Equal(did, said) || r.Counts.Sent != j.Requests {
		t.Errorf("%s %s: %d sent\nserver %v\nclient %v", j.Client, j.URL, r.Counts.Sent, did, said)
	}
}

// TestUnansweredAreCounted has every request run out of time. That time is long and the loads share it: connecting counts in it, and on
// a busy machine a handshake takes its while.
func TestUnansweredAreCounted(t *testing.T) {
	never := benchserver.Behaviour{Mix: benchserver.Mix{benchserver.Never: 1}}
	for _, client := range ownClients() {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s TLS %v", client, secure), func(t *testing.T) {
				t.Parallel()
				s, ca := within(t, map[string]benchserver.Behaviour{"never": never})
				j := job{Endpoint: "never", Requests: 32, Users: 32, Timeout: 5 * time.Second, Client: client, URL: s.URL(secure), CA: ca}
				compareCounts(t, s, &j, never)
			})
		}
	}
}

// TestNothingStays brings users up and down in one load: goroutines, files and the server's connections are then what they were.
func TestNothingStays(t *testing.T) {
	const users, cycles = 500, 2
	for _, client := range ownClients() {
		for _, secure := range []bool{false, true} {
			s, ca := within(t, map[string]benchserver.Behaviour{slow: {Service: 100 * time.Millisecond}})
			j := job{Client: client, URL: s.URL(secure), CA: ca, Endpoint: slow, Users: users, Cycles: cycles, Ends: 2}
			var seen []moment
			if err := j.cycle(t.Context(), func(m moment) error { seen = append(seen, m); return nil }); err != nil {
				t.Fatal(err)
			}
			before := seen[0]
			for _, m := range seen[1:] {
				switch {
				case m.Up && m.Users != users, !m.Up && m.Users != 0:
					t.Errorf("%s: %+v", client, m)
				case m.Up:
				case m.Goroutines > before.Goroutines || m.Files > before.Files:
					t.Errorf("%s TLS %v: %+v, before %+v", client, secure, m, before)
				}
			}
			if !until(t.Context(), settleWithin, func() bool { return s.Open() == 0 }) {
				t.Errorf("%s: %d connections are open", client, s.Open())
			}
			if st, err := s.Take(slow); err != nil || st.Opened < users*cycles || len(seen) != 1+2*cycles {
				t.Errorf("%s: %d connections, %d moments, %v", client, st.Opened, len(seen), err)
			}
		}
	}
}

// What the other programs send is our request: signed, with all that a real one has.
func TestCapturedRequest(t *testing.T) {
	r, err := capture(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, h := range r.headers {
		names = append(names, h.name)
	}
	for _, want := range []string{"Authorization", "X-Amz-Security-Token", "X-Amz-Date", "Content-Type"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %v", want, names)
		}
	}
	if slices.Contains(names, "Host") || slices.Contains(names, "Content-Length") {
		t.Errorf("%v", names)
	}
	for _, bad := range []string{"", "POST / HTTP/1.1\r\n\r\nother", "POST / HTTP/1.1\r\nx\r\n\r\n" + payload} {
		if _, err := newRequest([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
