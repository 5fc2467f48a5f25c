package sagemaker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

var errNothing = fmt.Errorf("%w: it is empty: give -d TEXT, @file, @dir/, @file.jsonl or - for stdin", ErrPayload)

// Source says where a Payload is from.
type Source struct {
	Spec        string    // TEXT, @file, @dir/, @file.jsonl or -
	ContentType string    // that will be sent; empty: the Payload's own
	Stdin       io.Reader // that - reads
}

// ParsePayload reads the payload that s names: TEXT as it stands, @file, @dir/ (each file in it is one body, in the order of their
// names, hidden ones and folders left out), @file.jsonl (each line that is not blank is one body) or - for stdin. Fields in TEXT and in
// lines are filled in for each request; everything else is sent byte for byte. What is to be JSON by its content type, or without one by
// the name of its file, must be. It waits no longer than ctx, though a read that waits, for a person or a pipe, cannot be called back.
func ParsePayload(ctx context.Context, s Source) (*Payload, error) {
	type parsed struct {
		payload *Payload
		err     error
	}
	done := make(chan parsed, 1)
	go func() {
		p, err := s.parse()
		done <- parsed{p, err}
	}()
	select {
	case d := <-done:
		return d.payload, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *Source) parse() (*Payload, error) {
	path, isFile := strings.CutPrefix(s.Spec, "@")
	switch {
	case s.Spec == "":
		return nil, errNothing
	case s.Spec == "-":
		return one(readAll("stdin", s.Stdin))
	case !isFile:
		return s.text()
	case path == "":
		return nil, fmt.Errorf("%w: @ names no file: write @payload.json", ErrPayload)
	case strings.HasSuffix(path, "/"):
		return s.directory(path)
	case strings.HasSuffix(path, ".jsonl"):
		return s.lines(path)
	}
	body, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return one(body, s.mustBeJSON(path, body))
}

func one(body []byte, err error) (*Payload, error) {
	if err != nil {
		return nil, err
	}
	return newPayload([][]byte{body}), nil
}

// text is a Payload of what was given itself. Whether it is JSON shows with its fields filled in.
func (s *Source) text() (*Payload, error) {
	text := []byte(s.Spec)
	if err := checkSize("the text", int64(len(text))); err != nil {
		return nil, err
	}
	filled, err := fill(nil, text, &values{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w; a file (-d @file) is sent byte for byte", ErrPayload, err)
	}
	p := newPayload([][]byte{text})
	p.facts.ContentType = newPayload([][]byte{filled}).facts.ContentType
	p.facts.Fields = hasFields(text)
	return p, nil
}

func checkSize(what string, size int64) error {
	switch {
	case size == 0:
		return fmt.Errorf("%w: %s is empty: nothing to send", ErrPayload, what)
	case size > MaxPayload:
		return fmt.Errorf("%w: %s is over 25 MiB (%d bytes): SageMaker takes no more, send a smaller one", ErrPayload, what, size)
	}
	return nil
}

// readAll reads one body, and of one that is too long no more than it needs to know that.
func readAll(what string, r io.Reader) ([]byte, error) {
	if r == nil {
		return nil, fmt.Errorf("%w: - reads stdin, but there is none: write @file", ErrPayload)
	}
	body, err := io.ReadAll(io.LimitReader(r, MaxPayload+1))
	if err != nil {
		return nil, fmt.Errorf("%w: cannot read %s: %w", ErrPayload, what, reason(err))
	}
	if len(body) > MaxPayload {
		return nil, fmt.Errorf("%w: %s is over 25 MiB: SageMaker takes no more, send a smaller one", ErrPayload, what)
	}
	return body, checkSize(what, int64(len(body)))
}

// readFile reads a file that is one body. The size is checked before it is read.
func readFile(path string) ([]byte, error) {
	info, err := stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxPayload {
		return nil, checkSize(path, info.Size())
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: cannot read %s: %w", ErrPayload, path, reason(err))
	}
	return body, checkSize(path, int64(len(body)))
}

// stat is of a file, not of a directory.
func stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: no file %s (looked in %s): check the path", ErrPayload, path, workDir())
	case err != nil:
		return nil, fmt.Errorf("%w: cannot read %s: %w", ErrPayload, path, reason(err))
	case info.IsDir():
		return nil, fmt.Errorf("%w: %s is a directory: write @%s/ to send each file in it", ErrPayload, path, path)
	}
	return info, nil
}

// reason drops what an *fs.PathError says of the path: the message names it already.
func reason(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

func workDir() string {
	dir, err := os.Getwd()
	if err != nil {
		return "the current directory"
	}
	return dir
}
