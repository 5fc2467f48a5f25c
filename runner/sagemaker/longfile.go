package sagemaker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// maxMarks bounds the index of a long file: 4 MiB.
const maxMarks = 1 << 19

// longFile has lines that are read when they are sent. Of lines that are very many only each second, fourth, ... is marked.
//
// It is read by pread into memory of whoever sends, not mapped: of a mapped file that somebody makes shorter, what is gone is a signal
// that ends the program, and here it is a request that fails. Maps would save the copy, which is next to nothing beside the signature.
type longFile struct {
	file    *os.File
	marks   []int64 // where each every-th line begins
	every   int
	size    int64
	changed error // what is said when a line is not where it was
}

func newLongFile(file *os.File) *longFile {
	return &longFile{file: file, every: 1, changed: fmt.Errorf("%s changed while it was being sent: leave it as it is until the run is over", file.Name())}
}

// mark notes that line i begins at offset.
func (f *longFile) mark(i int, offset int64) {
	if i%f.every != 0 {
		return
	}
	if len(f.marks) == maxMarks {
		for k := range maxMarks / 2 {
			f.marks[k] = f.marks[2*k]
		}
		f.marks, f.every = f.marks[:maxMarks/2], 2*f.every
	}
	if i%f.every == 0 {
		f.marks = append(f.marks, offset)
	}
}

// line i, which is valid until buf is used again. buf is memory to use, and is returned for the next time.
func (f *longFile) line(i int, buf []byte) (line, mem []byte, err error) {
	k := i / f.every
	begin, end := f.marks[k], f.size
	if k+1 < len(f.marks) {
		end = f.marks[k+1]
	}
	if n := int(end - begin); cap(buf) < n {
		buf = make([]byte, n)
	}
	buf = buf[:end-begin]
	if n, err := f.file.ReadAt(buf, begin); n < len(buf) {
		return nil, buf, f.why(err)
	}
	if end < f.size && buf[len(buf)-1] != '\n' {
		return nil, buf, f.changed
	}
	rest := buf
	for skip := i % f.every; ; {
		line, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if skip == 0 {
				return line, buf, nil
			}
			skip--
		}
		if len(rest) == 0 {
			return nil, buf, f.changed
		}
	}
}

func (f *longFile) why(err error) error {
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return fmt.Errorf("reading %s: %w", f.file.Name(), pe.Err)
	}
	return f.changed
}
