package sagemaker

import (
	"context"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// provider is one whose credentials can be changed.
type provider struct {
	asked atomic.Int64
	mu    sync.Mutex
	creds aws.Credentials
	err   error
}

func (p *provider) Retrieve(context.Context) (aws.Credentials, error) {
	p.asked.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.creds, p.err
}

func (p *provider) set(creds aws.Credentials, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.creds, p.err = creds, err
}

var (
	oldCreds       = aws.Credentials{AccessKeyID: "AKIAOLD", SecretAccessKey: "old", SessionToken: "token-old"}
	noon           = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	beforeMidnight = time.Date(2026, 11, 25, 23, 59, 59, 0, time.UTC)
)

func newTestSigner() (*signer, *provider) {
	p := &provider{creds: oldCreds}
	return newSigner([]*shape{generator{rand.New(rand.NewPCG(5, 6))}.shape()}, p, 2), p
}

// checked signs and holds the signature against the SDK's of the stamp's own credentials and second.
func checked(t *testing.T, s *signer, st *stamp) {
	t.Helper()
	sum := sha256.Sum256([]byte("body"))
	var signature [2 * sha256.Size]byte
	s.recall(st, 0, 0, 4, &sum, &signature)
	got, want := authorizationOf(t, st, signature), authorizationBySDK(t, s.shapes[0], st.keys.creds, 4, sum, time.Unix(st.second, 0))
	if got != want {
		t.Errorf("%s\ngot  %s\nwant %s", st.date, got, want)
	}
}

func TestNewKeysAtMidnight(t *testing.T) {
	s, p := newTestSigner()
	var stamps []*stamp
	for i := range 4 {
		st := s.at(t.Context(), beforeMidnight.Add(time.Duration(i-1)*time.Second), soon())
		checked(t, s, st)
		stamps = append(stamps, st)
	}
	if stamps[0].keys != stamps[1].keys || stamps[2].keys != stamps[3].keys {
		t.Error("keys were derived anew within a day")
	}
	if stamps[1].keys.day != "20261125" || stamps[2].keys.day != "20261126" || stamps[2].date != "20261126T000000Z" {
		t.Errorf("%s then %s", stamps[1].date, stamps[2].date)
	}
	if n := p.asked.Load(); n != 4 {
		t.Errorf("the provider was asked %d times in 4 seconds", n)
	}
}

// Any part of the credentials may change, and the next second has them.
func TestRotation(t *testing.T) {
	s, p := newTestSigner()
	now := noon
	for _, creds := range []aws.Credentials{
		{AccessKeyID: "AKIANEW", SecretAccessKey: "old", SessionToken: "token-old"},
		{AccessKeyID: "AKIANEW", SecretAccessKey: "new", SessionToken: "token-old"},
		{AccessKeyID: "AKIANEW", SecretAccessKey: "new", SessionToken: "token-new"},
		{AccessKeyID: "AKIANEW", SecretAccessKey: "new"},
	} {
		before := s.at(t.Context(), now, soon())
		p.set(creds, nil)
		if s.at(t.Context(), now, soon()) != before {
			t.Error("two stamps in one second")
		}
		now = now.Add(time.Second)
		st := s.at(t.Context(), now, soon())
		if got := st.keys.creds; got.AccessKeyID != creds.AccessKeyID || got.SecretAccessKey != creds.SecretAccessKey || got.SessionToken != creds.SessionToken {
			t.Errorf("%+v, want %+v", got, creds)
		}
		checked(t, s, st)
		checked(t, s, before) // a request that was late to sign: as of its own stamp
	}
}

func TestProviderFailsForASecond(t *testing.T) {
	s, p := newTestSigner()
	checked(t, s, s.at(t.Context(), noon, soon()))
	down := errors.New("down")
	p.set(aws.Credentials{}, down)
	for range 3 {
		if st := s.at(t.Context(), noon.Add(time.Second), soon()); !errors.Is(st.err, down) {
			t.Errorf("%v", st.err)
		}
	}
	if n := p.asked.Load(); n != 2 {
		t.Errorf("asked %d times, once a second would be 2", n)
	}
	p.set(oldCreds, nil)
	st := s.at(t.Context(), noon.Add(2*time.Second), soon())
	if st.err != nil {
		t.Fatal(st.err)
	}
	checked(t, s, st)
}

// A clock that is set back takes the stamps with it, but users who are not quite in step share one.
func TestClockSetBack(t *testing.T) {
	s, _ := newTestSigner()
	first := s.at(t.Context(), noon, soon())
	if s.at(t.Context(), noon.Add(-staleAfter*time.Second), soon()) != first {
		t.Error("a user behind the others got a stamp of its own")
	}
	for _, back := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour} {
		now := noon.Add(-back)
		st := s.at(t.Context(), now, soon())
		if st.second != now.Unix() {
			t.Errorf("at %v the stamp is %s", now, st.date)
		}
		checked(t, s, st)
	}
}

