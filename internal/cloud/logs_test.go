package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sagetop/internal/simulator"
)

// logRequest is what FilterLogEvents is asked.
type logRequest struct {
	LogGroupName string `json:"logGroupName"`
	StartTime    int64  `json:"startTime"`
	NextToken    string `json:"nextToken"`
}

// logging answers with what page says to each request, and keeps those.
func logging(t *testing.T, page func(logRequest) http.HandlerFunc) (*Cloud, *[]logRequest) {
	t.Helper()
	bare(t)
	withKeys(t)
	var asked []logRequest
	f := newAWS(t)
	f.on("FilterLogEvents", func(w http.ResponseWriter, r *http.Request) {
		var in logRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		asked = append(asked, in)
		page(in)(w, r)
	})
	return mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL}), &asked
}

func logEvent(at time.Time, stream, message string) string {
	text, _ := json.Marshal(message)
	return fmt.Sprintf(`{"timestamp":%d,"logStreamName":%q,"message":%s}`, at.UnixMilli(), stream, text)
}

// A page without events is not the end; what it found in several streams is put in order.
func TestLogsOfSeveralPages(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	c, asked := logging(t, func(in logRequest) http.HandlerFunc {
		switch in.NextToken {
		case "":
			return jsonReply(`{"events":[],"nextToken":"a"}`)
		case "a":
			return jsonReply(`{"events":[` + logEvent(now.Add(time.Millisecond), "v/i-1", "second\tline\n") + `],"nextToken":"b"}`)
		}
		return jsonReply(`{"events":[` + logEvent(now, "v/i-2", "\x1b[1;31mfirst\x1b[0m") + `]}`)
	})
	since := now.Add(-30 * time.Second)
	lines, _, err := c.Logs(t.Context(), "demo", "", since)
	if err != nil || len(lines) != 2 || lines[0] != (LogLine{now, "v/i-2", "first"}) || lines[1] != (LogLine{now.Add(time.Millisecond), "v/i-1", "second line"}) {
		t.Fatalf("%+v, %v", lines, err)
	}
	if len(*asked) != 3 {
		t.Fatalf("asked %+v", *asked)
	}
	for _, in := range *asked {
		if in.LogGroupName != "/aws/sagemaker/Endpoints/demo" || in.StartTime != since.UnixMilli() {
			t.Errorf("asked %+v", in)
		}
	}
}

// A component that has no group of its own logs into its endpoint's; what cannot be read is that one.
func TestLogsOfAComponentWithoutAGroup(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	const endpoint = "/aws/sagemaker/Endpoints/demo"
	none := failure(400, "ResourceNotFoundException", "The specified log group does not exist.")
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		lines  int
		kind   error
	}{
		"the endpoint's": {jsonReply(`{"events":[` + logEvent(now, "v/i-1", "of all") + `]}`), 1, nil},
		"none at all":    {none, 0, nil},
		"denied":         {failure(400, "AccessDeniedException", "not authorized"), 0, ErrDenied},
	} {
		t.Run(name, func(t *testing.T) {
			c, asked := logging(t, func(in logRequest) http.HandlerFunc {
				if in.LogGroupName == endpoint {
					return tt.answer
				}
				return none
			})
			lines, group, err := c.Logs(t.Context(), "demo", "bert", now.Add(-30*time.Second))
			if len(lines) != tt.lines || group != endpoint || !errors.Is(err, tt.kind) {
				t.Errorf("%+v of %s, %v", lines, group, err)
			}
			if (*asked)[0].LogGroupName != "/aws/sagemaker/InferenceComponents/bert" || len(*asked) != 2 {
				t.Errorf("asked %+v", *asked)
			}
		})
	}
}

// Of a busy endpoint the last minute is enough; of a quiet one longer times are asked for, and never more than since the start.
func TestLogsAreAskedForFromTheNewest(t *testing.T) {
	for name, tt := range map[string]struct {
		events int
		want   []time.Duration // back from now
	}{
		"busy":  {450, []time.Duration{time.Minute}},
		"quiet": {3, []time.Duration{time.Minute, 10 * time.Minute, time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			events := make([]string, tt.events)
			for i := range events {
				events[i] = logEvent(now, "v/i-1", fmt.Sprint(i+1))
			}
			c, asked := logging(t, func(logRequest) http.HandlerFunc {
				return jsonReply(`{"events":[` + strings.Join(events, ",") + `]}`)
			})
			lines, _, err := c.Logs(t.Context(), "demo", "", now.Add(-time.Hour))
			if err != nil || len(lines) != min(tt.events, mostLines) || lines[len(lines)-1].Text != fmt.Sprint(tt.events) {
				t.Fatalf("%d lines, %v", len(lines), err)
			}
			if len(*asked) != len(tt.want) {
				t.Fatalf("asked %+v", *asked)
			}
			for i, in := range *asked {
				if back := now.Sub(time.UnixMilli(in.StartTime)).Round(30 * time.Second); back != tt.want[i] {
					t.Errorf("asked for the last %v, want %v", back, tt.want[i])
				}
			}
		})
	}
}

// What the simulator's containers say when they start, an endpoint that has logged nothing, and one whose logs may not be read.
func TestLogsOfTheSimulator(t *testing.T) {
	s, server, _ := scaled(t)
	since := time.Now().Add(-24 * time.Hour)
	lines, _, err := s.Cloud.Logs(t.Context(), "demo", "", since)
	if err != nil || len(lines) == 0 || !strings.Contains(lines[0].Text, "model-server") || !strings.HasPrefix(lines[0].Stream, "AllTraffic/") {
		t.Errorf("%+v, %v", lines, err)
	}
	if lines, _, err := s.Cloud.Logs(t.Context(), "nobody", "", since); err != nil || len(lines) != 0 {
		t.Errorf("%+v, %v", lines, err)
	}
	if _, err := server.Fault(simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "FilterLogEvents"}); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Cloud.Logs(t.Context(), "demo", "", since)
	wantProblem(t, err, ErrDenied, "logs:FilterLogEvents")
}
