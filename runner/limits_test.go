package runner

import (
	"context"
	"reflect"
	"testing"
	"time"
)

const ms = time.Millisecond

// streamed has its tokens from 100 ms to 400 ms after the send.
func streamed(tokens int) *Result {
	r := &Result{FirstByte: 80 * ms, Chunks: []time.Duration{90 * ms, 400 * ms}, Tokens: tokens}
	if tokens > 0 {
		r.FirstToken, r.LastToken = 100*ms, 400*ms
	}
	return r
}

func TestLimitsOfSingleRequests(t *testing.T) {
	if told := (&Result{Tokens: 3}); (&Limits{FirstToken: time.Hour}).met(told, ms) {
		t.Error("tokens that nobody has seen came in time")
	}
	for _, c := range []struct {
		limits Limits
		tokens int
		met    bool
	}{
		{Limits{}, 4, false},
		{Limits{Response: 500 * ms}, 4, true},
		{Limits{Response: 499 * ms}, 4, false},
		{Limits{FirstByte: 80 * ms}, 4, true},
		{Limits{FirstByte: 79 * ms}, 4, false},
		{Limits{FirstToken: 100 * ms}, 1, true},
		{Limits{FirstToken: 99 * ms}, 1, false},
		{Limits{FirstToken: time.Hour}, 0, false},
		{Limits{TokenTime: 100 * ms}, 4, true},
		{Limits{TokenTime: 99 * ms}, 4, false},
		{Limits{TokenTime: 1}, 1, true},
		{Limits{Response: time.Second, FirstByte: time.Second, FirstToken: time.Second, TokenTime: time.Second}, 4, true},
		{Limits{Response: time.Second, FirstByte: time.Second, FirstToken: time.Second, TokenTime: 99 * ms}, 4, false},
	} {
		if got := c.limits.met(streamed(c.tokens), 500*ms); got != c.met {
			t.Errorf("%+v of %d tokens: %v", c.limits, c.tokens, got)
		}
	}
}

func TestTokensHaveAFirstOneAndATimeEach(t *testing.T) {
	s := newSet()
	for _, tokens := range []int{0, 1, 4} {
		s.succeeded(streamed(tokens), time.Second)
	}
	s.succeeded(&Result{Tokens: 3}, time.Second) // told of, and not seen
	first, each := s.hist[FirstToken].Stats(), s.hist[TokenTime].Stats()
	if first.Count != 2 || first.Max != 100*ms || each.Count != 1 || each.Max != 100*ms {
		t.Errorf("first %+v, each %+v", first, each)
	}
	plain := newSet()
	if plain.succeeded(&Result{}, time.Second); plain.hist[FirstToken] != nil || plain.hist[TokenTime] != nil {
		t.Error("a histogram of what no answer had")
	}
}

func TestStreamedAnswersAreRecordedWithoutAllocations(t *testing.T) {
	r, c := newRecorder(0, Limits{FirstToken: time.Second}), new(cutter)
	r.publish(newOrder(1))
	res := streamed(4)
	one := func() {
		s := r.shard(0)
		s.end(begin(s), res, took(500*ms))
		cutNow(r, c)
	}
	one()
	if n := testing.AllocsPerRun(100, one); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// tokenTarget streams four tokens; every fifth answer is slow to begin, every tenth fails after that.
type tokenTarget struct{}

func (tokenTarget) NewInvoker(int) (Invoker, error) { return tokenTarget{}, nil }
func (tokenTarget) Close() error                    { return nil }

func (tokenTarget) Invoke(_ context.Context, n uint64, r *Result) {
	*r = *streamed(4)
	if n%5 == 0 {
		r.FirstToken = 300 * ms
	}
	if n%10 == 0 {
		r.Failure.Class = Stream
	}
	time.Sleep(500 * ms)
}

// TestTokensTravelAndAreReplayed follows them from the answers through Deltas written as JSON to the figures of a run.
func TestTokensTravelAndAreReplayed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p, r := newLoad(t, tokenTarget{}, func(c *Config) { c.Requests, c.Limits = 100, Limits{FirstToken: 200 * ms} })
		apply(t, p, Plan{Users: 10})
		<-p.Done()
		live := p.cfg.Ledger
		live.Close()
		run := snapshot(live).Run
		if want := (Counts{Sent: 100, OK: 90, Failed: 10, Chunks: 180, Tokens: 360, Good: 80}); run.Counts != want {
			t.Errorf("%+v", run.Counts)
		}
		if first, each := run.Stats[FirstToken], run.Stats[TokenTime]; first.Count != 90 || first.Max != 300*ms || each.Count != 90 || each.P50 < 100*ms {
			t.Errorf("first %+v, each %+v", first, each)
		}
		if run.TokensPerSecond() != 72 || run.Goodput() != 16 || run.Length != 5*time.Second {
			t.Errorf("%v tokens and %v good requests a second in %v", run.TokensPerSecond(), run.Goodput(), run.Length)
		}
		if s := snapshot(live).Seconds[1]; s.Tokens == 0 || s.TokensPerSecond() != float64(s.Tokens) || s.Goodput() != float64(s.Good) {
			t.Errorf("%v tokens and %v good requests a second of %+v", s.TokensPerSecond(), s.Goodput(), s.Counts)
		}
		again, _ := NewLedger(LedgerConfig{})
		for _, d := range r.all() {
			if err := again.Add(&d); err != nil {
				t.Fatal(err)
			}
		}
		if again.Close(); !reflect.DeepEqual(snapshot(live), snapshot(again)) {
			t.Error("the replay differs")
		}
	})
}
