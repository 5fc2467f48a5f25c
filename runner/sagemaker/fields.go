package sagemaker

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strconv"
)

// Fields of a text stand in {{ and }}, written as in Go's templates, and are filled in anew for each request. There are so few of them,
// and texts so many, that none is compiled beforehand: finding a field and filling it in are one.
const fieldsThereAre = `{{.uuid}} {{.seq}} {{.user}} {{.line}} {{randInt 1 100}}, and {{"{{"}} for the two braces themselves`

var (
	opening = []byte("{{")
	closing = []byte("}}")
)

// values that fields of one request have.
type values struct {
	n, seed uint64
	user    int
	line    int // of the file that the text is from; 0: it is from none
}

// hasFields says whether there is anything to fill in.
func hasFields(text []byte) bool { return bytes.Contains(text, opening) }

// fill appends text to b with its fields filled in. It allocates nothing but room in b, unless a field is wrong.
func fill(b, text []byte, v *values) ([]byte, error) {
	for drawn := uint64(0); ; drawn++ {
		begin := bytes.Index(text, opening)
		if begin < 0 {
			return append(b, text...), nil
		}
		b = append(b, text[:begin]...)
		text = text[begin+len(opening):]
		end := bytes.Index(text, closing)
		if end < 0 {
			return b, fmt.Errorf("{{%s has no }}: there are %s", abridged(text), fieldsThereAre)
		}
		var err error
		if b, err = appendField(b, bytes.TrimSpace(text[:end]), v, drawn); err != nil {
			return b, err
		}
		text = text[end+len(closing):]
	}
}

// appendField appends what field is. drawn tells the random numbers of one request apart.
func appendField(b, field []byte, v *values, drawn uint64) ([]byte, error) {
	switch string(field) {
	case ".uuid":
		return appendUUID(b, v), nil
	case ".seq":
		return strconv.AppendUint(b, v.n, 10), nil
	case ".user":
		return strconv.AppendInt(b, int64(v.user), 10), nil
	case ".line":
		if v.line == 0 {
			return b, fmt.Errorf("{{.line}} is the number of a line in a .jsonl file, and this is none")
		}
		return strconv.AppendInt(b, int64(v.line), 10), nil
	case `"{{"`:
		return append(b, opening...), nil
	}
	if rest, ok := bytes.CutPrefix(field, []byte("randInt ")); ok {
		return appendRandom(b, rest, v, drawn)
	}
	return b, fmt.Errorf("there is no field {{%s}}: there are %s", abridged(field), fieldsThereAre)
}

// appendRandom appends a number from the first of bounds to the last.
func appendRandom(b, bounds []byte, v *values, drawn uint64) ([]byte, error) {
	low, high, _ := bytes.Cut(bytes.TrimSpace(bounds), []byte{' '})
	from, err1 := strconv.ParseInt(string(low), 10, 64)
	to, err2 := strconv.ParseInt(string(bytes.TrimSpace(high)), 10, 64)
	if err1 != nil || err2 != nil || to < from {
		return b, fmt.Errorf("{{randInt %s}}: must be two whole numbers with the lower one first, such as {{randInt 1 100}}", abridged(bounds))
	}
	random := mix(mix(v.seed+randomSalt)^v.n) + drawn
	offset := mix(random)
	if span := uint64(to) - uint64(from) + 1; span != 0 { // 0: all there are
		offset, _ = bits.Mul64(offset, span)
	}
	return strconv.AppendInt(b, int64(uint64(from)+offset), 10), nil
}

// Salts keep what is drawn from one seed apart.
const (
	randomSalt = 0x72616e64
	uuidSalt   = 0x75756964
)

// appendUUID appends a random UUID (RFC 9562, version 4), which no other request of the same seed has.
func appendUUID(b []byte, v *values) []byte {
	var id [16]byte
	first := mix(mix(v.seed+uuidSalt) ^ v.n)
	binary.BigEndian.PutUint64(id[:8], first)
	binary.BigEndian.PutUint64(id[8:], mix(first^v.n))
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	for i, part := range [...][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	return b
}

// abridged is as much of a text as fits into a message.
func abridged(text []byte) string { return cut(legible(string(text[:min(len(text), maxScan)])), 40) }
