package sagemaker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
)

// ErrPayload is wrapped by every error about a payload that cannot be sent.
var ErrPayload = errors.New("bad payload")

// Limits on payloads, in bytes.
const (
	MaxPayload  = 25 << 20  // one payload: SageMaker takes no more
	MaxPayloads = 256 << 20 // all of them: they are held in memory
)

// The content types that a Payload has unless told otherwise.
const (
	typeJSON   = "application/json"
	typeBinary = "application/octet-stream"
)

// Payload is a set of request bodies, each of which is sent in turn. It is read whole before the load and never changes.
type Payload struct {
	bodies [][]byte
	sums   [][sha256.Size]byte // of the bodies
	facts  Facts
}

// Facts about a Payload.
type Facts struct {
	Distinct    int    // different bodies
	Bytes       int64  // of the different bodies
	SHA256      string // of one body; of the bodies' hashes in their order where there are more
	ContentType string // application/json if every body parses as JSON, else application/octet-stream
}

// newPayload takes bodies as they are: they must not change any more.
func newPayload(bodies [][]byte) *Payload {
	p := &Payload{bodies: bodies, facts: Facts{ContentType: typeJSON}}
	seen := make(map[[sha256.Size]byte]bool, len(bodies))
	all := sha256.New()
	for _, body := range bodies {
		sum := sha256.Sum256(body)
		p.sums = append(p.sums, sum)
		all.Write(sum[:])
		if !seen[sum] {
			seen[sum] = true
			p.facts.Bytes += int64(len(body))
		}
		if !json.Valid(body) {
			p.facts.ContentType = typeBinary
		}
	}
	p.facts.Distinct = len(seen)
	p.facts.SHA256 = hex.EncodeToString(all.Sum(nil))
	if len(bodies) == 1 {
		p.facts.SHA256 = hex.EncodeToString(p.sums[0][:])
	}
	return p
}

// NewPayload returns a Payload of copies of bodies: at least one, none empty, each of at most MaxPayload bytes.
func NewPayload(bodies ...[]byte) (*Payload, error) {
	if len(bodies) == 0 {
		return nil, errNothing
	}
	copies := make([][]byte, len(bodies))
	for i, body := range bodies {
		if err := checkSize("the payload", int64(len(body))); err != nil {
			return nil, err
		}
		copies[i] = slices.Clone(body)
	}
	return newPayload(copies), nil
}

// Facts about p.
func (p *Payload) Facts() Facts { return p.facts }

// index says which body request n has: one after the other, from the first again after the last.
func (p *Payload) index(n uint64) int { return int(n % uint64(len(p.bodies))) }

// random is index in an order drawn from seed: the same n and seed give the same body on every worker.
func (p *Payload) random(n, seed uint64) int {
	if len(p.bodies) == 1 {
		return 0
	}
	return p.index(mix(n ^ mix(seed)))
}

// mix is the finaliser of splitmix64 (Steele, Lea and Flood 2014): every bit of x moves about half of the bits of the result.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
