package runner

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// lognormal latencies, as endpoints have them.
func latencies(rng *rand.Rand, n int, median time.Duration) []time.Duration {
	list := make([]time.Duration, n)
	for i := range list {
		list[i] = time.Duration(float64(median) * math.Exp(0.5*rng.NormFloat64()))
	}
	return list
}

func histOf(list ...time.Duration) *Hist {
	h := new(Hist)
	for _, d := range list {
		h.Record(d)
	}
	return h
}

func library(list []time.Duration) *hdrhistogram.Histogram {
	h := hdrhistogram.New(histMin, histMax, histDigits)
	for _, d := range list {
		if err := h.RecordValue(int64(d.Round(time.Microsecond) / time.Microsecond)); err != nil {
			panic(err)
		}
	}
	return h
}

// TestHistEqualsHdrHistogram holds Hist against the library whose slots it has.
func TestHistEqualsHdrHistogram(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, median := range []time.Duration{3 * time.Microsecond, time.Millisecond, 60 * time.Millisecond, 20 * time.Second} {
		for _, n := range []int{1, 2, 99, 100, 5000} {
			list := latencies(rng, n, median)
			for i := range list {
				list[i] = max(list[i], time.Microsecond)
			}
			h, want := histOf(list...), library(list)
			if !h.HDR().Equals(want) {
				t.Fatalf("%d around %v: slots differ", n, median)
			}
			s := h.Stats()
			got := []time.Duration{s.P50, s.P90, s.P95, s.P99, s.P999}
			for i, v := range want.ValueAtPercentilesSlice([]float64{50, 90, 95, 99, 99.9}) {
				if w := min(micros(v), s.Max); got[i] != w {
					t.Errorf("%d around %v: quantile %v is %v, want %v", n, median, statsQuantiles[i], got[i], w)
				}
			}
			checkExact(t, s, list)
		}
	}
}

// checkExact computes mean and deviation the slow way.
func checkExact(t *testing.T, s Stats, list []time.Duration) {
	t.Helper()
	var sum, squares float64
	for _, d := range list {
		sum += float64(d.Round(time.Microsecond))
	}
	mean := sum / float64(len(list))
	for _, d := range list {
		squares += math.Pow(float64(d.Round(time.Microsecond))-mean, 2)
	}
	deviation := math.Sqrt(squares / float64(len(list)))
	near := func(a time.Duration, b float64) bool { return math.Abs(float64(a)-b) <= 1+b*1e-9 }
	if !near(s.Mean, mean) || !near(s.StdDev, deviation) {
		t.Errorf("mean %v, deviation %v; want %v and %v", s.Mean, s.StdDev, time.Duration(mean), time.Duration(deviation))
	}
	if s.Min != slices.Min(list).Round(time.Microsecond) || s.Max != slices.Max(list).Round(time.Microsecond) {
		t.Errorf("from %v to %v, want %v to %v", s.Min, s.Max, slices.Min(list), slices.Max(list))
	}
}

func TestHistSlotsCoverAllValues(t *testing.T) {
	oracle := hdrhistogram.New(histMin, histMax, histDigits)
	rng := rand.New(rand.NewPCG(3, 4))
	values := []int64{1, 2, 1023, 1024, 2047, 2048, 2049, 4095, 4096, histMax - 1, histMax}
	for range 10_000 {
		values = append(values, 1+int64(float64(histMax-1)*math.Pow(rng.Float64(), 6)))
	}
	for _, v := range values {
		chunk, i := slot(v)
		lowest, highest := bounds(chunk, i)
		if v < lowest || v > highest || !oracle.ValuesAreEquivalent(lowest, highest) || oracle.ValuesAreEquivalent(highest, highest+1) {
			t.Fatalf("%d is counted with %d to %d", v, lowest, highest)
		}
	}
}

func TestHistClamps(t *testing.T) {
	s := histOf(-time.Second, 0, 300*time.Nanosecond, time.Hour).Stats()
	if s.Min != time.Microsecond || s.Max != 15*time.Minute || s.P50 != time.Microsecond || s.P999 != 15*time.Minute {
		t.Errorf("%+v", s)
	}
}

func TestHistOfEqualValuesHasNoDeviation(t *testing.T) {
	h := new(Hist)
	for range 100_001 {
		h.Record(123_457 * time.Microsecond)
	}
	if s := h.Stats(); s.StdDev != 0 || s.Mean != 123_457*time.Microsecond || s.P99 != s.Max {
		t.Errorf("%+v", s)
	}
}

func TestHistMergeLeavesNoTraceOfOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	parts := make([]*Hist, 8)
	all := new(Hist)
	for i := range parts {
		parts[i] = new(Hist)
		for _, d := range latencies(rng, 1000, time.Duration(1+i*i)*time.Millisecond) {
			parts[i].Record(d)
			all.Record(d)
		}
	}
	for range 5 {
		rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		merged := new(Hist)
		for _, p := range parts {
			merged.Merge(p)
		}
		if merged.Stats() != all.Stats() || !merged.HDR().Equals(all.HDR()) || merged.squares != all.squares {
			t.Fatal("merged parts differ from the whole")
		}
	}
}

