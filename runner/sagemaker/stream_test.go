package sagemaker

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/eventstream"

	"sagetop/runner"
)

// frame is an event with headers of these names and values, by the SDK's own encoder.
func frame(t testing.TB, payload string, headers ...string) []byte {
	t.Helper()
	m := eventstream.Message{Payload: []byte(payload)}
	for i := 0; i < len(headers); i += 2 {
		m.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func payloadPart(t testing.TB, text string) []byte {
	return frame(t, text, ":message-type", "event", ":event-type", "PayloadPart", ":content-type", "application/octet-stream")
}

func exception(t testing.TB, kind, body string) []byte {
	return frame(t, body, ":message-type", "exception", ":exception-type", kind, ":content-type", "application/json")
}

// streaming answers each request with these pieces of a body, each flushed, and then ends, or breaks off.
func streaming(breaks bool, pieces ...[]byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		w.Header().Set("X-Amzn-Requestid", uuid)
		w.WriteHeader(http.StatusOK)
		for _, p := range pieces {
			w.Write(p)
			http.NewResponseController(w).Flush()
		}
		if breaks {
			panic(http.ErrAbortHandler)
		}
	}
}

// streamConfig invokes s for streams.
func streamConfig(t testing.TB, url string) Config {
	cfg := testConfig(t, url)
	cfg.Stream = true
	return cfg
}

// Whatever comes, both clients say the same of it, in the end and of its parts.
func TestStreams(t *testing.T) {
	hello, world := payloadPart(t, "hello "), payloadPart(t, "world")
	bad := bytes.Clone(world)
	bad[len(bad)-1]++
	badPrelude := bytes.Clone(world)
	badPrelude[8]++
	long := payloadPart(t, strings.Repeat("0123456789abcdef", 10_000))
	ok := runner.Failure{}
	truncated := runner.Failure{Class: runner.Truncated, HTTPStatus: 200, Message: msgTruncated}
	noEvents := runner.Failure{Class: runner.Other, HTTPStatus: 200, Message: msgNotEvents}
	for _, tt := range []struct {
		name   string
		breaks bool
		pieces [][]byte
		want   runner.Failure
		bytes  int64
		parts  int
	}{
		{"parts", false, [][]byte{hello, world}, ok, 11, 2},
		{"parts in one chunk", false, [][]byte{bytes.Join([][]byte{hello, world, hello}, nil)}, ok, 17, 3},
		{"a part over several chunks", false, [][]byte{hello[:5], hello[5:30], hello[30:]}, ok, 6, 1},
		{"long parts", false, [][]byte{long, hello, long}, ok, 320_006, 3},
		{"nothing", false, nil, ok, 0, 0},
		{"empty parts", false, [][]byte{payloadPart(t, ""), hello, payloadPart(t, "")}, ok, 6, 1},
		{"an unknown event", false, [][]byte{frame(t, "{}", ":message-type", "event", ":event-type", "Later"), world}, ok, 5, 1},
		{
			"time exceeded", false,
			[][]byte{hello, exception(t, "ModelStreamError", `{"ErrorCode":"ModelInvocationTimeExceeded","Message":"too late: 4711"}`), world},
			runner.Failure{Class: runner.Stream, HTTPStatus: 200, Code: "ModelInvocationTimeExceeded", Message: "too late: #"},
			6, 1,
		},
		{
			"broken", true,
			[][]byte{hello, exception(t, "ModelStreamError", `{"ErrorCode":"StreamBroken","Message":"closed"}`)},
			runner.Failure{Class: runner.Stream, HTTPStatus: 200, Code: "StreamBroken", Message: "closed"},
			6, 1,
		},
		{
			"without a code", false,
			[][]byte{exception(t, "ModelStreamError", `{"Message":"closed"}`)},
			runner.Failure{Class: runner.Stream, HTTPStatus: 200, Code: "ModelStreamError", Message: "closed"},
			0, 0,
		},
		{
			"internal", false,
			[][]byte{hello, exception(t, "InternalStreamFailure", `{"Message":"oops"}`)},
			runner.Failure{Class: runner.Stream, HTTPStatus: 200, Code: "InternalStreamFailure", Message: "oops"},
			6, 1,
		},
		{
			"an unknown exception", false,
			[][]byte{hello, exception(t, "ThrottlingException", `{"message":"slow down"}`)},
			runner.Failure{Class: runner.Stream, HTTPStatus: 200, Code: "ThrottlingException", Message: "slow down"},
			6, 1,
		},
		{
			"an error", false,
			[][]byte{hello, frame(t, "", ":message-type", "error", ":error-code", "Oops", ":error-message", "it broke")},
			runner.Failure{Class: runner.Stream, HTTPStatus: 200, Code: "Oops", Message: "it broke"},
			6, 1,
		},
		{"broken off between frames", true, [][]byte{hello, world}, truncated, 11, 2},
		{"broken off in a frame", true, [][]byte{hello, world[:20]}, truncated, 6, 1},
		{"ended in a prelude", false, [][]byte{hello, world[:4]}, truncated, 6, 1},
		{"ended in a frame", false, [][]byte{hello, world[:len(world)-4]}, truncated, 6, 1},
		{"bad checksum", false, [][]byte{hello, bad, hello}, noEvents, 6, 1},
		{"bad checksum of a prelude", false, [][]byte{hello, badPrelude}, noEvents, 6, 1},
		{"an unknown message", false, [][]byte{hello, frame(t, "", ":message-type", "poem")}, noEvents, 6, 1},
		{"no message", false, [][]byte{hello, frame(t, "x", ":event-type", "PayloadPart")}, noEvents, 6, 1},
		{"no event", false, [][]byte{hello, frame(t, "x", ":message-type", "event")}, noEvents, 6, 1},
		{"a page", false, [][]byte{[]byte("<html>It works!</html>")}, noEvents, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, streaming(tt.breaks, tt.pieces...))
			s.Start()
			r := invoke(t, streamConfig(t, s.URL))
			if r.Failure != tt.want || r.BytesIn != tt.bytes || len(r.Chunks) != tt.parts {
				t.Errorf("%+v\nwant %+v and %d parts of %d bytes", r, tt.want, tt.parts, tt.bytes)
			}
		})
	}
}

