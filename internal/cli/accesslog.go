package cli

import (
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"sagetop/internal/simulator"
)

const (
	logEvery   = time.Second
	logPatient = time.Second // with an output that nobody reads, at the end
	maxUnread  = 1 << 20     // bytes that wait for such an output
)

// accessLog writes a line for each request that simulate answers. Answers never wait for its output: lines are put by and written
// once a second, and such as have no room are counted and dropped.
type accessLog struct {
	out io.Writer

	mu      sync.Mutex
	lines   []byte
	dropped int

	stop, done chan struct{}
}

func newAccessLog(out io.Writer) *accessLog {
	return &accessLog{out: out, stop: make(chan struct{}), done: make(chan struct{})}
}

// add puts a line by: time, method, operation or path, status, code, milliseconds, bytes in and out. What there is not, is "-".
func (l *accessLog) add(a simulator.Access) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) > maxUnread {
		l.dropped++
		return
	}
	b := a.At.UTC().AppendFormat(l.lines, "2006-01-02T15:04:05.000Z07:00 ")
	b = append(b, a.Method...)
	b = append(b, ' ')
	switch {
	case a.Operation == "":
		b = append(b, a.Path...)
	case a.Endpoint != "":
		b = append(append(append(b, a.Operation...), '/'), a.Endpoint...)
	default:
		b = append(b, a.Operation...)
	}
	b = append(b, ' ')
	if a.Status == 0 {
		b = append(b, '-')
	} else {
		b = strconv.AppendInt(b, int64(a.Status), 10)
	}
	b = append(b, ' ')
	if a.Code == "" {
		b = append(b, '-')
	}
	b = append(b, a.Code...)
	b = append(b, ' ')
	b = strconv.AppendFloat(b, float64(a.Took)/float64(time.Millisecond), 'f', 1, 64)
	b = append(b, ' ')
	b = strconv.AppendInt(b, a.In, 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, a.Out, 10)
	l.lines = append(b, '\n')
}

// run writes the lines until close.
func (l *accessLog) run() {
	defer close(l.done)
	ticker := time.NewTicker(logEvery)
	defer ticker.Stop()
	var spare []byte
	for ended := false; !ended; {
		select {
		case <-ticker.C:
		case <-l.stop:
			ended = true
		}
		lines := l.take(spare)
		_, _ = l.out.Write(lines) // who closed it does not want to know
		spare = lines[:0]
	}
}

// take the lines that are there, and put spare in their place.
func (l *accessLog) take(spare []byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.lines
	if l.dropped > 0 {
		lines = fmt.Appendf(lines, "(%d lines left out: they are not read as quickly as they are written)\n", l.dropped)
	}
	l.lines, l.dropped = spare, 0
	return lines
}

// close lets run write what is left, unless nobody reads it.
func (l *accessLog) close() {
	close(l.stop)
	select {
	case <-l.done:
	case <-time.After(logPatient):
	}
}
