package sagemaker

import (
	"context"
	"net/http/httptrace"
	"time"
)

// deadline is the time limit of one user's requests. A context.WithTimeout per request would allocate, and lock the parent that all
// users share, twice each; this one arms a timer (about 0.1 us) and makes a new context only after it has fired, which also ended
// the connection.
type deadline struct {
	after  time.Duration
	parent context.Context
	ctx    context.Context // of parent; carries trace
	trace  *trace          // replaced with ctx, so that late callbacks of an aborted request reach nobody
	cancel context.CancelFunc
	timer  *time.Timer
}

// start returns the context of a request that starts now.
func (d *deadline) start(parent context.Context) context.Context {
	if d.ctx == nil || d.parent != parent || d.ctx.Err() != nil {
		d.renew(parent)
	} else {
		d.timer.Reset(d.after)
	}
	return d.ctx
}

func (d *deadline) renew(parent context.Context) {
	d.close()
	d.parent, d.trace = parent, new(trace)
	d.ctx, d.cancel = context.WithCancel(httptrace.WithClientTrace(parent, d.trace.hooks()))
	d.timer = time.AfterFunc(d.after, d.cancel)
}

// stop ends the request and says whether its time was up. If so, the context is spent.
func (d *deadline) stop() (fired bool) {
	fired = !d.timer.Stop()
	if fired {
		d.cancel()
	}
	return fired
}

func (d *deadline) close() {
	if d.ctx != nil {
		d.timer.Stop()
		d.cancel()
	}
}
