package sagemaker

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"

	"sagetop/runner"
	"sagetop/runner/http1"
)

// streamInput is a request for a stream, of what in is one for an answer as a whole.
func streamInput(in *sagemakerruntime.InvokeEndpointInput) *sagemakerruntime.InvokeEndpointWithResponseStreamInput {
	return &sagemakerruntime.InvokeEndpointWithResponseStreamInput{
		EndpointName:           in.EndpointName,
		ContentType:            in.ContentType,
		Accept:                 in.Accept,
		TargetVariant:          in.TargetVariant,
		InferenceComponentName: in.InferenceComponentName,
		SessionId:              in.SessionId,
		CustomAttributes:       in.CustomAttributes,
		Body:                   in.Body,
	}
}

// streamed sends the request in hand and takes in the events that the SDK reads.
func (inv *sdkInvoker) streamed(ctx context.Context, sent time.Time, r *runner.Result) error {
	s := inv.stream
	s.begin(sent, r)
	inv.body = nil
	out, err := inv.client.InvokeEndpointWithResponseStream(ctx, streamInput(&inv.input))
	if err != nil {
		return err
	}
	err = readEvents(out, func(part []byte) { s.part(part, time.Since(s.sent)) })
	switch {
	case inv.body.err != nil:
		return &bodyError{status: inv.head.StatusCode, err: inv.body.err}
	case err != nil:
		return &streamError{status: inv.head.StatusCode, err: err}
	}
	return nil
}

// readEvents tells of each part to the end of a stream.
func readEvents(out *sagemakerruntime.InvokeEndpointWithResponseStreamOutput, tell func(part []byte)) error {
	events := out.GetStream()
	defer events.Close()
	for e := range events.Events() {
		if p, ok := e.(*types.ResponseStreamMemberPayloadPart); ok {
			tell(p.Value.Bytes)
		}
	}
	return events.Err()
}

// eventBody is the body that the SDK reads events from. It keeps what the SDK does not tell: how the body ended. Inside a frame, that is
// the end of a stream to the SDK.
type eventBody struct {
	io.ReadCloser
	frames frames
	bytes  int64
	most   int64
	err    error // that it ended with; nil: none, or there is more
}

func (b *eventBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes += int64(n)
	if b.bytes > b.most {
		err = http1.ErrTooLong
	}
	if bad := b.follow(p[:n]); bad != nil {
		err = bad
	}
	if errors.Is(err, io.EOF) && len(b.frames.begun) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// follow the frames, of which the SDK checks the rest.
func (b *eventBody) follow(piece []byte) error {
	for {
		frame, rest, err := b.frames.cut(piece)
		if err != nil || frame == nil {
			return err
		}
		piece = rest
	}
}

// watch puts an eventBody before the body of an answer.
func (inv *sdkInvoker) watch(res *http.Response) {
	inv.body = &eventBody{ReadCloser: res.Body, most: inv.cfg.maxBody}
	res.Body = inv.body
}
