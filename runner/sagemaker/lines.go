package sagemaker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"strings"

	"github.com/tidwall/gjson"
)

// maxHeld is how long a file of lines may be to be held in memory. A longer one stays where it is.
const maxHeld = 16 << 20

// lines is a Payload of the lines of a file.
func (s *Source) lines(path string) (*Payload, error) {
	info, err := stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is no regular file, and lines are read as they are sent: copy it to one", ErrPayload, path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: cannot read %s: %w", ErrPayload, path, reason(err))
	}
	p := &Payload{lined: true}
	if info.Size() > maxHeld {
		p.long = newLongFile(file) // and stays open
	} else {
		defer file.Close()
	}
	if err := s.index(p, path, file); err != nil {
		file.Close()
		return nil, err
	}
	return p, nil
}

// index reads all lines once: each must be one that can be sent.
func (s *Source) index(p *Payload, path string, r io.Reader) error {
	c, mustBe, valid := newCensus(), s.ContentType == "" || isJSON(s.ContentType), true
	var filled []byte
	size, err := eachLine(r, func(number int, offset int64, line []byte) (err error) {
		if filled, err = fill(filled[:0], line, &values{line: c.Count + 1}); err != nil {
			return fmt.Errorf("%w: %s:%d: %w", ErrPayload, path, number, err)
		}
		if one := gjson.ValidBytes(filled); !one && mustBe {
			return notJSON(path, number, filled)
		} else if !one {
			valid = false
		}
		if p.long != nil {
			p.long.mark(c.Count, offset)
			c.add(line)
			return nil
		}
		p.bodies = append(p.bodies, bytes.Clone(line))
		p.sums = append(p.sums, c.add(line))
		return nil
	})
	switch {
	case errors.Is(err, ErrPayload):
		return err
	case err != nil:
		return fmt.Errorf("%w: %s: %w", ErrPayload, path, reason(err))
	case c.Count == 0:
		return fmt.Errorf("%w: %s has no lines: nothing to send", ErrPayload, path)
	}
	if p.long != nil {
		p.long.size = size
	}
	if c.ContentType = typeJSON; !valid {
		c.ContentType = typeBinary
	}
	p.facts = c.done()
	return nil
}

// eachLine calls f with each line that is not blank, without the white space around it: its number from 1, where it begins, and itself
// until f returns.
func eachLine(r io.Reader, f func(number int, offset int64, line []byte) error) (size int64, err error) {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 256<<10), MaxPayload+2)
	advanced := int64(0)
	s.Split(func(data []byte, atEnd bool) (int, []byte, error) {
		n, line, err := bufio.ScanLines(data, atEnd)
		advanced += int64(n)
		return n, line, err
	})
	number := 0
	for offset := int64(0); s.Scan(); offset = advanced {
		number++
		if line := bytes.TrimSpace(s.Bytes()); len(line) > 0 {
			if err := f(number, offset, line); err != nil {
				return 0, err
			}
		}
	}
	if err := s.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("line %d is over 25 MiB: SageMaker takes no more, send a smaller one", number+1)
		}
		return 0, err
	}
	return advanced, nil
}

// isJSON says whether what has that content type has to be one JSON value.
func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == typeJSON || strings.HasSuffix(kind, "+json"))
}

// mustBeJSON says where a file that has to be JSON is not.
func (s *Source) mustBeJSON(path string, body []byte) error {
	byName := strings.EqualFold(filepath.Ext(path), ".json")
	if s.ContentType == "" && byName || isJSON(s.ContentType) {
		return notJSON(path, 1, body)
	}
	return nil
}

// notJSON says where text, which begins on that line, is no JSON value; nil if it is one.
func notJSON(path string, line int, text []byte) error {
	var any json.RawMessage
	err := json.Unmarshal(text, &any)
	if err == nil {
		return nil
	}
	place := fmt.Sprintf("%s:%d", path, line)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		before := text[:min(max(syntax.Offset-1, 0), int64(len(text)))]
		line += bytes.Count(before, []byte{'\n'})
		place = fmt.Sprintf("%s:%d:%d", path, line, len(before)-bytes.LastIndexByte(before, '\n'))
	}
	return fmt.Errorf("%w: %s: not JSON: %w: mend it, or say with -T what it is", ErrPayload, place, err)
}
