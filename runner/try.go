package runner

import (
	"context"
	"fmt"
	"time"
)

// Tried is what came of the one request that is sent before a load.
type Tried struct {
	Failure Failure
	Took    time.Duration
	Delta   *Delta // to be counted with the load's, as warm-up
}

// tryWorker names the request before the load among the workers of the load.
const tryWorker = "try"

// Try sends request 0 once. A failed request is data here too: the error is about the Target, or ctx.
func Try(ctx context.Context, target Target) (Tried, error) {
	inv, err := target.NewInvoker(0)
	if err != nil {
		return Tried{}, fmt.Errorf("runner: the request before the load: %w", err)
	}
	defer inv.Close()
	var r Result
	began := time.Now()
	inv.Invoke(ctx, 0, &r)
	took := time.Since(began) - r.Before - r.After
	if err := ctx.Err(); err != nil {
		return Tried{}, err
	}
	if r.Failure.Class != OK {
		r.Failure = r.Failure.clean() // as the recorder does
		r.sample = sampled(inv, 0, began.Add(took), took)
	}
	return Tried{Failure: r.Failure, Took: took, Delta: tryDelta(&r, took, began.Add(took).Unix())}, nil
}

func tryDelta(r *Result, took time.Duration, second int64) *Delta {
	d := &Delta{Worker: tryWorker, Seq: 1, Second: second, Final: true, Last: true, Plan: Plan{Warmup: true}}
	d.Counts = Counts{Sent: 1, OK: 1, BytesIn: r.BytesIn, BytesOut: r.BytesOut, Chunks: r.Parts(), Tokens: uint64(r.Tokens)}
	measure := Response
	if r.Failure.Class != OK {
		d.OK, d.Failed, d.Chunks, d.Tokens, measure = 0, 1, 0, 0, FailureLat
		d.Errors = []ErrorCount{{Failure: r.Failure, Count: 1, First: second, Last: second, Sample: r.sample}}
	}
	d.Hist[measure] = new(Hist)
	d.Hist[measure].Record(took)
	d.Client.RTT = r.Connect
	if r.Opened {
		d.Client.Opened = 1
	}
	return d
}
