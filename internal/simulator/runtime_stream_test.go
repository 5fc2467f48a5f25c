package simulator

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	runtimetypes "github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/smithy-go/eventstream"

	"sagetop/internal/simulator/model"
)

// quickLLM brings four tokens, 20 ms apart.
func quickLLM() model.Profile {
	p := model.Fast()
	p.LLM = model.LLM{Batch: 4, Chunk: 100, Iteration: model.Duration(20 * time.Millisecond), Prompt: model.Tokens{Median: 10}, Output: model.Tokens{Median: 4}}
	p.Answer.StreamContentType, p.Answer.Chunk, p.Answer.Last = "text/event-stream", "data: x\n\n", "data: [DONE]\n\n"
	return p
}

func llm() Config {
	return fast(func(e *EndpointConfig) { e.Profile = new(quickLLM()) })
}

func (c clients) stream(t testing.TB) (*sagemakerruntime.InvokeEndpointWithResponseStreamOutput, error) {
	t.Helper()
	return sagemakerruntime.NewFromConfig(c.config).InvokeEndpointWithResponseStream(t.Context(), &sagemakerruntime.InvokeEndpointWithResponseStreamInput{
		EndpointName: aws.String("demo"), ContentType: aws.String("application/json"), Accept: aws.String("text/event-stream"),
		Body: []byte(`{"inputs": "I am super happy right now."}`),
	})
}

// part is an event of a stream, and when it came.
type part struct {
	text string
	at   time.Time
}

func readParts(t testing.TB, out *sagemakerruntime.InvokeEndpointWithResponseStreamOutput) ([]part, error) {
	t.Helper()
	events := out.GetStream()
	defer events.Close()
	var all []part
	for e := range events.Events() {
		p, ok := e.(*runtimetypes.ResponseStreamMemberPayloadPart)
		if !ok {
			t.Fatalf("event %T", e)
		}
		all = append(all, part{string(p.Value.Bytes), time.Now()})
	}
	return all, events.Err()
}

// Each token is sent when it is made, not with the last: the SDK has the first one long before the answer ends.
func TestStreamOfAnLLM(t *testing.T) {
	c := serve(t, llm())
	sent := time.Now()
	out, err := c.stream(t)
	if err != nil {
		t.Fatal(err)
	}
	if *out.ContentType != "text/event-stream" || *out.InvokedProductionVariant != "AllTraffic" {
		t.Errorf("content type %q, variant %q", *out.ContentType, *out.InvokedProductionVariant)
	}
	parts, err := readParts(t, out)
	if err != nil {
		t.Fatal(err)
	}
	if len(parts) != 5 || parts[0].text != "data: x\n\n" || parts[4].text != "data: [DONE]\n\n" {
		t.Fatalf("parts %+v", parts)
	}
	for i, p := range parts[:4] {
		if least := time.Duration(i+1) * 20 * time.Millisecond; p.at.Sub(sent) < least {
			t.Errorf("part %d came after %v, want %v at least", i, p.at.Sub(sent), least)
		}
	}
	if n := c.server.Counts()[Answer{"InvokeEndpointWithResponseStream", 200, ""}]; n != 1 {
		t.Errorf("%d streams counted, want 1", n)
	}
}

// The handler flushes every part at its time, to the nanosecond on a clock of its own.
func TestPartsAreFlushedInTime(t *testing.T) {
	const ms = time.Millisecond
	for name, test := range map[string]struct {
		faults []Fault
		want   []time.Duration
	}{
		"undisturbed": {nil, []time.Duration{20 * ms, 40 * ms, 60 * ms, 80 * ms, 80 * ms}},
		"slow": {
			[]Fault{{Kind: FaultSlowBody, Operation: "*", Delay: model.Duration(time.Second)}},
			[]time.Duration{20 * ms, 1040 * ms, 1040 * ms, 1040 * ms, 1040 * ms},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := llm()
				config.Credentials, config.Faults = testCredentials, test.faults
				s, err := New(config)
				if err != nil {
					t.Fatal(err)
				}
				g := invocation()
				g.path, g.at = "/endpoints/demo/invocations-response-stream", time.Now()
				w := &timedWriter{ResponseRecorder: httptest.NewRecorder(), began: time.Now()}
				s.ServeHTTP(w, g.request(t))
				if !slices.Equal(w.flushed, test.want) {
					t.Errorf("parts are flushed after %v, want %v", w.flushed, test.want)
				}
				decoder := eventstream.NewDecoder()
				for range test.want {
					if _, err := decoder.Decode(w.Body, nil); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := decoder.Decode(w.Body, nil); !errors.Is(err, io.EOF) {
					t.Errorf("after the last part: %v, want the end", err)
				}
			})
		})
	}
}

type timedWriter struct {
	*httptest.ResponseRecorder
	began   time.Time
	flushed []time.Duration
}

func (w *timedWriter) Flush() { w.flushed = append(w.flushed, time.Since(w.began)) }

// A model that does not stream answers in a few parts, which make the whole.
func TestStreamOfAnyModel(t *testing.T) {
	c := serve(t, fast())
	out, err := c.stream(t)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := readParts(t, out)
	var text strings.Builder
	for _, p := range parts {
		text.WriteString(p.text)
	}
	if want := model.Fast().Answer.Body; err != nil || len(parts) != partsOfWhole || text.String() != want || *out.ContentType != "application/json" {
		t.Errorf("%d parts of %s: %q, error %v", len(parts), *out.ContentType, text.String(), err)
	}
}

