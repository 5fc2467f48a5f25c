package trial

import (
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/runner"
)

// event is an answer that comes or, without a part, a user that has thought.
type event struct {
	at, due, sent time.Duration
	part          *part
	outcome       model.Outcome
	failure       runner.Failure    // in place of a success, when it has a Class
	begun         bool              // its first token has come
	generation    *model.Generation // of an LLM: the answer may take longer
}

// events is a min-heap by time. container/heap would box each of them, which is most of what a request costs here.
type events []event

func (h events) next() time.Duration {
	if len(h) == 0 {
		return forever
	}
	return h[0].at
}

func (h *events) push(e event) {
	q := append(*h, e)
	i := len(q) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if q[parent].at <= e.at {
			break
		}
		q[i] = q[parent]
		i = parent
	}
	q[i] = e
	*h = q
}

func (h *events) pop() event {
	q := *h
	first, last := q[0], q[len(q)-1]
	q = q[:len(q)-1]
	i := 0
	for {
		child := 2*i + 1
		if child >= len(q) {
			break
		}
		if child+1 < len(q) && q[child+1].at < q[child].at {
			child++
		}
		if q[child].at >= last.at {
			break
		}
		q[i] = q[child]
		i = child
	}
	if len(q) > 0 {
		q[i] = last
	}
	*h = q
	return first
}
