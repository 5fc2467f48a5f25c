package tui

import (
	"fmt"
	"strings"
	"time"

	"sagetop/runner"
)

// sample of a kind of failure: by what it says one looks further, at AWS and in the logs.
func (f *frame) sample(l []piece, e *runner.ErrorCount, w int) []piece {
	s := e.Sample
	if s == nil {
		return l
	}
	text := "sample " + f.sampleText(s)
	switch more, said := strings.CutPrefix(s.Message, e.Message); {
	case s.Message == e.Message: // which stands above
	case said && e.Message != "":
		text += ": ..." + more
	case s.Message != "":
		text += ": " + s.Message
	}
	l = f.indented(l, text, w)
	if s.OriginalMessage != "" && !strings.Contains(s.Message, s.OriginalMessage) {
		l = f.indented(l, "its container said: "+s.OriginalMessage, w)
	}
	return l
}

func (f *frame) sampleText(s *runner.Sample) string {
	text := fmt.Sprintf("%s, after %s, request %d", s.At.In(f.st.Now.Location()).Format(time.TimeOnly+".000"), withUnit(msText(s.Took)), s.Request)
	if s.Payload > 0 {
		text += fmt.Sprintf(", payload %d", s.Payload)
	}
	if s.RequestID != "" {
		text += ", request id " + s.RequestID
	}
	return text + logText(s.LogStreamARN)
}

// logText names a log as its console does, without what the header says of account and region.
func logText(arn string) string {
	_, group, known := strings.Cut(arn, ":log-group:")
	switch {
	case arn == "":
		return ""
	case !known:
		return ", log " + arn
	}
	group, stream, _ := strings.Cut(group, ":log-stream:")
	if stream == "" {
		return ", log group " + group
	}
	return ", log group " + group + ", log stream " + stream
}

// indented adds text under a kind of failure.
func (f *frame) indented(l []piece, text string, w int) []piece {
	const indent = "   "
	for _, part := range wrap(text, w-len(indent)) {
		l = append(l, piece{indent + part, plain})
	}
	return l
}
