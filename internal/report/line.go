package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
)

// TimelineSchema of timeline.ndjson.
const TimelineSchema = "sagetop.timeline/1"

// Kinds of lines.
const (
	kindConfig = "config"
	kindDelta  = "delta"
	kindSample = "sample"
	kindEvent  = "event"
)

// line of timeline.ndjson. The field that Kind names is set, the others are not.
type line struct {
	Kind   string            `json:"kind"`
	T      time.Time         `json:"t"`
	Config *session.Info     `json:"config,omitempty"`
	Delta  *runner.Delta     `json:"delta,omitempty"`
	Sample *cwmetrics.Sample `json:"sample,omitempty"`
	Event  *session.Event    `json:"event,omitempty"`
}

// encode l with its line feed.
func (l *line) encode() ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	l.T = l.T.UTC()
	if err := enc.Encode(l); err != nil {
		return nil, fmt.Errorf("report: %s at %s cannot be written: %w", l.Kind, l.T.Format(time.TimeOnly), err)
	}
	return text.Bytes(), nil
}

// decode a line. Its times are in the zone of who reads it, wherever the run was: seconds have no zone, and all that is shown is to be
// in one.
func decode(text []byte) (l line, err error) {
	if err := json.Unmarshal(text, &l); err != nil {
		return l, err
	}
	if l.Config != nil {
		l.Config.Started = l.Config.Started.Local()
	}
	if l.Sample != nil {
		l.Sample.At = l.Sample.At.Local()
	}
	if l.Event != nil {
		l.Event.At = l.Event.At.Local()
	}
	return l, nil
}

// write l to j. A kind of a later version is left out.
func (l *line) write(j session.Journal) error {
	switch {
	case l.Kind == kindDelta && l.Delta != nil:
		return j.Delta(l.Delta)
	case l.Kind == kindSample && l.Sample != nil:
		return j.Sample(*l.Sample)
	case l.Kind == kindEvent && l.Event != nil:
		return j.Event(*l.Event)
	}
	return nil
}

// ends says whether the load was over when l was written.
func (l *line) ends() bool {
	return l.Event != nil && l.Event.Phase.LoadOver()
}
