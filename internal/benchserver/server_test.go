package benchserver

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const sent = `{"inputs": "I am super happy right now."}`

func start(t testing.TB, endpoints map[string]Behaviour) *Server {
	t.Helper()
	s, err := Start(Config{Endpoints: endpoints})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// client trusts the server's authority, and nothing else.
func client(t testing.TB, s *Server) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.CA()) {
		t.Fatal("no certificate")
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 100, DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func post(c *http.Client, url string) (*http.Response, string, error) {
	req, err := http.NewRequest("POST", url, strings.NewReader(sent))
	if err != nil {
		return nil, "", err
	}
	return do(c, req)
}

// do sends one request and reads the whole answer.
func do(c *http.Client, req *http.Request) (res *http.Response, body string, err error) {
	res, err = c.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	read, err := io.ReadAll(res.Body)
	return res, string(read), err
}

func take(t testing.TB, s *Server, name string) Stats {
	t.Helper()
	st, err := s.Take(name)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestAnswersAsSageMakerDoes(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := start(t, map[string]Behaviour{"e": {}})
		c := client(t, s)
		for range 3 {
			res, got, err := post(c, s.URL(secure)+Path("e"))
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != 200 || got != body || res.Header.Get("Content-Type") != "application/json" ||
				res.Header.Get("X-Amzn-Invoked-Production-Variant") != "AllTraffic" {
				t.Errorf("%v %q", res, got)
			}
			if secure && (res.TLS == nil || res.TLS.Version != tls.VersionTLS13) {
				t.Errorf("not TLS 1.3: %+v", res.TLS)
			}
		}
		st := take(t, s, "e")
		if st.Requests != 3 || st.Kinds[Success] != 3 || st.Opened != 1 || st.Open != 1 {
			t.Errorf("%+v", st)
		}
		if again := take(t, s, "e"); again.Requests != 0 {
			t.Errorf("taken twice: %+v", again)
		}
	}
}

// A session ticket saves the second connection the certificate.
func TestSessionsResume(t *testing.T) {
	s := start(t, map[string]Behaviour{"e": {}})
	c := client(t, s)
	tr := c.Transport.(*http.Transport)
	tr.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	for i := range 2 {
		res, _, err := post(c, s.URL(true)+Path("e"))
		if err != nil {
			t.Fatal(err)
		}
		if res.TLS.DidResume != (i > 0) {
			t.Errorf("connection %d: resumed %v", i, res.TLS.DidResume)
		}
		tr.CloseIdleConnections()
	}
}

func TestServiceTimeIsHeldAndMeasured(t *testing.T) {
	const service = 20 * time.Millisecond
	s := start(t, map[string]Behaviour{"e": {Service: service}})
	c := client(t, s)
	began := time.Now()
	if _, _, err := post(c, s.URL(false)+Path("e")); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < service {
		t.Errorf("answered after %v", took)
	}
	s.Close() // what is recorded after the answer is there now
	if st := take(t, s, "e"); st.Service.Count != 1 || st.Service.Min < service || st.Span < service {
		t.Errorf("%+v", st)
	}
}

func TestStallHoldsAnswers(t *testing.T) {
	const every, length = 60 * time.Millisecond, 30 * time.Millisecond
	s := start(t, map[string]Behaviour{"e": {Stall: Stall{Every: every, For: length}}})
	c := client(t, s)
	var answered []time.Duration
	for Clock()-s.epoch < 3*every {
		if _, _, err := post(c, s.URL(false)+Path("e")); err != nil {
			t.Fatal(err)
		}
		answered = append(answered, Clock())
	}
	st := take(t, s, "e")
	if len(st.Stalls) < 2 {
		t.Fatalf("%d stalls after %v", len(st.Stalls), Clock()-s.epoch)
	}
	// An answer may be seen late, but the server wrote none inside a stall: of those seen there, the request was sent before.
	first := st.Stalls[0]
	inside := 0
	for _, at := range answered {
		if at > first.From && at < first.To {
			inside++
		}
	}
	if inside > 1 {
		t.Errorf("%d of %d answers inside the first stall", inside, len(answered))
	}
}

func TestClosesWithRequestsInHand(t *testing.T) {
	s := start(t, map[string]Behaviour{"slow": {Service: time.Hour}, "never": {Mix: Mix{Never: 1}}})
	c := client(t, s)
	var wg sync.WaitGroup
	for _, name := range []string{"slow", "never"} {
		for _, secure := range []bool{false, true} {
			wg.Go(func() {
				if _, _, err := post(c, s.URL(secure)+Path(name)); err == nil {
					t.Error("answered")
				}
			})
		}
	}
	for s.opened.Load() < 4 {
		if !s.pause() {
			t.Fatal("closed")
		}
	}
	s.Close()
	wg.Wait()
	if s.Open() != 0 {
		t.Errorf("%d connections open", s.Open())
	}
	s.Close()
}

func TestConfigErrors(t *testing.T) {
	for name, cfg := range map[string]Config{
		"no endpoints": {},
		"service":      {Endpoints: map[string]Behaviour{"e": {Service: -1}}},
		"stall":        {Endpoints: map[string]Behaviour{"e": {Stall: Stall{Every: 1, For: 2}}}},
	} {
		if s, err := Start(cfg); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v %v", name, s, err)
		}
	}
	s := start(t, map[string]Behaviour{"e": {}})
	if _, err := s.Take("x"); !errors.Is(err, ErrEndpoint) {
		t.Error(err)
	}
}