func TestHistReset(t *testing.T) {
	h := histOf(time.Millisecond, time.Minute)
	h.Reset()
	if h.Stats() != (Stats{}) || h.Count() != 0 || h.CountAbove(0) != 0 {
		t.Errorf("%+v", h.Stats())
	}
	h.Record(time.Second)
	if s := h.Stats(); s.Count != 1 || s.Min != time.Second || s.P50 != time.Second {
		t.Errorf("%+v", s)
	}
}

func TestHistNilIsEmpty(t *testing.T) {
	var h *Hist
	if h.Stats() != (Stats{}) || h.Quantile(0.5) != 0 || h.CountAbove(0) != 0 || h.Clone().Count() != 0 {
		t.Error("nil is not empty")
	}
}

func TestHistCountAbove(t *testing.T) {
	h := histOf(100*time.Millisecond, 200*time.Millisecond, 201*time.Millisecond, time.Second)
	for limit, want := range map[time.Duration]uint64{0: 4, 100 * time.Millisecond: 3, 200 * time.Millisecond: 2, 999 * time.Millisecond: 1, time.Second: 0} {
		if got := h.CountAbove(limit); got != want {
			t.Errorf("%d above %v, want %d", got, limit, want)
		}
	}
}

func TestHistQuantileEnds(t *testing.T) {
	h := histOf(10*time.Millisecond, 20*time.Millisecond, 30*time.Millisecond)
	if h.Quantile(0).Round(time.Millisecond) != 10*time.Millisecond || h.Quantile(1) != 30*time.Millisecond {
		t.Errorf("%v to %v", h.Quantile(0), h.Quantile(1))
	}
}

func TestHistJSONKeepsEveryBit(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{0, 1, 3, 10_000} {
		h := histOf(latencies(rng, n, 80*time.Millisecond)...)
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		var back Hist
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if back.Stats() != h.Stats() || back.squares != h.squares || !back.HDR().Equals(h.HDR()) {
			t.Errorf("%d values: %+v became %+v", n, h.Stats(), back.Stats())
		}
	}
}

