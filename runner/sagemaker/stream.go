package sagemaker

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/smithy-go"

	"sagetop/runner"
)

// DefaultStreamTimeout of one request that is answered by a stream, which may take 8 minutes: ten seconds more than that.
const DefaultStreamTimeout = 490 * time.Second

// partReader looks into the parts of an answer as they come.
type partReader interface {
	begin()
	// feed is given a part that came at, since the send. It is valid only during the call.
	feed(part []byte, at time.Duration, r *runner.Result)
}

// newPartReader is what looks into the parts of a user's answers; nil: nothing does.
func (c *Config) newPartReader() partReader {
	if c.Tokens == "" {
		return nil
	}
	return newTokenReader(c.Tokens)
}

// stream takes in the answers to one user's requests where they come in parts: by InvokeEndpointWithResponseStream one in each event, by
// a container's URL the pieces of its body.
type stream struct {
	events bool
	reader partReader
	keep   int // bytes to keep of the parts

	sent   time.Time
	result *runner.Result // of the request in hand
	bytes  int64          // of its parts
	kept   []byte         // the start of them
	frames frames
	fault  []byte // the frame that ended it with an error
}

// newStream is what a user has for its answers, nil where they come as a whole.
func newStream(cfg *Config) *stream {
	if !cfg.Stream {
		return nil
	}
	return &stream{events: cfg.URL == "", reader: cfg.newPartReader(), keep: cfg.looksInto()}
}

// begin makes s ready for the answer to a request.
func (s *stream) begin(sent time.Time, r *runner.Result) {
	s.sent, s.result, s.bytes, s.kept, s.fault = sent, r, 0, s.kept[:0], s.fault[:0]
	s.frames.reset()
	if s.reader != nil {
		s.reader.begin()
	}
}

// errInterrupted ends a stream at an event that is an error: what may come after it is of no use.
var errInterrupted = errors.New("sagemaker: an error inside the stream")

// take is given the body piece by piece.
func (s *stream) take(piece []byte) error {
	at := time.Since(s.sent)
	if !s.events {
		s.part(piece, at)
		return nil
	}
	for {
		frame, rest, err := s.frames.cut(piece)
		if err != nil || frame == nil {
			return err
		}
		if err := s.event(frame, at); err != nil {
			return err
		}
		piece = rest
	}
}

// event passes over events that it does not know, as the SDK does.
func (s *stream) event(frame []byte, at time.Duration) error {
	e, err := parseEvent(frame)
	if err != nil {
		return err
	}
	switch string(e.message) {
	case "event":
		if e.kind == nil {
			return fmt.Errorf("%w: an event without a type", errEvents)
		}
		if string(e.kind) == "PayloadPart" {
			s.part(e.payload, at)
		}
		return nil
	case "exception", "error":
		s.fault = append(s.fault[:0], frame...)
		return errInterrupted
	}
	return fmt.Errorf("%w: a message of type %.40q", errEvents, e.message)
}

// part counts one, unless there is nothing in it.
func (s *stream) part(b []byte, at time.Duration) {
	if len(b) == 0 {
		return
	}
	s.bytes += int64(len(b))
	s.result.Chunk(at)
	if room := s.keep - len(s.kept); room > 0 {
		s.kept = append(s.kept, b[:min(len(b), room)]...)
	}
	if s.reader != nil {
		s.reader.feed(b, at, s.result)
	}
}

// whole says that the body may end here: not inside a frame.
func (s *stream) whole() error {
	if len(s.frames.begun) > 0 {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// fill writes to the result what the parts came to. The first byte of an answer is that of its first part: an endpoint may send the head
// long before its model has anything to say.
func (s *stream) fill() {
	r := s.result
	r.BytesIn = s.bytes
	if len(r.Chunks) > 0 {
		r.FirstByte = r.Chunks[0]
	}
}

// streamError is what ended a stream of events from within.
type streamError struct {
	status int
	err    error
}

func (e *streamError) Error() string { return fmt.Sprintf("reading the stream: %v", e.err) }
func (e *streamError) Unwrap() error { return e.err }

// failure is that of the endpoint if it has said so, else it has sent what is no stream.
func (e *streamError) failure() runner.Failure {
	api, ok := errors.AsType[smithy.APIError](e.err)
	if !ok {
		return runner.Failure{Class: runner.Other, HTTPStatus: e.status, Message: msgNotEvents}
	}
	f := answered(e.status, api)
	f.Class = runner.Stream
	if m, ok := api.(*types.ModelStreamError); ok && aws.ToString(m.ErrorCode_) != "" {
		f.Code = Normalize(*m.ErrorCode_)
	}
	return f
}
