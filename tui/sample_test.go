package tui

import (
	"strings"
	"testing"

	"sagetop/runner"
)

// A sample says what is not said above it, and no more.
func TestSampleSaysWhatIsNew(t *testing.T) {
	const above = "model-server: worker # died"
	tests := []struct {
		name   string
		sample runner.Sample
		want   string
	}{
		{"nothing", runner.Sample{Request: 7}, "request 7"},
		{"the same message", runner.Sample{Message: above}, "request 0"},
		{"with ids", runner.Sample{Message: "model-server: worker 4711 died"}, "request 0: model-server: worker 4711 died"},
		{"a longer message", runner.Sample{Message: above + " of hunger"}, "request 0: ... of hunger"},
		{"the container's words within the message", runner.Sample{Message: "worker 4711 died", OriginalMessage: "4711"}, "request 0: worker 4711 died"},
		{"the container's own words", runner.Sample{Message: above, OriginalMessage: "oom"}, "request 0 its container said: oom"},
		{"a payload and an id", runner.Sample{Payload: 2, RequestID: "0f6b"}, "request 0, payload 2, request id 0f6b"},
		{"a log group", runner.Sample{LogStreamARN: "arn:aws:logs:r:1:log-group:/aws/e"}, "request 0, log group /aws/e"},
		{"a log stream", runner.Sample{LogStreamARN: "arn:aws:logs:r:1:log-group:/aws/e:log-stream:v/i-1"}, "request 0, log group /aws/e, log stream v/i-1"},
		{"another ARN", runner.Sample{LogStreamARN: "arn:aws:s3:x"}, "request 0, log arn:aws:s3:x"},
	}
	for _, tt := range tests {
		s := saturated()
		tt.sample.At, tt.sample.Took = start, 1234000
		e := runner.ErrorCount{Failure: runner.Failure{Class: runner.ModelError, Message: above}, Sample: &tt.sample}
		var said []string
		for _, l := range (&frame{st: &s.State}).sample(nil, &e, 200) {
			said = append(said, strings.TrimSpace(l.text))
		}
		want := "sample 14:00:00.000, after 1.2ms, " + tt.want
		if got := strings.Join(said, " "); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, want)
		}
	}
}
