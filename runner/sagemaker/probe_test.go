package sagemaker

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"sagetop/runner"
)

// A Probe keeps what a load drops, and says what it took to get there.
func TestProbe(t *testing.T) { eachClient(t, probe) }

func probe(t *testing.T, client string) {
	var turns atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		turn := turns.Add(1)
		w.Header().Set(requestIDHeader, "id-"+string(rune('0'+turn)))
		switch turn {
		case 1:
			w.Header().Set(contentTypeHeader, "text/plain; charset=utf-8")
			w.Header().Set(variantHeader, "Blue")
			_, _ = io.WriteString(w, "as it came")
		case 2:
			_, _ = io.WriteString(w, strings.Repeat("x", errorBody+1))
		default:
			w.WriteHeader(http.StatusFailedDependency)
			_, _ = io.WriteString(w, `{"Message":"no"}`)
		}
	}))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	cfg := testConfig(t, s.URL)
	cfg.Client = client
	cfg.AWS.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig = &tls.Config{RootCAs: roots} })
	p := mustTarget(t, cfg).NewProbe()
	t.Cleanup(func() { p.Close() })

	var r runner.Result
	a := p.Send(t.Context(), 0, &r)
	if a.Status != 200 || a.ContentType != "text/plain; charset=utf-8" || a.Variant != "Blue" || a.RequestID != "id-1" || a.Date == "" || string(a.Body) != "as it came" {
		t.Errorf("%+v, %s", a, a.Body)
	}
	if opening := r.Lookup + r.Connect + r.Handshake; !r.Opened || r.Connect <= 0 || r.Handshake <= 0 || opening > r.Wait || r.Wait > r.FirstByte {
		t.Errorf("%+v", r)
	}
	a = p.Send(t.Context(), 1, &r)
	if len(a.Body) != errorBody || r.BytesIn != errorBody+1 || a.Variant != "" || r.Failure.Class != runner.OK {
		t.Errorf("%d bytes kept of %d, variant %q, %+v", len(a.Body), r.BytesIn, a.Variant, r.Failure)
	}
	if r.Opened || r.Lookup+r.Connect+r.Handshake != 0 {
		t.Errorf("on the same connection: %+v", r)
	}
	a = p.Send(t.Context(), 2, &r)
	if a.Status != 424 || a.RequestID != "id-3" || r.Failure.HTTPStatus != 424 || string(a.Body) != `{"Message":"no"}` {
		t.Errorf("%+v %+v", a, r.Failure)
	}
	s.Close()
	if a = p.Send(t.Context(), 3, &r); a.Status != 0 || a.RequestID != "" || len(a.Body) != 0 || r.Failure.Class == runner.OK { // nothing of the answers before
		t.Errorf("%+v %+v", a, r.Failure)
	}
}

// ConnectTimeout bounds the handshake of either client, long before the request's own time is up.
func TestConnectTimeout(t *testing.T) { eachClient(t, connectTimeout) }

func connectTimeout(t *testing.T, client string) {
	cfg := testConfig(t, "https://"+raw(t, silent))
	cfg.Client, cfg.ConnectTimeout = client, 200*time.Millisecond
	if r := invoke(t, cfg); r.Failure != (runner.Failure{Class: runner.TLS, Message: "TLS handshake timeout"}) {
		t.Errorf("%+v", r.Failure)
	}
}

// Where answers are looked into, more of them is kept than is shown.
func TestProbeExpects(t *testing.T) { eachClient(t, probeExpects) }

func probeExpects(t *testing.T, client string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", errorBody)+"end")
	}))
	t.Cleanup(s.Close)
	cfg := testConfig(t, s.URL)
	cfg.Client, cfg.Expect = client, expected(t, "body contains end")
	p := mustTarget(t, cfg).NewProbe()
	t.Cleanup(func() { p.Close() })
	var r runner.Result
	if a := p.Send(t.Context(), 0, &r); r.Failure.Class != runner.OK || len(a.Body) != errorBody {
		t.Errorf("%+v, %d bytes", r.Failure, len(a.Body))
	}
}