// Many users' streams may end with an error at once, each with its own.
func TestStreamsEndAtOnce(t *testing.T) {
	d := newDecoder()
	var wg sync.WaitGroup
	for i := range 8 {
		word := strings.Repeat("a", 1+i)
		wg.Go(func() {
			for range 20 {
				last := exception(t, "InternalStreamFailure", `{"Message":"`+word+`"}`)
				if err := d.ask(200, nil, last); Classify(err).Message != word {
					t.Errorf("%s: %v", word, err)
				}
			}
		})
	}
	wg.Wait()
}

// Before the stream, an endpoint fails as without one.
func TestFailuresBeforeAStream(t *testing.T) {
	const body = `{"OriginalStatusCode":507,"OriginalMessage":"oom","Message":"Received server error (507) from model"}`
	s := newServer(t, reply(424, "ModelError", body))
	s.Start()
	r := invoke(t, streamConfig(t, s.URL))
	want := runner.Failure{Class: runner.ModelError, HTTPStatus: 424, OriginalStatus: 507, Code: "ModelError", Message: "Received server error (507) from model"}
	if r.Failure != want || r.BytesIn != int64(len(body)) || len(r.Chunks) > 0 {
		t.Errorf("%+v\nwant %+v", r, want)
	}
}

// A connection goes on to be used after a stream that came to its end. After one that did not the lean client opens another one; whether
// net/http does depends on what has come behind the error.
func TestConnectionsOfStreams(t *testing.T) {
	eachClient(t, func(t *testing.T, client string) {
		for _, tt := range []struct {
			last  []byte
			conns int64
		}{{payloadPart(t, "x"), 1}, {exception(t, "InternalStreamFailure", "{}"), 3}} {
			s := newServer(t, streaming(false, payloadPart(t, "x"), tt.last))
			s.Start()
			inv := newInvoker(t, by(client, streamConfig(t, s.URL)))
			var r runner.Result
			for n := range uint64(3) {
				if inv.Invoke(t.Context(), n, &r); r.FirstByte != r.Chunks[0] || r.FirstByte < r.Wait {
					t.Errorf("first byte %v, parts %v, wait %v", r.FirstByte, r.Chunks, r.Wait)
				}
			}
			if s.conns.Load() != tt.conns && (client == Lean || tt.conns == 1) {
				t.Errorf("%d connections, want %d", s.conns.Load(), tt.conns)
			}
		}
	})
}

// What parts say together is what --expect judges, and what is kept.
func TestExpectOfStreams(t *testing.T) {
	eachClient(t, func(t *testing.T, client string) {
		s := newServer(t, streaming(false, payloadPart(t, `{"label":`), payloadPart(t, `"POSITIVE"}`)))
		s.Start()
		cfg := by(client, streamConfig(t, s.URL))
		var kept Exchange
		cfg.Keep = func(x Exchange) { kept = x }
		cfg.Expect = expected(t, "json .label == POSITIVE")
		if r, _ := invokeBy(t, cfg, 0); r.Failure.Class != runner.OK || string(kept.Answer) != `{"label":"POSITIVE"}` || kept.Status != 200 {
			t.Errorf("%+v, kept %q", r.Failure, kept.Answer)
		}
		cfg.Expect = expected(t, "json .label == NEGATIVE")
		if r, sample := invokeBy(t, cfg, 0); r.Failure.Class != runner.Check || sample.Message != `{"label":"POSITIVE"}` {
			t.Errorf("%+v, sample %+v", r.Failure, sample)
		}
	})
}