// What a whole run of sagetop asks beside the invocations.
func TestControlPlane(t *testing.T) {
	s := start(t, map[string]Behaviour{"e": {}})
	c := client(t, s)
	res, got, err := post(c, s.URL(false)+"/")
	if err != nil || res.StatusCode != 200 || !strings.Contains(got, "<Account>123456789012</Account>") {
		t.Errorf("%v %v %q", res, err, got)
	}
	req, _ := http.NewRequest("POST", s.URL(false)+"/", strings.NewReader("{}"))
	req.Header.Set("X-Amz-Target", "SageMaker.DescribeEndpoint")
	if res, err := c.Do(req); err != nil || res.StatusCode != 403 || res.Header.Get("X-Amzn-Errortype") != "AccessDeniedException" {
		t.Errorf("%v %v", res, err)
	}
	if res, _, err := post(c, s.URL(false)+Path("unknown")); err != nil || res.StatusCode != 400 {
		t.Errorf("%v %v", res, err)
	}
	if res, err := c.Get(s.URL(false) + Path("e")); err != nil || res.StatusCode != 404 {
		t.Errorf("%v %v", res, err)
	}
	if st := take(t, s, "e"); st.Requests != 0 {
		t.Errorf("%+v", st)
	}
}

func dial(t testing.TB, s *Server) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", s.plain.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

const raw = "POST /endpoints/e/invocations HTTP/1.1\r\nHost: x\r\ncontent-length:  41 \r\n\r\n" + sent

// Requests come in any pieces, one behind the other, with bodies larger than the buffer.
func TestReadsRequestsInPieces(t *testing.T) {
	s := start(t, map[string]Behaviour{"e": {}})
	large := strings.Replace(raw, " 41 ", "100041", 1) + strings.Repeat("x", 100_000)
	wideHead := strings.Replace(raw, "Host: x", "Host: x\r\nX: "+strings.Repeat("y", 20_000), 1)
	all := raw + raw + large + wideHead + raw
	for _, piece := range []int{1, 7, 4096, len(all)} {
		c := dial(t, s)
		go func() {
			for rest := all; len(rest) > 0; {
				n := min(piece, len(rest))
				io.WriteString(c, rest[:n])
				rest = rest[n:]
			}
			c.CloseWrite()
		}()
		got, err := io.ReadAll(c)
		if n := bytes.Count(got, []byte(body)); err != nil || n != 5 {
			t.Errorf("pieces of %d: %d answers, %v", piece, n, err)
		}
	}
	if st := take(t, s, "e"); st.Requests != 20 {
		t.Errorf("%d requests", st.Requests)
	}
}

func TestRefusesWhatIsNoRequest(t *testing.T) {
	s := start(t, map[string]Behaviour{"e": {}})
	for _, bad := range []string{
		"hello\r\n\r\n",
		"POST / HTTP/2.0\r\n\r\n",
		"POST / HTTP/1.1\r\nno colon\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST / HTTP/1.1\r\nX: " + strings.Repeat("y", maxHead) + "\r\n\r\n",
	} {
		c := dial(t, s)
		go func() { io.WriteString(c, bad) }()
		if got, _ := io.ReadAll(c); len(got) > 0 {
			t.Errorf("%.40q is answered: %q", bad, got)
		}
	}
	for _, last := range []string{
		strings.Replace(raw, "HTTP/1.1", "HTTP/1.0", 1),
		strings.Replace(raw, "Host: x", "CONNECTION: Close", 1),
	} {
		c := dial(t, s)
		io.WriteString(c, last)
		if got, err := io.ReadAll(c); err != nil || !bytes.Contains(got, []byte(body)) {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// exchange sends raw and reads the answer, without allocating.
func exchange(t testing.TB, c net.Conn, request, buf []byte) {
	if _, err := c.Write(request); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(kinds[Success].wire); {
		m, err := c.Read(buf)
		if n += m; err != nil {
			t.Fatal(err)
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	s := start(t, map[string]Behaviour{"e": {}})
	c, request, buf := dial(t, s), []byte(raw), make([]byte, 4096)
	exchange(t, c, request, buf)
	if n := testing.AllocsPerRun(1000, func() { exchange(t, c, request, buf) }); n > 0 {
		t.Errorf("%v allocations a request", n)
	}
}

func BenchmarkRequest(b *testing.B) {
	s := start(b, map[string]Behaviour{"e": {}})
	c, request, buf := dial(b, s), []byte(raw), make([]byte, 4096)
	b.ReportAllocs()
	for b.Loop() {
		exchange(b, c, request, buf)
	}
}
