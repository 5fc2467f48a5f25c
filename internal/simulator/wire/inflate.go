package wire

import (
	"bytes"
	"compress/gzip"
	"io"
)

// Inflate puts what a compressed body holds, at most limit bytes, in its place. SDKs compress large calls of PutMetricData; their
// signatures are of the body as it was sent.
func (c *Call) Inflate(limit int64) *Error {
	if c.HTTP.Header.Get("Content-Encoding") != "gzip" {
		return nil
	}
	z, err := gzip.NewReader(bytes.NewReader(c.Body))
	if err != nil {
		return unreadable(err)
	}
	body, err := io.ReadAll(io.LimitReader(z, limit+1))
	switch {
	case err != nil:
		return unreadable(err)
	case int64(len(body)) > limit:
		return TooLarge()
	}
	c.Body = body
	return nil
}
