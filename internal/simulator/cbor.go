package simulator

import (
	"fmt"
	"math"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// CloudWatch speaks Smithy's RPC v2 CBOR: maps with text keys, of definite or indefinite length, timestamps as tag 1 around seconds
// since the epoch.

// epoch is a timestamp.
type epoch struct{ time.Time }

// MarshalCBOR writes tag 1 around whole seconds as a float, as AWS does.
func (e epoch) MarshalCBOR() ([]byte, error) {
	return cbor.Marshal(cbor.Tag{Number: 1, Content: float64(e.UnixNano()) / 1e9})
}

// earliest and latest bound the timestamps that are understood, 1970 to 2103, so that no arithmetic on nanoseconds overflows.
const earliest, latest = -1, 4.2e9

// UnmarshalCBOR reads tag 1 around any number.
func (e *epoch) UnmarshalCBOR(data []byte) error {
	var tag cbor.RawTag
	if err := cbor.Unmarshal(data, &tag); err != nil {
		return err
	}
	if tag.Number != 1 {
		return fmt.Errorf("simulator: timestamp with tag %d", tag.Number)
	}
	var seconds float64
	if err := cbor.Unmarshal(tag.Content, &seconds); err != nil {
		return err
	}
	if !(seconds > earliest && seconds < latest) {
		return fmt.Errorf("simulator: timestamp %v", seconds)
	}
	whole := math.Floor(seconds)
	e.Time = time.Unix(int64(whole), int64((seconds-whole)*1e9)).UTC()
	return nil
}

type cborError struct {
	Type    string `cbor:"__type"`
	Message string `cbor:"message"`
}

// encodeCBOR writes v, which is made of things that can be written.
func encodeCBOR(v any) []byte {
	b, err := cbor.Marshal(v)
	if err != nil {
		panic("simulator: " + err.Error())
	}
	return b
}

// decodeCBOR reads a request into v. The library bounds nesting and sizes by what the bytes hold.
func decodeCBOR(body []byte, v any) *apiError {
	if err := cbor.Unmarshal(body, v); err != nil {
		return &apiError{
			code: "SerializationException", query: "MalformedInput", status: 400,
			message: "The request could not be read as CBOR: " + err.Error(),
		}
	}
	return nil
}
