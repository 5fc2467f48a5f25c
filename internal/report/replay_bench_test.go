package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
)

// longRun is the timeline of a run of so many seconds, of 180 answers each, that CloudWatch says something of every 15 s. Its
// histograms repeat: to encode them is what takes long.
func longRun(b testing.TB, seconds int) []byte {
	b.Helper()
	var text bytes.Buffer
	add := func(l *line) {
		encoded, err := l.encode()
		if err != nil {
			b.Fatal(err)
		}
		text.Write(encoded)
	}
	described := info()
	described.Schema, described.Period = TimelineSchema, time.Minute
	add(&line{Kind: kindConfig, T: start, Config: &described})
	hists := encodedHists(b)
	for s := range seconds {
		fmt.Fprintf(&text, `{"kind":"delta","t":%q,"delta":{"seq":%d,"second":%d,"segment":1,"final":true,"plan":{"loop":"closed","users":12},"covered":1000000000,"sent":180,"ok":180,"users":12,"hist":%s,"client":{"cpu_percent":3,"cores":8}}}`+"\n",
			start.Add(time.Duration(s+1)*time.Second).Format(time.RFC3339), s+1, start.Unix()+int64(s), hists[s%len(hists)])
		if s%15 == 14 {
			at := start.Add(time.Duration(s) * time.Second)
			add(&line{Kind: kindSample, T: at, Sample: &cwmetrics.Sample{At: at, Period: time.Minute, Points: recentPoints(at)}})
		}
	}
	return text.Bytes()
}

func encodedHists(b testing.TB) (all [][]byte) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 64 {
		var h runner.Hists
		h[runner.Response] = new(runner.Hist)
		for range 180 {
			h[runner.Response].Record(time.Duration(50_000+rng.ExpFloat64()*20_000) * time.Microsecond)
		}
		text, err := json.Marshal(h)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, text)
	}
	return all
}

// recentPoints are those of the last three minutes before t.
func recentPoints(t time.Time) (points []cwmetrics.Point) {
	for ago := 3; ago > 0; ago-- {
		p := cpuPoint(0, 40+float64(ago), 58.1, 10800, 0)
		p.At = t.Truncate(time.Minute).Add(-time.Duration(ago) * time.Minute)
		points = append(points, p)
	}
	return points
}

// BenchmarkReplay opens a run of an hour, and of a day: how long that takes, and what stays in memory.
func BenchmarkReplay(b *testing.B) {
	for name, seconds := range map[string]int{"hour": 3600, "day": 86_400} {
		b.Run(name, func(b *testing.B) {
			dir := folderOf(b, longRun(b, seconds))
			var before, after runtime.MemStats
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&before)
				r := openReplay(b, dir, mostBytes)
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
				b.ReportMetric(float64(len(r.moments.kept)), "moments")
			}
		})
	}
}

// BenchmarkSeek goes back and forth in a day.
func BenchmarkSeek(b *testing.B) {
	r, err := newReplay(folderOf(b, longRun(b, 86_400)), mostBytes)
	if err != nil {
		b.Fatal(err)
	}
	defer r.file.Close()
	r.read(context.Background())
	var st session.State
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := r.Do(session.Command{Verb: session.Seek, Count: 40_000 * (1 - 2*(i%2))}); err != nil {
			b.Fatal(err)
		}
		r.State(&st)
	}
}
