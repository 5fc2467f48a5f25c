package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
)

// maxSigningKeys bounds the cache: one is needed for each service and day.
const maxSigningKeys = 64

// Keys are the credentials that requests may be signed with, and those that were once.
type Keys struct {
	mu      sync.RWMutex
	current string // access key id
	byID    map[string]*credential
	cache   map[scope]*signingKey

	buffers sync.Pool // of *bytes.Buffer, for canonical requests
}

// Credentials are what requests must be signed with.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey string
	SessionToken    string // empty: none may be sent
}

type credential struct {
	Credentials
	expired bool
}

// signingKey signs for one day, region and service.
type signingKey struct{ macs sync.Pool } // of *mac

// mac is a keyed hash, which costs more to make than to use, and where its sums go.
type mac struct {
	hash.Hash
	sum, claimed [sha256.Size]byte
}

func newSigningKey(key []byte) *signingKey {
	k := new(signingKey)
	k.macs.New = func() any { return &mac{Hash: hmac.New(sha256.New, key)} }
	return k
}

// signed says whether a signature in hex is that of data.
func (k *signingKey) signed(data []byte, signature string) bool {
	if len(signature) != hex.EncodedLen(sha256.Size) {
		return false
	}
	m := k.macs.Get().(*mac)
	defer k.macs.Put(m)
	m.Reset()
	m.Write(data)
	_, err := hex.Decode(m.claimed[:], []byte(signature))
	return err == nil && hmac.Equal(m.Sum(m.sum[:0]), m.claimed[:])
}

type scope struct{ accessKey, date, region, service string }

// NewKeys makes c valid, or random ones without a session token when it is empty.
func NewKeys(c Credentials) *Keys {
	if c.AccessKeyID == "" {
		c = Credentials{AccessKeyID: "AKIA" + rand.Text()[:16], SecretAccessKey: rand.Text() + rand.Text()}
	}
	k := &Keys{byID: map[string]*credential{}}
	k.buffers.New = func() any { return new(bytes.Buffer) }
	k.Set(c)
	return k
}

// Set makes c the only credentials that are valid.
func (k *Keys) Set(c Credentials) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, old := range k.byID {
		old.expired = true
	}
	k.current = c.AccessKeyID
	k.byID[c.AccessKeyID] = &credential{Credentials: c}
	k.cache = map[scope]*signingKey{}
}

// Expire lets the present credentials expire.
func (k *Keys) Expire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byID[k.current].expired = true
}

// Credentials that are valid, or were last.
func (k *Keys) Credentials() Credentials {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.byID[k.current].Credentials
}

// signingKey is the key that a signs with, if its credentials and session token are valid. The scope has been checked.
func (k *Keys) signingKey(a authorization, token string) (*signingKey, *Error) {
	s := scope{a.accessKey, a.date, a.region, a.service}
	k.mu.RLock()
	var c credential
	if known := k.byID[a.accessKey]; known != nil {
		c = *known
	}
	key := k.cache[s]
	k.mu.RUnlock()
	switch {
	case c.AccessKeyID == "":
		return nil, errToken()
	case c.expired:
		return nil, ExpiredToken()
	case c.SessionToken != token:
		return nil, errToken()
	case key != nil:
		return key, nil
	}
	key = newSigningKey(deriveKey(c.SecretAccessKey, a))
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.cache) >= maxSigningKeys {
		clear(k.cache)
	}
	if known := k.byID[a.accessKey]; known.Credentials == c.Credentials {
		k.cache[s] = key
	}
	return key, nil
}

func deriveKey(secret string, a authorization) []byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{a.date, a.region, a.service, "aws4_request"} {
		key = hmac256(key, []byte(part))
	}
	return key
}
