package sagemaker

import (
	"fmt"
	"strings"
	"testing"

	"sagetop/runner"
)

// eventful is an answer of n parts, each in a chunk of its own, or pieces of that many bytes.
func eventful(t testing.TB, n, piece int) string {
	t.Helper()
	part := string(payloadPart(t, `data: {"choices":[{"delta":{"content":"token"}}]}`+"\n\n"))
	body := strings.Repeat(part, n)
	if piece == 0 {
		piece = len(part)
	}
	var b strings.Builder
	b.WriteString("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nTransfer-Encoding: chunked\r\n\r\n")
	for len(body) > 0 {
		cut := min(piece, len(body))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", cut, body[:cut])
		body = body[cut:]
	}
	b.WriteString("0\r\n\r\n")
	return b.String()
}

// Once a user has its memory, a stream costs no allocation, however its frames come.
func TestNoAllocationsOfStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("allocations are counted without the race detector")
	}
	for name, piece := range map[string]int{"a part a chunk": 0, "split": 50, "several in a chunk": 3000, "in long chunks": 20_000} {
		t.Run(name, func(t *testing.T) {
			const n = 200
			cfg := by(Lean, thriftyConfig(t, false, eventful(t, n, piece)))
			cfg.Stream = true
			inv := newInvoker(t, cfg)
			ctx := t.Context()
			var r runner.Result
			once := func() {
				if inv.Invoke(ctx, 0, &r); r.Failure.Class != runner.OK || len(r.Chunks) != n {
					t.Fatalf("%+v", r)
				}
			}
			for range 10 {
				once()
			}
			if got := testing.AllocsPerRun(200, once); got != 0 {
				t.Errorf("%v allocations a stream of %d parts", got, n)
			}
		})
	}
}

func BenchmarkStream(b *testing.B) {
	const parts = 200
	for _, client := range []string{Lean, SDK} {
		b.Run(client, func(b *testing.B) {
			cfg := by(client, thriftyConfig(b, false, eventful(b, parts, 0)))
			cfg.Stream = true
			inv := newInvoker(b, cfg)
			ctx := b.Context()
			var r runner.Result
			b.ReportAllocs()
			for b.Loop() {
				if inv.Invoke(ctx, 0, &r); r.Failure.Class != runner.OK {
					b.Fatal(r.Failure)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*parts), "ns/part")
		})
	}
}
