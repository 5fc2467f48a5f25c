package sagemaker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// A stream of events (application/vnd.amazon.eventstream) is frames one after the other, numbers with their highest byte first: its
// length and that of its headers, 4 bytes each, a CRC-32 of these 8, the headers, the payload, a CRC-32 of all before it.
const (
	preludeLen = 12
	trailerLen = 4
	maxFrame   = 16<<20 + 128<<10 + preludeLen + trailerLen // the most that the format allows
)

// errEvents is wrapped by every error about a body that is no such stream.
var errEvents = errors.New("sagemaker: malformed event stream")

// frames cuts a stream that comes in pieces into its frames. A frame that comes whole stays where it is.
type frames struct {
	begun []byte // of a frame that is not whole yet
}

// reset forgets what was begun, and memory that only a long frame needed.
func (f *frames) reset() {
	const keep = 64 << 10
	if cap(f.begun) > keep {
		f.begun = nil
	}
	f.begun = f.begun[:0]
}

// cut returns the frame that piece ends or has whole, and what came behind it; no frame when piece is used up before. The frame is
// valid until the next call.
func (f *frames) cut(piece []byte) (frame, rest []byte, err error) {
	if len(f.begun) == 0 {
		if n, err := frameLen(piece); err != nil || n > 0 && n <= len(piece) {
			return piece[:n], piece[n:], err
		}
	}
	for {
		want, err := frameLen(f.begun)
		switch {
		case err != nil:
			return nil, nil, err
		case want > 0 && want == len(f.begun):
			frame, f.begun = f.begun, f.begun[:0]
			return frame, piece, nil
		case len(piece) == 0:
			return nil, nil, nil
		case want == 0:
			want = preludeLen
		}
		n := min(want-len(f.begun), len(piece))
		f.begun, piece = append(f.begun, piece[:n]...), piece[n:]
	}
}

// frameLen is the length of the frame that b begins with, 0 while its prelude is not whole.
func frameLen(b []byte) (int, error) {
	if len(b) < preludeLen {
		return 0, nil
	}
	length, headers := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	switch {
	case crc32.ChecksumIEEE(b[:8]) != binary.BigEndian.Uint32(b[8:]):
		return 0, fmt.Errorf("%w: checksum of a prelude", errEvents)
	case length > maxFrame || length < preludeLen+trailerLen || headers > length-preludeLen-trailerLen:
		return 0, fmt.Errorf("%w: a frame of %d bytes with %d of headers", errEvents, length, headers)
	}
	return int(length), nil
}

// event is what a frame says. It lies in the frame.
type event struct {
	message []byte // :message-type, which is event, exception or error
	kind    []byte // :event-type
	payload []byte
}

// parseEvent reads a whole frame.
func parseEvent(frame []byte) (e event, err error) {
	end := len(frame) - trailerLen
	if crc32.ChecksumIEEE(frame[:end]) != binary.BigEndian.Uint32(frame[end:]) {
		return e, fmt.Errorf("%w: checksum of a frame", errEvents)
	}
	split := preludeLen + int(binary.BigEndian.Uint32(frame[4:]))
	e.payload = frame[split:end]
	for headers := frame[preludeLen:split]; len(headers) > 0; {
		name, value, rest, ok := cutHeader(headers)
		if !ok {
			return e, fmt.Errorf("%w: headers of a frame", errEvents)
		}
		switch string(name) {
		case ":message-type":
			e.message = value
		case ":event-type":
			e.kind = value
		}
		headers = rest
	}
	return e, nil
}

// headerSizes are the bytes of a header's value, by its type: true, false, four lengths of integers, bytes, text, a time, a UUID. What is
// below 0 says its length itself.
var headerSizes = [...]int{0, 0, 1, 2, 4, 8, -1, -1, 8, 16}

// cutHeader cuts the first header off b.
func cutHeader(b []byte) (name, value, rest []byte, ok bool) {
	at := 1 + int(b[0])
	if len(b) <= at || int(b[at]) >= len(headerSizes) {
		return nil, nil, nil, false
	}
	name, value = b[1:at], b[at+1:]
	size := headerSizes[b[at]]
	if size < 0 {
		if len(value) < 2 {
			return nil, nil, nil, false
		}
		size, value = int(binary.BigEndian.Uint16(value)), value[2:]
	}
	if len(value) < size {
		return nil, nil, nil, false
	}
	return name, value[:size], value[size:], true
}