// Of an answer that is longer than any, all parts and bytes are counted.
func TestManyParts(t *testing.T) {
	eachClient(t, func(t *testing.T, client string) {
		const parts = 10_000
		many := bytes.Repeat(payloadPart(t, "ab"), parts)
		s := newServer(t, streaming(false, many))
		s.Start()
		if r, _ := invokeBy(t, by(client, streamConfig(t, s.URL)), 0); r.Failure.Class != runner.OK || r.Parts() != parts || len(r.Chunks) >= parts || r.BytesIn != 2*parts {
			t.Errorf("%+v, %d parts of %d bytes", r.Failure, r.Parts(), r.BytesIn)
		}
	})
}

func TestUnfitForStreams(t *testing.T) {
	for want, set := range map[string]func(*Config){
		"target model m.tar.gz with a stream": func(c *Config) { c.TargetModels = []string{"m.tar.gz"} },
		"session id NEW_SESSION with":         func(c *Config) { c.SessionID = "NEW_SESSION" },
	} {
		cfg := streamConfig(t, "http://127.0.0.1:1")
		set(&cfg)
		if _, err := NewTarget(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if target := mustTarget(t, streamConfig(t, "http://127.0.0.1:1")); target.cfg.Timeout != DefaultStreamTimeout {
		t.Errorf("time-out %v", target.cfg.Timeout)
	}
}

// A container's parts are the chunks of its answer.
func TestStreamsOfAContainer(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for _, tt := range []struct {
		name   string
		breaks bool
		pieces []string
		want   runner.Class
		parts  int
	}{
		{"chunks", false, []string{"data: a\n\n", "data: b\n\n", "data: [DONE]\n\n"}, runner.OK, 3},
		{"longer ones", false, []string{long, "data: b\n\n", long, long}, runner.OK, 4},
		{"broken off", true, []string{"data: a\n\n"}, runner.Truncated, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var pieces [][]byte
			size := 0
			for _, p := range tt.pieces {
				pieces = append(pieces, []byte(p))
				size += len(p)
			}
			s := newServer(t, streaming(tt.breaks, pieces...))
			s.Start()
			cfg := streamConfig(t, "")
			cfg.URL = s.URL
			r, _ := invokeBy(t, cfg, 0)
			if r.Failure.Class != tt.want || len(r.Chunks) != tt.parts || r.BytesIn != int64(size) {
				t.Errorf("%+v, %d parts of %d bytes, want %d of %d", r.Failure, len(r.Chunks), r.BytesIn, tt.parts, size)
			}
		})
	}
}

// counter is a partReader that writes down what it is given.
type counter struct{ got []string }

func (c *counter) begin() { c.got = append(c.got, "begin") }

func (c *counter) feed(part []byte, at time.Duration, r *runner.Result) {
	c.got = append(c.got, fmt.Sprintf("%s %v", part, at == r.Chunks[len(r.Chunks)-1]))
}

// Who looks into parts is given each, of each answer.
func TestPartsAreRead(t *testing.T) {
	eachClient(t, func(t *testing.T, client string) {
		s := newServer(t, streaming(false, payloadPart(t, "a"), payloadPart(t, ""), payloadPart(t, "b")))
		s.Start()
		inv, c := newInvoker(t, by(client, streamConfig(t, s.URL))), &counter{}
		switch inv := inv.(type) {
		case *leanInvoker:
			inv.stream.reader = c
		case *sdkInvoker:
			inv.stream.reader = c
		}
		var r runner.Result
		for n := range uint64(2) {
			inv.Invoke(t.Context(), n, &r)
		}
		if got := strings.Join(c.got, ", "); got != "begin, a true, b true, begin, a true, b true" {
			t.Error(got)
		}
	})
}

// Whatever is asked for, both clients ask for a stream in the same way, signed as the SDK's signer signs it.
func TestSameRequestForAStream(t *testing.T) {
	to := newRecorder(t, false)
	for _, o := range options {
		if o.name == "model" {
			continue
		}
		for _, value := range o.values {
			if strings.HasPrefix(value, "https:") || value == newSession {
				continue
			}
			t.Run(fmt.Sprintf("%s %.30q", o.name, value), func(t *testing.T) {
				cfg := streamConfig(t, "http://runtime.test")
				o.set(&cfg, value)
				lean := to.record(t, by(Lean, cfg), 0)
				same(t, &cfg, lean, to.record(t, by(SDK, cfg), 0))
				if !strings.Contains(lean.line, "/invocations-response-stream HTTP/1.1") {
					t.Error(lean.line)
				}
				if cfg.Accept != "" && lean.header(t, "X-Amzn-Sagemaker-Accept") != cfg.Accept {
					t.Errorf("%q", lean.fields)
				}
			})
		}
	}
}
