package simulator

import (
	"net/http"
	"net/url"
	"time"

	"sagetop/internal/simulator/wire"
)

// Access is a request that was answered, or not.
type Access struct {
	At           time.Time // its arrival
	Took         time.Duration
	Method, Path string
	Operation    string // as in Answer
	Endpoint     string // that was to be invoked, as in Path
	Status       int    // of HTTP; 0 when there was no answer
	Code         string // as in Answer
	In, Out      int64  // bytes of the bodies
}

// counted counts what is written of a body.
type counted struct {
	http.ResponseWriter
	n int64
}

func (w *counted) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.n += int64(n)
	return n, err
}

// Unwrap lets http.NewResponseController find what w can do.
func (w *counted) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// tell Config.Access of a request that arrived at began, once it is over.
func (s *Server) tell(w *counted, x *wire.Call, r *reply, began time.Time) {
	s.config.Access(Access{
		At: began, Took: time.Since(began), Method: x.HTTP.Method, Path: x.HTTP.URL.EscapedPath(), Operation: x.Operation, Endpoint: url.PathEscape(x.Endpoint),
		Status: r.Status, Code: r.Code, In: int64(x.Received), Out: w.n,
	})
}
