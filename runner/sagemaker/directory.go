package sagemaker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// typesByName are the content types that files are sent as. The tables of the system differ from one to the next.
var typesByName = map[string]string{
	".json": typeJSON, ".jsonl": "application/jsonlines", ".jsonlines": "application/jsonlines", ".csv": "text/csv", ".libsvm": "text/libsvm",
	".txt": "text/plain", ".html": "text/html", ".xml": "application/xml", ".pdf": "application/pdf",
	".npy": "application/x-npy", ".npz": "application/x-npz", ".parquet": "application/x-parquet",
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff",
	".wav": "audio/wav", ".mp3": "audio/mpeg", ".flac": "audio/flac", ".ogg": "audio/ogg", ".mp4": "video/mp4",
}

// directory is a Payload of the files in path. They are held in memory, so that what happens to them meanwhile does not matter, and none
// is hashed more than once.
func (s *Source) directory(path string) (*Payload, error) {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: no directory %s (looked in %s): check the path", ErrPayload, path, workDir())
	case err != nil:
		return nil, fmt.Errorf("%w: cannot read the directory %s: %w", ErrPayload, path, reason(err))
	}
	var bodies [][]byte
	var kinds []string
	room, folders := int64(MaxPayloads), 0
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		file := filepath.Join(path, e.Name())
		info, err := os.Stat(file) // follows links, as reading will
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: cannot read %s: %w", ErrPayload, file, reason(err))
		case info.IsDir():
			folders++
		case info.Mode().IsRegular():
			body, err := s.file(file)
			if err != nil {
				return nil, err
			}
			if room -= int64(len(body)); room < 0 {
				return nil, fmt.Errorf("%w: %s is over 256 MiB, which all payloads of a directory may have: send a part of it", ErrPayload, path)
			}
			bodies, kinds = append(bodies, body), append(kinds, typesByName[strings.ToLower(filepath.Ext(file))])
		}
	}
	switch {
	case len(bodies) == 0 && folders > 0:
		return nil, fmt.Errorf("%w: the directory %s has no files, and what is in its folders (%d) is not sent: name one of them", ErrPayload, path, folders)
	case len(bodies) == 0:
		return nil, fmt.Errorf("%w: the directory %s has no files: nothing to send", ErrPayload, path)
	}
	p := newPayload(bodies)
	p.typed(kinds)
	return p, nil
}

// file is one body of a directory.
func (s *Source) file(path string) ([]byte, error) {
	body, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return body, s.mustBeJSON(path, body)
}

// typed gives each body the content type of that place in kinds; where that is empty, what all of those without one have.
func (p *Payload) typed(kinds []string) {
	var untyped [][]byte
	for i, kind := range kinds {
		if kind == "" {
			untyped = append(untyped, p.bodies[i])
		}
	}
	otherwise := newPayload(untyped).facts.ContentType
	for _, kind := range kinds {
		if kind == "" {
			kind = otherwise
		}
		k := slices.Index(p.kinds, kind)
		if k < 0 {
			k, p.kinds = len(p.kinds), append(p.kinds, kind)
		}
		p.kind = append(p.kind, k)
	}
	p.facts.ContentType = strings.Join(p.kinds, ", ")
}