func TestSkewCorrection(t *testing.T) {
	tests := []struct {
		date string
		want time.Duration
	}{
		{noon.Add(10 * time.Minute).Format(http.TimeFormat), 10 * time.Minute},
		{noon.Add(-2 * time.Hour).Format(http.TimeFormat), -2 * time.Hour},
		{"nonsense", -2 * time.Hour}, // nothing new was learnt
		{"", -2 * time.Hour},
		{noon.Add(time.Second).Format(http.TimeFormat), 0}, // the clocks agree: it was not for the time
	}
	s, _ := newTestSigner()
	s.at(t.Context(), noon, soon())
	for _, tt := range tests {
		s.correct([]byte(tt.date), noon)
		st := s.at(t.Context(), noon, soon())
		if want := noon.Add(tt.want).Unix(); st.second != want {
			t.Errorf("%q: %s", tt.date, st.date)
		}
		checked(t, s, st)
	}
}

// A payload is signed once in a second: what is remembered is handed out again.
func TestSignsOncePerPayloadAndSecond(t *testing.T) {
	s, _ := newTestSigner()
	sum := sha256.Sum256(nil)
	var signature [2 * sha256.Size]byte
	for i := range 2 {
		st := s.at(t.Context(), noon.Add(time.Duration(i)*time.Second), soon())
		for payload := range 2 {
			s.recall(st, 0, payload, 1, &sum, &signature)
			if signature[0] == 'X' {
				t.Error("the signature of another second")
			}
			s.signatures[payload].hex[0] = 'X'
		}
		for payload := range 2 {
			if s.recall(st, 0, payload, 1, &sum, &signature); signature[0] != 'X' {
				t.Errorf("payload %d was signed again in the same second", payload)
			}
		}
	}
}

// Users sign at the same time, over many seconds and rotations, and no signature mixes two stamps.
func TestManyUsersSign(t *testing.T) {
	const length = 60 // seconds
	s, p := newTestSigner()
	for n := range length {
		p.set(aws.Credentials{AccessKeyID: "AKIA", SecretAccessKey: string(rune('a' + n%26)), SessionToken: "t"}, nil)
		now := beforeMidnight.Add(time.Duration(n) * time.Second)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { checked(t, s, s.at(t.Context(), now, soon())) })
		}
		wg.Wait()
	}
	if n := p.asked.Load(); n != length {
		t.Errorf("the provider was asked %d times in %d seconds", n, length)
	}
}

// A provider that does not answer costs each request no more than its time, and all who wait learn it together.
func TestProviderHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := atomic.Int64{}
		hangs := aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			asked.Add(1)
			<-ctx.Done()
			return aws.Credentials{}, ctx.Err()
		})
		s := newSigner([]*shape{generator{rand.New(rand.NewPCG(5, 6))}.shape()}, typedCredentials{hangs}, 1)
		const timeout = 10 * time.Second
		began := time.Now()
		var wg sync.WaitGroup
		for user := range 20 {
			wg.Go(func() {
				time.Sleep(time.Duration(user) * 300 * time.Millisecond)
				now := time.Now()
				st := s.at(t.Context(), now, now.Add(timeout))
				if !noCredentials(st.err) {
					t.Errorf("user %d: %v", user, st.err)
				}
				if took := time.Since(began); took != timeout {
					t.Errorf("user %d was told after %v", user, took)
				}
			})
		}
		wg.Wait()
		if n := asked.Load(); n != 1 {
			t.Errorf("the provider was asked %d times", n)
		}
	})
}

// A user who is called off while it asks takes nobody along.
func TestAbortWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first sync.Once
		slow := aws.CredentialsProviderFunc(func(ctx context.Context) (creds aws.Credentials, err error) {
			first.Do(func() {
				<-ctx.Done()
				err = ctx.Err()
			})
			return oldCreds, err
		})
		s := newSigner([]*shape{generator{rand.New(rand.NewPCG(5, 6))}.shape()}, typedCredentials{slow}, 1)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if st := s.at(ctx, time.Now(), soon()); st.err == nil {
				t.Error("called off, and signs")
			}
		})
		synctest.Wait()
		waits, stop := context.WithCancel(t.Context())
		wg.Go(func() {
			if st := s.at(waits, time.Now(), soon()); st.err == nil {
				t.Error("called off while waiting, and signs")
			}
		})
		synctest.Wait()
		stop()
		synctest.Wait()
		wg.Go(func() {
			if st := s.at(t.Context(), time.Now(), soon()); st.err != nil {
				t.Error(st.err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
	})
}
