package sagemaker

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sagetop/runner"
)

// BenchmarkPayloads says what a request of 1 kB costs whose body differs from the one before, or whose answer is looked into, as a multiple
// of one that is always the same: "x" is the ratio of the CPU times of the sender's thread. They are taken in turns, so that what else the
// machine does weighs on both.
func BenchmarkPayloads(b *testing.B) {
	b.Chdir(b.TempDir())
	longLines(b, "long.jsonl")
	var short strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&short, `{"n":%d,"text":"%s"}`+"\n", i, strings.Repeat("x", 975))
	}
	if err := os.WriteFile("held.jsonl", []byte(short.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	text := `{"id":"{{.uuid}}","n":{{.seq}},"text":"` + strings.Repeat("x", 935) + `"}`
	for _, c := range []struct {
		name, spec string
		expect     []string
	}{{"held", "@held.jsonl", nil}, {"long", "@long.jsonl", nil}, {"fields", text, nil}, {"expect", strings.Repeat("x", 1000), []string{"json [0].label exists"}}} {
		b.Run(c.name, func(b *testing.B) {
			p, err := ParsePayload(b.Context(), Source{Spec: c.spec})
			if err != nil {
				b.Fatal(err)
			}
			fixed := by(Lean, thriftyConfig(b, false, success))
			fixed.Payload, _ = NewPayload(bytes.Repeat([]byte("x"), 1000))
			varied := fixed
			varied.Payload, varied.Expect = p, expected(b, c.expect...)
			one, other := newInvoker(b, fixed), newInvoker(b, varied)
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			var base, more time.Duration
			for n := uint64(0); b.Loop(); n++ {
				base += timed(b, one, n)
				more += timed(b, other, n)
			}
			b.ReportMetric(float64(more)/float64(base), "x")
			b.ReportMetric(float64(base.Microseconds())/float64(100*b.N), "µs/fixed")
		})
	}
}

// timed is the CPU time of a hundred requests.
func timed(b *testing.B, inv runner.Invoker, n uint64) time.Duration {
	var r runner.Result
	began := threadTime(b)
	for i := range uint64(100) {
		if inv.Invoke(b.Context(), 100*n+i, &r); r.Failure.Class != runner.OK {
			b.Fatalf("%+v", r)
		}
	}
	return threadTime(b) - began
}

func threadTime(b *testing.B) time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts); err != nil {
		b.Fatal(err)
	}
	return time.Duration(ts.Nano())
}
