package sagemaker

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"slices"
)

// ErrPayload is wrapped by every error about a payload that cannot be sent.
var ErrPayload = errors.New("bad payload")

// Limits on payloads, in bytes.
const (
	MaxPayload  = 25 << 20  // one payload: SageMaker takes no more
	MaxPayloads = 256 << 20 // all of a directory: they are held in memory
)

// The content types that a Payload has unless told otherwise.
const (
	typeJSON   = "application/json"
	typeBinary = "application/octet-stream"
)

// Payload is a set of request bodies, each of which is sent in turn. It never changes; a long file that it is read from must not either.
type Payload struct {
	bodies [][]byte            // held in memory
	sums   [][sha256.Size]byte // of bodies
	long   *longFile           // has the bodies instead
	lined  bool                // they are lines of a file
	kinds  []string            // content types, where bodies have several
	kind   []int               // of each body, in kinds
	facts  Facts
}

// Facts about a Payload. Of texts with fields they are about the texts as written.
type Facts struct {
	Count       int     // bodies
	Distinct    int     // different ones; 0 where there are too many to tell
	Bytes       int64   // of the different bodies; of all where there are too many to tell
	Least, Most int64   // bytes of one body
	Mean        float64 // of all bodies
	SHA256      string  // of one body; of the bodies' hashes in their order where there are more
	ContentType string  // application/json if every body parses as JSON, else application/octet-stream; by the names of the files of a directory
	Fields      bool    // some have fields, which each request fills in
}

// maxTold is how many different bodies are told apart: a hash of each is kept while they are counted.
const maxTold = 1 << 18

// census takes bodies one after the other, and has the facts about all of them.
type census struct {
	Facts
	seen  map[uint64]struct{} // a part of the hashes; nil: too many
	all   hash.Hash           // of the hashes
	first [sha256.Size]byte
	total int64
}

func newCensus() *census {
	return &census{seen: make(map[uint64]struct{}), all: sha256.New()}
}

// add counts body and returns its hash.
func (c *census) add(body []byte) [sha256.Size]byte {
	sum, size := sha256.Sum256(body), int64(len(body))
	if c.Count == 0 {
		c.first, c.Least = sum, size
	}
	c.Count++
	c.total += size
	c.Least, c.Most = min(c.Least, size), max(c.Most, size)
	c.all.Write(sum[:])
	c.tell(sum, size)
	c.Fields = c.Fields || hasFields(body)
	return sum
}

func (c *census) tell(sum [sha256.Size]byte, size int64) {
	if c.seen == nil {
		return
	}
	part := uint64(0)
	for _, b := range sum[:8] {
		part = part<<8 | uint64(b)
	}
	if _, known := c.seen[part]; !known {
		c.seen[part] = struct{}{}
		c.Bytes += size
	}
	if len(c.seen) > maxTold {
		c.seen = nil
	}
}

func (c *census) done() Facts {
	c.Distinct = len(c.seen)
	if c.seen == nil {
		c.Bytes = c.total
	}
	c.Mean = float64(c.total) / float64(max(c.Count, 1))
	c.SHA256 = hex.EncodeToString(c.all.Sum(nil))
	if c.Count == 1 {
		c.SHA256 = hex.EncodeToString(c.first[:])
	}
	return c.Facts
}

// newPayload takes bodies as they are: they must not change any more. They have no fields, whatever is in them.
func newPayload(bodies [][]byte) *Payload {
	p, c := &Payload{bodies: bodies}, newCensus()
	c.ContentType = typeJSON
	for _, body := range bodies {
		p.sums = append(p.sums, c.add(body))
		if !json.Valid(body) {
			c.ContentType = typeBinary
		}
	}
	p.facts = c.done()
	p.facts.Fields = false
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

// made says whether a body has to be made for each request, rather than lying ready.
func (p *Payload) made() bool { return p.long != nil || p.facts.Fields }

// number is which line of its file body i is, from 1; 0 where it is none.
func (p *Payload) number(i int) int {
	if !p.lined {
		return 0
	}
	return i + 1
}

// types are the content types of bodies, and kindOf says which of them body i has.
func (p *Payload) types() []string {
	if p.kinds == nil {
		return []string{p.facts.ContentType}
	}
	return p.kinds
}

func (p *Payload) kindOf(i int) int {
	if p.kind == nil {
		return 0
	}
	return p.kind[i]
}

// index says which body request n has: one after the other, from the first again after the last.
func (p *Payload) index(n uint64) int { return int(n % uint64(p.facts.Count)) }

// random is index in an order drawn from seed: the same n and seed give the same body on every worker.
func (p *Payload) random(n, seed uint64) int {
	if p.facts.Count == 1 {
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
