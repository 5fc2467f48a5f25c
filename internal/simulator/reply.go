package simulator

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"sagetop/internal/simulator/wire"
)

// reply is what is written to the caller.
type reply struct {
	wire.Reply
	how    delivery
	over   time.Duration // the body takes so long
	parts  parts         // of a stream: instead of a body
	from   *variant      // that makes the parts
	breaks *wire.Error   // ends the stream after its first part
}

// delivery is how much of a reply gets through.
type delivery uint8

const (
	whole   delivery = iota
	bare             // nothing of it shows that a service of AWS wrote it
	cut              // the connection ends inside the body
	reset            // the connection ends before anything is written
	nothing          // the caller is gone
)

func answered(r wire.Reply) reply { return reply{Reply: r} }
func gone() reply                 { return reply{Reply: wire.Reply{Code: CodeGone}, how: nothing} }

// send counts r and writes it, or as much of it as is to get through. Of a stream r becomes what came of it.
func (s *Server) send(w http.ResponseWriter, x *wire.Call, r *reply) {
	if r.parts != nil {
		s.sendStream(w, x, r)
		return
	}
	s.counts.add(Answer{Operation: x.Operation, Status: r.Status, Code: r.Code})
	switch r.how {
	case nothing:
		panic(http.ErrAbortHandler) // net/http closes the connection and says nothing
	case reset:
		resetConnection(w)
		return
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(r.Body))}
	writeHead(w, x, r)
	if r.how == cut {
		_, _ = w.Write(r.Body[:len(r.Body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	if r.over > 0 {
		trickle(x.HTTP.Context(), w, r.Body, r.over)
		return
	}
	_, _ = w.Write(r.Body) // a client that is gone misses nothing
}

func writeHead(w http.ResponseWriter, x *wire.Call, r *reply) {
	h := w.Header()
	for _, line := range r.Header {
		h.Set(line.Name, line.Value)
	}
	if r.how != bare {
		h["X-Amzn-Requestid"] = []string{x.ID}
	}
	w.WriteHeader(r.Status)
}

// trickles are the pieces of a slow body.
const trickles = 50

// trickle writes body in at most trickles pieces, spread evenly over d.
func trickle(ctx context.Context, w http.ResponseWriter, body []byte, d time.Duration) {
	flush := http.NewResponseController(w).Flush
	_ = flush()
	began, n := time.Now(), min(trickles, len(body))
	for i := range n {
		if !wait(ctx, time.Until(began.Add(d*time.Duration(i+1)/time.Duration(n)))) {
			return
		}
		_, _ = w.Write(body[len(body)*i/n : len(body)*(i+1)/n])
		_ = flush()
	}
}

// wait lets d pass; false when the client gave up first.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
