package sagemaker

import (
	"errors"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/smithy-go"

	"sagetop/runner"
)

// requestIDHeader is where AWS names the request.
const requestIDHeader = "X-Amzn-Requestid"

// Bounds on what a sample has, in characters.
const (
	maxShown = 500
	maxID    = 64
	maxARN   = 1024
)

// Explain has the SDK read the answer again: what it said of equal ones may have come with other ids.
func (inv *leanInvoker) Explain(s *runner.Sample) {
	err := inv.err
	switch {
	case errors.Is(err, errInterrupted):
		err = inv.decoder.ask(inv.res.Status, nil, inv.stream.fault)
	case err == nil && inv.signer != nil:
		err = inv.decoder.ask(inv.res.Status, inv.res.Header(errorTypeHeader), inv.res.Body)
	}
	s.Payload, s.RequestID = inv.cfg.numbered(s.Request), requestID(inv.header(requestIDHeader))
	explain(err, s)
	if inv.err == nil && (inv.res.OK() || inv.signer == nil) {
		s.Message = legibleStart(inv.answer())
	}
}

// Explain repeats what the SDK said.
func (inv *sdkInvoker) Explain(s *runner.Sample) {
	s.Payload, s.RequestID = inv.cfg.numbered(s.Request), requestID(inv.header(requestIDHeader))
	explain(inv.err, s)
	if inv.err == nil {
		s.Message = legibleStart(inv.answer())
	}
}

// legibleStart is the start of an answer.
func legibleStart(answer []byte) string { return legible(string(answer[:min(len(answer), maxScan)])) }

// explain writes to s what the service says of an InvokeEndpoint that came back with err.
func explain(err error, s *runner.Sample) {
	if noCredentials(err) {
		return // another service may have refused them, and says so
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorMessage() != unknownError {
		s.Message = legible(api.ErrorMessage())
	}
	if m, ok := errors.AsType[*types.ModelError](err); ok {
		s.OriginalMessage, s.LogStreamARN = legible(aws.ToString(m.OriginalMessage)), arn(aws.ToString(m.LogStreamArn))
	}
}

// numbered says which of several payloads request n has, from 1; 0 where there is only one.
func (c *Config) numbered(n uint64) int {
	if c.Payload.facts.Count == 1 {
		return 0
	}
	return c.pick(n) + 1
}

// requestID is what a header says it is.
func requestID(text string) string { return cut(legible(text), maxID) }

// arn is text if it can be one, empty otherwise.
func arn(text string) string {
	if !strings.HasPrefix(text, "arn:") || len(text) > maxARN || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return text
}

// legible is a message as it came, ids and all, in one line of at most 500 characters, without control characters and whatever could
// be a credential: where one was, there is a #.
func legible(message string) string {
	if i := signedAgain(message); i >= 0 {
		message = message[:i]
	}
	if len(message) > maxScan {
		message = strings.TrimRightFunc(message[:maxScan], func(r rune) bool { return r < unicode.MaxASCII && isBase64(byte(r)) }) + "..."
	}
	words := printed(withoutNamed(message))
	for i, word := range words {
		words[i] = withoutSecrets(word)
	}
	return cut(strings.Join(words, " "), maxShown)
}
