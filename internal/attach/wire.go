package attach

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"

	"sagetop/internal/session"
)

// On the wire there are frames: four bytes of length, then one CBOR item. The client begins with a hello, the server answers with a
// welcome; then updates go one way and commands the other. A bye says that no further update will come because the run is over.

// hello is the client's first frame.
type hello struct {
	Hello   string // helloText
	Version string // of sagetop: State is the same on both sides
	Role    Role
}

const helloText = "sagetop attach 1"

// welcome is the server's first frame.
type welcome struct {
	Version string
	Refused string // why no more will come; empty: it will
}

// update of the State on the other side.
type update struct {
	Changes []change
	More    bool // this is not all of it yet
	Bye     bool // the run is over and all of it written
}

// Bounds of a frame, so that what is no frame is not taken for a huge one. A screen as text has some ten thousand characters.
const (
	maxFromClient = 1 << 20
	maxFromServer = 64 << 20
)

var errFrame = errors.New("that is not what a sagetop sends")

// wire writes times to the nanosecond with their zone, and rules and names as they are read. A day has more seconds than its own limit
// allows in one list, but changes come in shorter ones.
type wire struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

func newWire() (wire, error) {
	enc, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano, TextMarshaler: cbor.TextMarshalerTextString}.EncMode()
	if err != nil {
		return wire{}, err
	}
	dec, err := cbor.DecOptions{TextUnmarshaler: cbor.TextUnmarshalerTextString}.DecMode()
	return wire{enc, dec}, err
}

func (w wire) send(to io.Writer, v any) error {
	item, err := w.enc.Marshal(v)
	if err != nil {
		return err
	}
	frame := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(item)), uint32(len(item)))
	_, err = to.Write(append(frame, item...))
	return err
}

func (w wire) receive(from io.Reader, v any, most uint32) error {
	var head [4]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return err
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > most {
		return fmt.Errorf("%w: %d bytes at once", errFrame, length)
	}
	item := make([]byte, length)
	if _, err := io.ReadFull(from, item); err != nil {
		return err
	}
	if err := w.dec.Unmarshal(item, v); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	return nil
}

// busy is a command that was not taken.
func busy(v session.Verb) error { return fmt.Errorf("%w: %s was not taken", session.ErrBusy, v) }
