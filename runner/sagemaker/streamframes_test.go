package sagemaker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/eventstream"

	"sagetop/runner"
)

// everyKind is an event with a header of each type of value.
func everyKind(t testing.TB) []byte {
	t.Helper()
	m := eventstream.Message{Payload: []byte("of every kind")}
	for i, v := range []eventstream.Value{
		eventstream.BoolValue(true), eventstream.BoolValue(false), eventstream.Int8Value(1), eventstream.Int16Value(2), eventstream.Int32Value(3),
		eventstream.Int64Value(4), eventstream.BytesValue("bytes"), eventstream.StringValue("text"), eventstream.TimestampValue(time.UnixMilli(5)),
		eventstream.UUIDValue{6},
		eventstream.StringValue(""),
	} {
		m.Headers.Set(fmt.Sprint("h", i), v)
	}
	m.Headers.Set(":message-type", eventstream.StringValue("event"))
	m.Headers.Set(":event-type", eventstream.StringValue("PayloadPart"))
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// textsOf are the payloads of the parts that a stream in these pieces has.
func textsOf(pieces ...[]byte) (texts []string, err error) {
	s := newStream(&Config{Stream: true, Payload: &Payload{}})
	s.reader = readerFunc(func(part []byte) { texts = append(texts, string(part)) })
	var r runner.Result
	s.begin(time.Now(), &r)
	for _, p := range pieces {
		if err := s.take(bytes.Clone(p)); err != nil { // in memory of its own: nothing may look at it later
			return texts, err
		}
	}
	return texts, s.whole()
}

type readerFunc func(part []byte)

func (readerFunc) begin() {}

func (f readerFunc) feed(part []byte, _ time.Duration, _ *runner.Result) { f(part) }

// Wherever a stream is split, in two or in three, and byte by byte, it has the same parts.
func TestSplitAnywhere(t *testing.T) {
	all := slices.Concat(payloadPart(t, "a"), everyKind(t), payloadPart(t, ""), payloadPart(t, "the last"))
	want := []string{"a", "of every kind", "the last"}
	check := func(pieces ...[]byte) {
		t.Helper()
		if got, err := textsOf(pieces...); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%q %v, in %d pieces, the first of %d bytes", got, err, len(pieces), len(pieces[0]))
		}
	}
	for i := range all {
		check(all[:i], all[i:])
		for j := i; j < len(all); j += 7 {
			check(all[:i], all[i:j], all[j:])
		}
	}
	check(slices.Collect(slices.Chunk(all, 1))...)
}

// Wherever a stream ends that is not between two frames, it was cut.
func TestCutAnywhere(t *testing.T) {
	one, two := payloadPart(t, "a"), everyKind(t)
	all := slices.Concat(one, two)
	for i := range all {
		_, err := textsOf(all[:i])
		if between := i == 0 || i == len(one); between != (err == nil) || !between && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("after %d bytes: %v", i, err)
		}
	}
}

// Whichever bit of a frame is wrong, it is found.
func TestEveryBitIsChecked(t *testing.T) {
	whole := payloadPart(t, "ab")
	for i := range 8 * len(whole) {
		bad := bytes.Clone(whole)
		bad[i/8] ^= 1 << (i % 8)
		if got, err := textsOf(bad); !errors.Is(err, errEvents) || len(got) > 0 {
			t.Errorf("bit %d: %q %v", i, got, err)
		}
	}
}

// A long frame leaves no memory behind.
func TestFramesForget(t *testing.T) {
	var f frames
	long := payloadPart(t, string(make([]byte, 1<<20)))
	for _, piece := range [][]byte{long[:100], long[100 : len(long)-1]} {
		if frame, _, err := f.cut(piece); frame != nil || err != nil {
			t.Fatal(len(frame), err)
		}
	}
	if frame, _, err := f.cut(long[len(long)-1:]); !bytes.Equal(frame, long) || err != nil {
		t.Fatal(len(frame), err)
	}
	if f.reset(); cap(f.begun) > 0 {
		t.Errorf("%d bytes are kept", cap(f.begun))
	}
}

// oracle is what the SDK's decoder makes of a stream: the payloads of its PayloadParts.
func oracle(data []byte) (texts []string, err error) {
	in, d := bytes.NewReader(data), eventstream.NewDecoder()
	for in.Len() > 0 {
		m, err := d.Decode(in, nil)
		if err != nil {
			return texts, err
		}
		message, kind := m.Headers.Get(":message-type"), m.Headers.Get(":event-type")
		if message == nil || message.String() != "event" || kind == nil {
			return texts, errors.New("no event")
		}
		if kind.String() == "PayloadPart" && len(m.Payload) > 0 {
			texts = append(texts, string(m.Payload))
		}
	}
	return texts, nil
}

// sealed is a frame with these headers, whatever they are, and the checksums that it has to have.
func sealed(headers, payload []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(preludeLen+len(headers)+len(payload)+trailerLen))
	b = binary.BigEndian.AppendUint32(b, uint32(len(headers)))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	b = append(append(b, headers...), payload...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// Whatever headers a frame has, it is to us what it is to the SDK.
func FuzzFrames(f *testing.F) {
	for _, seed := range [][]byte{payloadPart(f, "a"), everyKind(f), exception(f, "ModelStreamError", "{}"), frame(f, "{}", ":message-type", "event", ":event-type", "Later")} {
		split := preludeLen + int(binary.BigEndian.Uint32(seed[4:]))
		f.Add(seed[preludeLen:split], seed[split:len(seed)-trailerLen], uint16(40))
	}
	f.Fuzz(func(t *testing.T, headers, payload []byte, split uint16) {
		data := sealed(headers, payload)
		at := min(int(split), len(data))
		got, err := textsOf(data[:at], data[at:])
		want, wantErr := oracle(data)
		if err != nil && strings.Contains(err.Error(), "headers") {
			return // the SDK takes them as far as they go where they end after the length of a name
		}
		if (err == nil) != (wantErr == nil) || !slices.Equal(got, want) {
			t.Errorf("%q %v\nwant %q %v", got, err, want, wantErr)
		}
	})
}
