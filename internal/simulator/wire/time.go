package wire

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// Time is a time as each protocol writes it: seconds since the epoch as a number in JSON, the same in tag 1 in CBOR, RFC 3339 in XML
// and forms.
type Time struct{ time.Time }

// earliest and latest bound the times that are understood, 1970 to 2103, so that no arithmetic on nanoseconds overflows.
const earliest, latest = -1, 4.2e9

// set reads seconds since the epoch.
func (t *Time) set(seconds float64) error {
	if !(seconds > earliest && seconds < latest) {
		return fmt.Errorf("timestamp %v", seconds)
	}
	whole := math.Floor(seconds)
	t.Time = time.Unix(int64(whole), int64((seconds-whole)*1e9)).UTC()
	return nil
}

// MarshalJSON writes seconds with milliseconds.
func (t Time) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(t.UnixMilli())/1e3, 'f', 3, 64), nil
}

// UnmarshalJSON reads any number of seconds.
func (t *Time) UnmarshalJSON(data []byte) error {
	seconds, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return fmt.Errorf("timestamp %.32s", data)
	}
	return t.set(seconds)
}

// MarshalCBOR writes tag 1 around seconds as a float, as AWS does.
func (t Time) MarshalCBOR() ([]byte, error) {
	return cbor.Marshal(cbor.Tag{Number: 1, Content: float64(t.UnixNano()) / 1e9})
}

// UnmarshalCBOR reads tag 1 around any number.
func (t *Time) UnmarshalCBOR(data []byte) error {
	var tag cbor.RawTag
	if err := cbor.Unmarshal(data, &tag); err != nil {
		return err
	}
	if tag.Number != 1 {
		return fmt.Errorf("timestamp with tag %d", tag.Number)
	}
	var seconds float64
	if err := cbor.Unmarshal(tag.Content, &seconds); err != nil {
		return err
	}
	return t.set(seconds)
}

// MarshalText writes RFC 3339 in UTC, to the millisecond where there are any.
func (t Time) MarshalText() ([]byte, error) {
	return t.UTC().AppendFormat(nil, "2006-01-02T15:04:05.999Z07:00"), nil
}

// UnmarshalText reads RFC 3339; botocore writes a time without its zone as UTC's, too.
func (t *Time) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, string(text)); err == nil {
			return t.set(float64(at.Unix()) + float64(at.Nanosecond())/1e9)
		}
	}
	return fmt.Errorf("timestamp %.64q", text)
}
