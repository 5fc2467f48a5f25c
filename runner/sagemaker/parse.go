package sagemaker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

var errNothing = fmt.Errorf("%w: it is empty: give -d TEXT, @file, @dir/, @file.jsonl or - for stdin", ErrPayload)

// ParsePayload reads the payload that spec names: TEXT as it stands, @file, @dir/ (each file in it is one body, in the order of
// their names, hidden ones left out), @file.jsonl (each line that is not blank is one body) or - for stdin.
func ParsePayload(spec string, stdin io.Reader) (*Payload, error) {
	path, isFile := strings.CutPrefix(spec, "@")
	switch {
	case spec == "":
		return nil, errNothing
	case spec == "-":
		return one(readAll("stdin", stdin))
	case !isFile:
		return one([]byte(spec), checkSize("the text", int64(len(spec))))
	case path == "":
		return nil, fmt.Errorf("%w: @ names no file: write @payload.json", ErrPayload)
	case strings.HasSuffix(path, "/"):
		return readDir(path)
	case strings.HasSuffix(path, ".jsonl"):
		return readLines(path)
	}
	return one(readFile(path, MaxPayload))
}

func one(body []byte, err error) (*Payload, error) {
	if err != nil {
		return nil, err
	}
	return newPayload([][]byte{body}), nil
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

// readFile reads a file of 1 to limit bytes. The size is checked before it is read.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: no file %s (looked in %s): check the path", ErrPayload, path, workDir())
	case err != nil:
		return nil, fmt.Errorf("%w: cannot read %s: %w", ErrPayload, path, reason(err))
	case info.IsDir():
		return nil, fmt.Errorf("%w: %s is a directory: write @%s/ to send each file in it", ErrPayload, path, path)
	case limit == MaxPayload && info.Size() > limit:
		return nil, checkSize(path, info.Size())
	case info.Size() > limit:
		return nil, tooMuch(path)
	}
	body, err := os.ReadFile(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: cannot read %s: %w", ErrPayload, path, reason(err))
	case len(body) == 0:
		return nil, checkSize(path, 0)
	}
	return body, nil
}

func readDir(path string) (*Payload, error) {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: no directory %s (looked in %s): check the path", ErrPayload, path, workDir())
	case err != nil:
		return nil, fmt.Errorf("%w: cannot read the directory %s: %w", ErrPayload, path, reason(err))
	}
	var bodies [][]byte
	room := int64(MaxPayloads)
	for _, e := range entries {
		file := filepath.Join(path, e.Name())
		info, err := os.Stat(file) // follows links, as ReadFile will
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		body, err := readFile(file, MaxPayload)
		if err != nil {
			return nil, err
		}
		if room -= int64(len(body)); room < 0 {
			return nil, tooMuch(path)
		}
		bodies = append(bodies, body)
	}
	if len(bodies) == 0 {
		return nil, fmt.Errorf("%w: the directory %s has no files: nothing to send", ErrPayload, path)
	}
	return newPayload(bodies), nil
}

func readLines(path string) (*Payload, error) {
	data, err := readFile(path, MaxPayloads)
	if err != nil {
		return nil, err
	}
	bodies, err := splitLines(path, data)
	if err != nil {
		return nil, err
	}
	return newPayload(bodies), nil
}

// splitLines cuts JSON lines. The bodies share data's memory.
func splitLines(path string, data []byte) ([][]byte, error) {
	var bodies [][]byte
	number := 0
	for line := range bytes.Lines(data) {
		number++
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
			continue
		case !json.Valid(line):
			return nil, fmt.Errorf("%w: line %d of %s is not JSON: each line must be one JSON value", ErrPayload, number, path)
		case len(line) > MaxPayload:
			return nil, checkSize(fmt.Sprintf("line %d of %s", number, path), int64(len(line)))
		}
		bodies = append(bodies, line)
	}
	if len(bodies) == 0 {
		return nil, fmt.Errorf("%w: %s has no lines: nothing to send", ErrPayload, path)
	}
	return bodies, nil
}

func tooMuch(path string) error {
	return fmt.Errorf("%w: %s is over 256 MiB, which all payloads together may have: send a part of it", ErrPayload, path)
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