// An empty answer is a stream without parts, and has its head like any other.
func TestEmptyStream(t *testing.T) {
	c := serve(t, fast(func(e *EndpointConfig) { e.Profile.Answer.Body = "" }))
	out, err := c.stream(t)
	if err != nil {
		t.Fatal(err)
	}
	if parts, err := readParts(t, out); err != nil || len(parts) > 0 || *out.InvokedProductionVariant != "AllTraffic" {
		t.Errorf("%d parts of %q, error %v", len(parts), *out.InvokedProductionVariant, err)
	}
}

// InvokeEndpoint of an LLM has the whole answer at the end.
func TestInvokeLLM(t *testing.T) {
	c := serve(t, llm())
	sent := time.Now()
	out, err := c.invoke(t)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(sent); took < 80*time.Millisecond || string(out.Body) != model.Fast().Answer.Body {
		t.Errorf("%q after %v, want the whole after 80ms at least", out.Body, took)
	}
}

// What goes wrong before the first part is an answer like any other, what goes wrong after it ends the stream.
func TestStreamsThatFail(t *testing.T) {
	late := llm()
	late.Endpoints[0].Profile.StreamTimeout = model.Duration(50 * time.Millisecond)
	never := llm()
	never.Endpoints[0].Profile.StreamTimeout = model.Duration(time.Millisecond)
	never.Endpoints[0].Profile.LLM.Chunk = 1
	full := fast(func(e *EndpointConfig) { e.Profile.Throttle = model.Throttle{TPS: 1e-6, Burst: 1} })
	for name, test := range map[string]struct {
		config    Config
		fault     FaultKind
		parts     int
		code, why string
		counted   Answer
	}{
		"late":      {late, "", 3, "ModelStreamError", "ModelInvocationTimeExceeded", Answer{Status: 200, Code: "ModelStreamError"}},
		"broken":    {llm(), FaultStreamBroken, 1, "ModelStreamError", "StreamBroken", Answer{Status: 200, Code: "ModelStreamError"}},
		"failed":    {llm(), FaultStreamFailure, 1, "InternalStreamFailure", "", Answer{Status: 200, Code: "InternalStreamFailure"}},
		"never":     {never, "", 0, "ModelError", "timed out", Answer{Status: 424, Code: "ModelError"}},
		"throttled": {llm(), FaultThrottled, 0, "ThrottlingException", "", Answer{Status: 400, Code: "ThrottlingException"}},
		"full":      {full, "", 0, "ThrottlingException", "", Answer{Status: 400, Code: "ThrottlingException"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, test.config)
			if name == "full" {
				if _, err := c.invoke(t); err != nil {
					t.Fatal(err)
				}
			}
			if test.fault != "" {
				setFault(t, c.server, Fault{Kind: test.fault, Operation: "InvokeEndpointWithResponseStream"})
			}
			out, err := c.stream(t)
			var parts []part
			if err == nil {
				parts, err = readParts(t, out)
			}
			if len(parts) != test.parts {
				t.Errorf("%d parts, want %d", len(parts), test.parts)
			}
			if test.code != "" {
				wantCode(t, err, test.code, "")
			}
			var broken *runtimetypes.ModelStreamError
			if errors.As(err, &broken) && aws.ToString(broken.ErrorCode_) != test.why {
				t.Errorf("error code %q, want %q", aws.ToString(broken.ErrorCode_), test.why)
			}
			test.counted.Operation = "InvokeEndpointWithResponseStream"
			if n := c.server.Counts()[test.counted]; n != 1 {
				t.Errorf("counted %v, want one %v", c.server.Counts(), test.counted)
			}
		})
	}
}

// A truncated stream ends inside an event, and its connection without the end of the body.
func TestTruncatedStream(t *testing.T) {
	c := serve(t, llm())
	watch := &watchedBody{}
	c.config.HTTPClient = watch
	setFault(t, c.server, Fault{Kind: FaultTruncated, Operation: "InvokeEndpointWithResponseStream"})
	out, err := c.stream(t)
	if err != nil {
		t.Fatal(err)
	}
	if parts, _ := readParts(t, out); len(parts) != 1 {
		t.Errorf("%d parts, want 1", len(parts))
	}
	if !errors.Is(watch.err, io.ErrUnexpectedEOF) {
		t.Errorf("the body ends with %v, want an unexpected end", watch.err)
	}
	if n := c.server.Counts()[Answer{"InvokeEndpointWithResponseStream", 200, CodeTruncated}]; n != 1 {
		t.Errorf("counted %v", c.server.Counts())
	}
}

// watchedBody is a client that keeps the error that the last body ended with.
type watchedBody struct {
	io.ReadCloser
	err error
}

func (b *watchedBody) Do(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultClient.Do(r)
	if err == nil {
		b.ReadCloser = response.Body
		response.Body = b
	}
	return response, err
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.err = err
	}
	return n, err
}

// A broken stream is in the metrics as one that broke, and as no failed invocation.
func TestMidStreamErrorsAreCounted(t *testing.T) {
	start := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	now := start
	config := llm()
	config.Credentials = testCredentials
	config.Now = func() time.Time { return now }
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	setFault(t, s, Fault{Kind: FaultStreamBroken, Operation: "InvokeEndpointWithResponseStream"})
	g := invocation()
	g.path, g.at = "/endpoints/demo/invocations-response-stream", now
	s.ServeHTTP(httptest.NewRecorder(), g.request(t))
	now = start.Add(3 * time.Minute)
	r := s.endpoints.get("demo").variants()[0].Record(s.now(), 0, s.now())
	for name, want := range map[string]float64{"MidStreamErrors": 1, "Invocation5XXErrors": 0, "Invocations": 1} {
		points := model.FindMetric("AWS/SageMaker", name).Points(&r, "")
		if len(points) != 1 || points[0].Statistic("Sum") != want {
			t.Errorf("%s: %+v, want a sum of %v", name, points, want)
		}
	}
}
