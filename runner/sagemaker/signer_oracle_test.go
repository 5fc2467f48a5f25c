package sagemaker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// generator draws requests.
type generator struct{ *rand.Rand }

const (
	alnum     = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	printable = alnum + " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~   "
)

// text draws up to most characters out of set, and one at least.
func (g generator) text(set string, most int) string {
	b := make([]byte, 1+g.IntN(most))
	for i := range b {
		b[i] = set[g.IntN(len(set))]
	}
	return string(b)
}

func (g generator) shape() *shape {
	names := []string{"a", g.text(printable, 20), "é" + g.text(alnum+"/%+", 8)}
	s := &shape{
		url:     &url.URL{Scheme: "https", Path: strings.Repeat("/base", g.IntN(2)) + "/endpoints/" + names[g.IntN(3)] + "/invocations"},
		host:    g.text(alnum, 10) + ".amazonaws.com",
		region:  g.text(alnum+"-", 12),
		service: g.text(alnum, 9),
	}
	if g.IntN(3) == 0 {
		s.host += fmt.Sprintf(":%d", 1+g.IntN(65535))
		s.host = strings.TrimSuffix(s.host, ":443") // which the SDK leaves out
	}
	if g.IntN(4) == 0 {
		s.url.RawQuery = url.Values{g.text(alnum, 4): {g.text(alnum, 4)}, g.text(alnum, 4): {g.text(alnum, 4)}}.Encode()
	}
	seen := map[string]bool{}
	for range g.IntN(8) {
		name := http.CanonicalHeaderKey("X-" + g.text(alnum+"-", 30))
		if seen[name] || strings.HasPrefix(name, "X-Amz") {
			continue
		}
		seen[name] = true
		s.fields = append(s.fields, field{name, strings.TrimSpace(g.text(printable, 60)), g.IntN(5) > 0})
	}
	return s
}

func (g generator) credentials() aws.Credentials {
	c := aws.Credentials{AccessKeyID: "AKIA" + g.text(alnum, 16), SecretAccessKey: g.text(alnum+"/+", 40)}
	if g.IntN(2) == 0 {
		c.SessionToken = g.text(alnum+"/+=", 900)
	}
	return c
}

// moment draws a time, half of the times within two seconds of midnight.
func (g generator) moment() time.Time {
	day := time.Date(2020+g.IntN(20), time.Month(1+g.IntN(12)), 1+g.IntN(31), 0, 0, 0, 0, time.UTC)
	if g.IntN(2) == 0 {
		return day.Add(time.Duration(g.Int64N(int64(4*time.Second))) - 2*time.Second)
	}
	return day.Add(time.Duration(g.Int64N(int64(24 * time.Hour)))).In(time.FixedZone("", 3600*(g.IntN(25)-12)))
}

func (g generator) sum() (sum [sha256.Size]byte) {
	for i := range sum {
		sum[i] = byte(g.IntN(256))
	}
	return sum
}

// authorizationBySDK is the header that the SDK's signer makes for a request of that shape.
func authorizationBySDK(t *testing.T, s *shape, creds aws.Credentials, length int, sum [sha256.Size]byte, at time.Time) string {
	t.Helper()
	u := *s.url
	u.Host = s.host
	req := &http.Request{Method: http.MethodPost, URL: &u, Host: s.host, Header: http.Header{}, ContentLength: int64(length)}
	for _, f := range s.fields {
		if f.signed {
			req.Header.Set(f.name, f.value)
		}
	}
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, req, hex.EncodeToString(sum[:]), s.service, s.region, at); err != nil {
		t.Fatal(err)
	}
	return req.Header.Get("Authorization")
}

// authorizationOf is the header that is sent for that signature.
func authorizationOf(t *testing.T, st *stamp, signature [2 * sha256.Size]byte) string {
	t.Helper()
	token, auth, ok := strings.Cut(st.keys.authorize, "\r\nAuthorization: ")
	want := ""
	if st.keys.creds.SessionToken != "" {
		want = "\r\nX-Amz-Security-Token: " + st.keys.creds.SessionToken
	}
	if !ok || token != want {
		t.Errorf("token %q, want %q", token, want)
	}
	return auth + string(signature[:])
}

// soon is a time at which no request here is over.
func soon() time.Time { return time.Now().Add(time.Minute) }

// The signatures are the SDK's, whatever is signed, by whom and when.
func TestSignsAsTheSDK(t *testing.T) {
	const shapes, each = 2500, 5
	g := generator{rand.New(rand.NewPCG(3, 4))}
	for range shapes {
		s, creds := g.shape(), g.credentials()
		signer := newSigner([]*shape{s}, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return creds, nil }), 2)
		for n := range each {
			if g.IntN(4) == 0 {
				creds = g.credentials()
			}
			now := g.moment()
			signer.now.Store(nil) // so that times may come in any order
			st := signer.at(t.Context(), now, soon())
			if late := st.second - now.Unix(); late < 0 || late > 1 {
				t.Fatalf("asked for %v, stamped %s", now, st.date)
			}
			length, sum := 1+g.IntN(MaxPayload), g.sum()
			var signature [2 * sha256.Size]byte
			signer.recall(st, 0, n%2, length, &sum, &signature)
			got, want := authorizationOf(t, st, signature), authorizationBySDK(t, s, creds, length, sum, time.Unix(st.second, 0))
			if got != want {
				t.Fatalf("%+v\ngot  %s\nwant %s", s, got, want)
			}
		}
	}
}
