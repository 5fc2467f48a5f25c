package model

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite what docs/profiles.md says of the profiles")

const docs = "../../../docs/profiles.md"

// knee is where a profile's latency leaves what a quiet endpoint shows.
type knee struct {
	tps        float64 // the highest rate at which fewer than 1 % fail and p99 is at most twice the quiet one
	quiet, p99 float64 // ms
	cpu, gpu   float64 // percent of all cores and of all GPUs, at tps
	over       float64 // p99 at twice tps
	four, five float64 // percent of 4xx and 5xx at twice tps
	memory     float64 // percent at twice tps
}

// run is one open loop on one instance: what its callers and its metrics say.
func run(p Profile, rate float64) knee {
	const settle = time.Minute
	length := max(4*time.Minute, time.Duration(3000/rate)*time.Second) // enough requests for a p99
	c := config(1, 1)
	c.Profile = p
	c.Clock.Origin = time.Unix(1_700_000_040, 0) // a whole minute
	v := NewVariant(c)
	rng := NewRand(1, 77)
	for t := time.Duration(0); t < settle+length; t += time.Duration(rng.ExpFloat64() / rate * float64(time.Second)) {
		v.Stream(t)
	}
	r := v.Record(settle+length, settle, settle+length)
	of := func(namespace, name string) Summary {
		var s Summary
		for _, p := range FindMetric(namespace, name).Points(&r, "") {
			s.Merge(p.Summary)
		}
		return s
	}
	first := of(invocationMetrics, "FirstChunkLatency") // of answers that are there at once: the whole
	n := of(invocationMetrics, "Invocations")
	four, five := of(invocationMetrics, "Invocation4XXErrors"), of(invocationMetrics, "Invocation5XXErrors")
	cpu, gpu, memory := of(utilizationMetrics, "CPUUtilization"), of(utilizationMetrics, "GPUUtilization"), of(utilizationMetrics, "MemoryUtilization")
	k := knee{
		p99: first.Statistic("p99") / 1000, four: 100 * four.sum / n.count, five: 100 * five.sum / n.count,
		cpu: cpu.Statistic("Average") / float64(p.Hardware.VCPUs), memory: memory.Statistic("Average"),
	}
	if p.Hardware.GPUs > 0 {
		k.gpu = gpu.Statistic("Average") / float64(p.Hardware.GPUs)
	}
	return k
}

// findKnee doubles the rate until it is too much, and bisects it to 2 % then.
func findKnee(p Profile) knee {
	quiet := run(p, 0.5).p99
	good := func(k knee) bool { return k.four+k.five < 1 && k.p99 <= 2*quiet }
	at, low, high := knee{}, 0.5, 1.0
	for k := run(p, high); good(k); k = run(p, high) {
		at, low, high = k, high, 2*high
	}
	for high/low > 1.02 {
		rate := (low + high) / 2
		if k := run(p, rate); good(k) {
			at, low = k, rate
		} else {
			high = rate
		}
	}
	over := run(p, 2*low)
	at.tps, at.quiet, at.over, at.four, at.five, at.memory = low, quiet, over.p99, over.four, over.five, over.memory
	return at
}

func (k knee) row(name string) string {
	gpu := "–"
	if k.gpu > 0 {
		gpu = fmt.Sprintf("%.0f %%", k.gpu)
	}
	return fmt.Sprintf("| `%s` | %.3g | %.0f | %.0f | %.0f %% | %s | %.0f | %.1f %% | %.1f %% | %.0f %% |",
		name, k.tps, k.quiet, k.p99, k.cpu, gpu, k.over, k.four, k.five, k.memory)
}

// The document says of each ready profile what it does.
func TestDocumentedProfiles(t *testing.T) {
	if testing.Short() || runtime.GOARCH != "amd64" {
		t.Skip("many runs, whose last digits are those of amd64")
	}
	var rows []string
	for _, name := range Names() {
		p, _ := Named(name)
		rows = append(rows, findKnee(p).row(name))
	}
	section(t, "knees", rows)
}

// The document lists every parameter, with its unit, default and range; what it means is written there by hand.
func TestDocumentedParameters(t *testing.T) {
	text := read(t)
	var rows []string
	for _, p := range new(Default()).Parameters() {
		start := fmt.Sprintf("| `%s` | %s | %v | %s |", p.Name, p.Unit, p.Value, p.Range())
		meaning := " ? |"
		for line := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(line, fmt.Sprintf("| `%s` |", p.Name)) {
				cells := strings.Split(line, "|")
				meaning = cells[len(cells)-2] + "|"
			}
		}
		if strings.TrimSpace(meaning) == "? |" {
			t.Errorf("%s: %s has no meaning", docs, p.Name)
		}
		rows = append(rows, start+meaning)
	}
	section(t, "parameters", rows)
}

func read(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// section holds the rows of a table after a comment with its name against those wanted, or rewrites them.
func section(t *testing.T, name string, rows []string) {
	t.Helper()
	text := read(t)
	head, rest, ok := strings.Cut(text, "<!-- "+name+" -->\n")
	if !ok {
		t.Fatalf("%s has no section %s", docs, name)
	}
	table, tail, _ := strings.Cut(rest, "\n\n")
	lines := strings.Split(table, "\n")
	want := strings.Join(append(lines[:2:2], rows...), "\n")
	if want == table {
		return
	}
	if !*update {
		t.Errorf("%s, section %s, says\n%s\nwant\n%s\n(go test -update rewrites it)", docs, name, table, want)
		return
	}
	if err := os.WriteFile(docs, []byte(head+"<!-- "+name+" -->\n"+want+"\n\n"+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
