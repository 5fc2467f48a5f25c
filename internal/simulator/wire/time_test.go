package wire

import (
	"testing"
	"time"
)

func TestTimeAsText(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2026-05-01T12:00:00.250Z":  time.Date(2026, 5, 1, 12, 0, 0, 250e6, time.UTC),
		"2026-05-01T14:00:00+02:00": time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
		"2026-05-01T12:00:00":       time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
		"1969-12-31T23:59:58Z":      {},
		"2555-01-01T00:00:00Z":      {}, // its nanoseconds do not fit 64 bits
		"2026-05-01":                {},
		"":                          {},
	} {
		var got Time
		if err := got.UnmarshalText([]byte(text)); (err != nil) != want.IsZero() || !got.Equal(want) {
			t.Errorf("%q is %v, error %v; want %v", text, got, err, want)
		}
	}
}