func TestHistJSONRefusesWhatCannotBe(t *testing.T) {
	good, err := json.Marshal(histOf(50*time.Millisecond, 70*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	other, err := hdrhistogram.New(1, 1000, 2).Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"no json":        "[",
		"no base64":      `{"n":0,"hdr":"???"}`,
		"other bounds":   `{"n":0,"hdr":"` + string(other) + `"}`,
		"count":          strings.Replace(string(good), `"n":2`, `"n":3`, 1),
		"sum":            strings.Replace(string(good), `"sum_us":120000`, `"sum_us":300000`, 1),
		"squares":        strings.Replace(string(good), `[0,7400000000]`, `[0,7100000000]`, 1),
		"squares beyond": strings.Replace(string(good), `[0,7400000000]`, `[1,7400000000]`, 1),
		"max":            strings.Replace(string(good), `"max_us":70000`, `"max_us":90000`, 1),
		"min":            strings.Replace(string(good), `"min_us":50000`, `"min_us":0`, 1),
	} {
		if text == string(good) {
			t.Fatalf("%s: nothing was changed in %s", name, good)
		}
		if err := new(Hist).UnmarshalJSON([]byte(text)); !errors.Is(err, ErrHist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzHistJSON(f *testing.F) {
	for _, h := range []*Hist{new(Hist), histOf(time.Millisecond), histOf(50*time.Millisecond, 70*time.Millisecond, 15*time.Minute)} {
		text, err := json.Marshal(h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var h Hist
		if h.UnmarshalJSON(text) != nil {
			return
		}
		s := h.Stats()
		ladder := []time.Duration{0, s.Min, s.P50, s.P90, s.P95, s.P99, s.P999, s.Max, 15 * time.Minute}
		if !slices.IsSorted(ladder) || s.StdDev < 0 || s.StdDev > s.Max {
			t.Fatalf("%+v", s)
		}
		again, err := json.Marshal(&h)
		if err != nil {
			t.Fatal(err)
		}
		var back Hist
		if err := back.UnmarshalJSON(again); err != nil || back.Stats() != s {
			t.Fatalf("%v: %+v became %+v", err, s, back.Stats())
		}
	})
}

func TestHistRecordDoesNotAllocate(t *testing.T) {
	h := histOf(time.Millisecond, time.Second)
	h.Reset()
	if n := testing.AllocsPerRun(1000, func() { h.Record(time.Millisecond); h.Record(time.Second) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { h.Stats() }); n != 0 {
		t.Errorf("%v allocations for figures", n)
	}
}

func TestHeatBuckets(t *testing.T) {
	for i := range HeatBuckets {
		edge := HeatEdge(i)
		if HeatBucket(edge) != i || i > 0 && HeatBucket(edge-1) != i-1 {
			t.Errorf("edge %v of bucket %d falls into %d, just below into %d", edge, i, HeatBucket(edge), HeatBucket(edge-1))
		}
	}
	if HeatEdge(0) != time.Millisecond || HeatEdge(3) != 2*time.Millisecond || HeatBucket(0) != 0 || HeatBucket(time.Hour) != HeatBuckets-1 {
		t.Error("buckets are not thirds of octaves from 1 ms")
	}
}

func TestHistHeat(t *testing.T) {
	list := latencies(rand.New(rand.NewPCG(9, 9)), 2000, 60*time.Millisecond)
	list = append(list, time.Microsecond, 10*time.Minute)
	var got, want [HeatBuckets]uint32
	histOf(list...).heat(&got)
	for _, d := range list {
		want[HeatBucket(d)]++
	}
	var moved float64
	for i := range got {
		moved += math.Abs(float64(got[i]) - float64(want[i]))
	}
	if moved > 20 { // a slot that an edge divides counts on one side of it
		t.Errorf("%v of %d values are elsewhere", moved/2, len(list))
	}
	if got[0] != 1 || got[HeatBuckets-1] != 1 {
		t.Errorf("ends hold %d and %d", got[0], got[HeatBuckets-1])
	}
}

func TestHistsJSONNamesTheMeasures(t *testing.T) {
	in := Hists{Response: histOf(time.Second), ChunkGap: histOf(time.Millisecond)}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(`"chunk_gap":{`)) || bytes.Contains(text, []byte("service")) {
		t.Errorf("%s", text)
	}
	var back Hists
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	for m := range back {
		if back[m].Stats() != in[m].Stats() || (back[m] == nil) != (in[m] == nil) {
			t.Errorf("%v: %+v became %+v", Measure(m), in[m].Stats(), back[m].Stats())
		}
	}
	if err := json.Unmarshal([]byte(`{"later":{"n":0}}`), &back); err == nil {
		t.Error("took a histogram without slots")
	}
}

func TestTrust(t *testing.T) {
	for _, c := range []struct {
		p    float64
		n    uint64
		want Trust
	}{
		{0.5, 1, Hidden},
		{0.5, 2, Rough},
		{0.5, 20, Firm},
		{0.99, 0, Hidden},
		{0.99, 99, Hidden},
		{0.99, 100, Rough},
		{0.99, 999, Rough},
		{0.99, 1000, Firm},
		{0.999, 999, Hidden},
		{0.999, 1000, Rough},
		{0.999, 10_000, Firm},
	} {
		if got := (Stats{Count: c.n}).Trust(c.p); got != c.want {
			t.Errorf("p%v of %d: %v, want %v", c.p*100, c.n, got, c.want)
		}
	}
}

func TestCountsAddAll(t *testing.T) {
	var c Counts
	one := Counts{Sent: 9, OK: 4, Failed: 3, Unsent: 5, BytesIn: 6, BytesOut: 7, Chunks: 8, Tokens: 10, Good: 2}
	fields := reflect.ValueOf(one)
	c.Add(one)
	c.Add(one)
	if c.InFlight() != 4 {
		t.Errorf("%d in flight", c.InFlight())
	}
	for i := range fields.NumField() {
		got, was := reflect.ValueOf(c).Field(i), fields.Field(i)
		if got.CanUint() && got.Uint() != 2*was.Uint() || got.CanInt() && got.Int() != 2*was.Int() || was.IsZero() {
			t.Errorf("%s: %v twice is %v", fields.Type().Field(i).Name, was, got)
		}
	}
}

func BenchmarkHistRecord(b *testing.B) {
	h := new(Hist)
	b.ReportAllocs()
	for b.Loop() {
		h.Record(70 * time.Millisecond)
	}
}

func BenchmarkHistMerge(b *testing.B) {
	into, from := new(Hist), histOf(latencies(rand.New(rand.NewPCG(1, 1)), 10_000, 70*time.Millisecond)...)
	b.ReportAllocs()
	for b.Loop() {
		into.Merge(from)
	}
}

func BenchmarkHistStats(b *testing.B) {
	h := histOf(latencies(rand.New(rand.NewPCG(1, 1)), 10_000, 70*time.Millisecond)...)
	b.ReportAllocs()
	for b.Loop() {
		h.Stats()
	}
}

func BenchmarkHistJSON(b *testing.B) {
	h := histOf(latencies(rand.New(rand.NewPCG(1, 1)), 1000, 70*time.Millisecond)...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(h); err != nil {
			b.Fatal(err)
		}
	}
}
