package sagemaker

import (
	"maps"
	"slices"
	"testing"
	"time"

	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
	"sagetop/runner"
)

const streamOperation = "InvokeEndpointWithResponseStream"

// newLLM serves one endpoint that brings four tokens, 20 ms apart, and returns how to invoke it for a stream.
func newLLM(t *testing.T, change func(*model.Profile)) (*simulator.Server, Config) {
	t.Helper()
	s, cfg := newSimulator(t, func(p *model.Profile) {
		*p = model.Fast()
		p.LLM = model.LLM{Batch: 8, Chunk: 100, Iteration: model.Duration(20 * time.Millisecond), Prompt: model.Tokens{Median: 10}, Output: model.Tokens{Median: 4}}
		p.Answer.Chunk, p.Answer.Last = "data: x\n\n", "data: [DONE]\n\n"
		if change != nil {
			change(p)
		}
	})
	cfg.Stream = true
	return s, cfg
}

// Parts have the times at which the model made them, not that of the whole.
func TestStreamOfTheSimulator(t *testing.T) {
	_, cfg := newLLM(t, nil)
	eachClient(t, func(t *testing.T, client string) {
		r, _ := invokeBy(t, by(client, cfg), 0)
		if r.Failure.Class != runner.OK || len(r.Chunks) != 5 || r.BytesIn != int64(4*len("data: x\n\n")+len("data: [DONE]\n\n")) {
			t.Fatalf("%+v", r)
		}
		if !slices.IsSorted(r.Chunks) || r.FirstByte != r.Chunks[0] || r.Chunks[0] < 20*time.Millisecond || r.Chunks[3] < 80*time.Millisecond {
			t.Errorf("first byte %v, parts %v", r.FirstByte, r.Chunks)
		}
	})
}

// A model that is too slow for a stream, once it has begun.
func TestStreamThatTakesTooLong(t *testing.T) {
	_, cfg := newLLM(t, func(p *model.Profile) { p.StreamTimeout = model.Duration(50 * time.Millisecond) })
	if r := invoke(t, cfg); r.Failure.Class != runner.Stream || r.Failure.Code != "ModelInvocationTimeExceeded" || len(r.Chunks) == 0 {
		t.Errorf("%+v", r)
	}
}

// For every way in which a stream fails, the client counts under each class what the server gave.
func TestStreamsFailAsTheSimulatorHasThemFail(t *testing.T) {
	eachClient(t, func(t *testing.T, client string) {
		s, cfg := newSimulator(t, nil) // whose answers come in three parts at once
		cfg.Client, cfg.Stream = client, true
		kinds := map[simulator.FaultKind]struct {
			class runner.Class
			next  int
		}{
			simulator.FaultStreamBroken:  {runner.Stream, 5},
			simulator.FaultStreamFailure: {runner.Stream, 4},
			simulator.FaultTruncated:     {runner.Truncated, 6},
			simulator.FaultThrottled:     {runner.Throttled, 3},
			simulator.FaultModel:         {runner.ModelError, 2},
			simulator.FaultReset:         {runner.Reset, 2},
		}
		want := map[runner.Class]int{runner.OK: 60}
		for kind, f := range kinds {
			if _, err := s.Fault(simulator.Fault{Kind: kind, Operation: streamOperation, Next: f.next}); err != nil {
				t.Fatal(err)
			}
			want[f.class] += f.next
			want[runner.OK] -= f.next
		}
		if got := count(t, mustTarget(t, cfg), 4, 15); !maps.Equal(got, want) {
			t.Errorf("client %v\nfaults %v", got, want)
		}
	})
}

// What interrupted a stream can be looked up by its sample.
func TestSampleOfAnInterruptedStream(t *testing.T) {
	s, cfg := newLLM(t, nil)
	eachClient(t, func(t *testing.T, client string) {
		if _, err := s.Fault(simulator.Fault{Kind: simulator.FaultStreamBroken, Operation: streamOperation, Next: 1}); err != nil {
			t.Fatal(err)
		}
		r, sample := invokeBy(t, by(client, cfg), 0)
		if r.Failure.Code != "StreamBroken" || sample.Message != "The model closed its response stream before the end." || len(sample.RequestID) != len(uuid) {
			t.Errorf("%+v, sample %+v", r.Failure, sample)
		}
	})
}

// A stream that pauses for longer than a request may take is late, and so is one that never begins.
func TestLateStreams(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulator.Fault{
		{Kind: simulator.FaultSlowBody, Operation: streamOperation, Delay: model.Duration(time.Hour)},
		{Kind: simulator.FaultStall, Operation: streamOperation},
	} {
		t.Run(string(fault.Kind), func(t *testing.T) {
			t.Parallel()
			s, cfg := newLLM(t, nil)
			if _, err := s.Fault(fault); err != nil {
				t.Fatal(err)
			}
			cfg.Timeout = 3 * time.Second // in which a starved machine still has the head of an answer
			if r := invoke(t, cfg); r.Failure != (runner.Failure{Class: runner.Timeout, Message: msgLate}) {
				t.Errorf("%+v", r)
			}
		})
	}
}
