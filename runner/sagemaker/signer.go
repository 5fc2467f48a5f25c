package sagemaker

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// signer signs requests of a few shapes with AWS Signature Version 4.
//
// A signature holds for a payload and a second, so it is made once for all requests that share both. Each second has one stamp: the
// date, and the key in force. Whoever comes first in a second makes its stamp, and asks the credentials' provider then, which is how
// credentials that were renewed are noticed within a second.
type signer struct {
	shapes      []*shape
	provider    aws.CredentialsProvider
	skew        atomic.Int64  // nanoseconds that the server's clock is ahead of ours
	making      chan struct{} // holds one of those who make a stamp
	now         atomic.Pointer[stamp]
	payloads    int         // that lie ready
	signatures  []signature // by shape and payload; none where that would be too many
	instruments sync.Pool   // of *instrument
}

// stamp is what the signatures of one second have in common. It never changes.
type stamp struct {
	second int64
	date   string // 20261125T131751Z
	keys   *keys
	err    error // there are no credentials, so nothing can be signed in this second
}

// keys are what is derived from credentials and lasts for a day (UTC): the key, and what stands between the parts that vary.
type keys struct {
	creds aws.Credentials
	day   string
	key   [sha256.Size]byte

	canonical [][3]string // of a canonical request, by shape: before the length, before the date, after the date
	toSign    string      // of the string to sign, after the date
	authorize string      // of the head, after the date up to the signature
}

// signature of one payload in one shape, as of one stamp.
type signature struct {
	mu    sync.Mutex
	stamp *stamp
	hex   [2 * sha256.Size]byte
}

// instrument is what is needed to sign once, used again.
type instrument struct {
	text []byte
	mac  hash.Hash
	keys *keys // of mac
}

// maxRecalled is how many signatures are kept: 11 MB. Of more, few would be asked for again within their second.
const maxRecalled = 1 << 17

// newSigner signs that many payloads that lie ready. Other bodies are signed by who makes them.
func newSigner(shapes []*shape, provider aws.CredentialsProvider, payloads int) *signer {
	s := &signer{
		shapes: shapes, provider: provider, payloads: payloads, making: make(chan struct{}, 1),
		instruments: sync.Pool{New: func() any { return new(instrument) }},
	}
	if n := len(shapes) * payloads; n <= maxRecalled {
		s.signatures = make([]signature, n)
	}
	return s
}

// staleAfter is how many seconds a stamp may be ahead of a request: users are not in step, but a clock that was set back must not be
// followed by stamps of the future.
const staleAfter = 5

// at is the stamp for a request that is sent now and over at due.
func (s *signer) at(ctx context.Context, now, due time.Time) *stamp {
	if st := s.now.Load(); st.serves(s.second(now)) {
		return st
	}
	return s.next(ctx, now, due)
}

// second is what the server's clock shows.
func (s *signer) second(now time.Time) int64 { return now.Add(time.Duration(s.skew.Load())).Unix() }

// next makes a stamp, or waits for whoever is making one. A provider may take its time, so the stamp is of the moment at which it has
// answered: those who have waited meanwhile find it fit for them, and do not ask again one after the other.
func (s *signer) next(ctx context.Context, now, due time.Time) *stamp {
	began := time.Now()
	limited, cancel := context.WithDeadline(ctx, due)
	defer cancel()
	select {
	case s.making <- struct{}{}:
		defer func() { <-s.making }()
	case <-limited.Done():
		return &stamp{err: &credentialsError{limited.Err()}}
	}
	before := s.now.Load()
	if before.serves(s.second(now.Add(time.Since(began)))) {
		return before
	}
	creds, err := s.provider.Retrieve(limited)
	st := s.stamp(creds, err, s.second(now.Add(time.Since(began))), before)
	if ctx.Err() == nil { // else it is this user that was called off
		s.now.Store(st)
	}
	return st
}

func (st *stamp) serves(second int64) bool {
	return st != nil && st.second >= second && st.second <= second+staleAfter
}

// stamp of a second; what it has in common with the one before is taken from there.
func (s *signer) stamp(creds aws.Credentials, err error, second int64, before *stamp) *stamp {
	st := &stamp{second: second, date: time.Unix(second, 0).UTC().Format("20060102T150405Z"), err: err}
	if err != nil {
		return st
	}
	if before != nil && before.err == nil && before.keys.holds(creds, st.date[:8]) {
		st.keys = before.keys
		return st
	}
	st.keys = newKeys(s.shapes, creds, st.date[:8])
	return st
}

func (k *keys) holds(creds aws.Credentials, day string) bool {
	return k.day == day && k.creds.AccessKeyID == creds.AccessKeyID && k.creds.SecretAccessKey == creds.SecretAccessKey &&
		k.creds.SessionToken == creds.SessionToken
}

// recall writes the signature of payload i, which lies ready and has that length and hash, as of st. It is made only once.
func (s *signer) recall(st *stamp, shape, i, length int, sum *[sha256.Size]byte, to *[2 * sha256.Size]byte) {
	if s.signatures == nil {
		s.sign(st, shape, length, sum, to)
		return
	}
	g := &s.signatures[shape*s.payloads+i]
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stamp != st {
		s.sign(st, shape, length, sum, &g.hex)
		g.stamp = st
	}
	*to = g.hex
}

// sign makes a signature.
func (s *signer) sign(st *stamp, shape, length int, sum *[sha256.Size]byte, to *[2 * sha256.Size]byte) {
	tool := s.instruments.Get().(*instrument)
	tool.sign(st, shape, length, sum, to)
	s.instruments.Put(tool)
}

// sign is the whole of Signature Version 4: it writes the signature of a body of that length and hash in that shape as of st.
func (t *instrument) sign(st *stamp, shape, length int, sum *[sha256.Size]byte, to *[2 * sha256.Size]byte) {
	k := st.keys
	canonical := &k.canonical[shape]
	b := append(t.text[:0], canonical[0]...)
	b = strconv.AppendInt(b, int64(length), 10)
	b = append(b, canonical[1]...)
	b = append(b, st.date...)
	b = append(b, canonical[2]...)
	b = hex.AppendEncode(b, sum[:])
	request := sha256.Sum256(b)

	b = append(b[:0], "AWS4-HMAC-SHA256\n"...)
	b = append(b, st.date...)
	b = append(b, k.toSign...)
	b = hex.AppendEncode(b, request[:])

	if t.keys != k {
		t.mac, t.keys = hmac.New(sha256.New, k.key[:]), k
	}
	t.mac.Reset()
	t.mac.Write(b)
	n := len(b)
	b = t.mac.Sum(b)
	hex.Encode(to[:], b[n:])
	t.text = b
}

// correct notes how far the server's clock is from ours, after it has refused a signature. AWS takes five minutes either way; within
// four the clock was not the reason, and an older correction is taken back.
func (s *signer) correct(date []byte, now time.Time) {
	const reason = 4 * time.Minute
	server, err := time.Parse(time.RFC1123, string(date))
	if err != nil {
		return
	}
	ahead := server.Sub(now)
	if ahead.Abs() < reason {
		ahead = 0
	}
	s.skew.Store(int64(ahead))
}
