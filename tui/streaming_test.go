package tui

import (
	"strings"
	"testing"
	"time"

	"sagetop/internal/sizing"
	"sagetop/runner"
)

// streams makes the answers of s streamed ones, of 41 parts and so many tokens; 0: nobody counts them.
func streams(s *scene, tokens uint64) *scene {
	for i := range s.Load.Seconds {
		sec := &s.Load.Seconds[i]
		sec.Chunks = 41 * sec.OK
		began(sec, runner.FirstByte, &sec.FirstHeat.Byte, 230*time.Millisecond, 471*time.Millisecond)
		sec.Stats[runner.ChunkGap] = statsOf(40*sec.OK, 27*time.Millisecond, 61*time.Millisecond)
		if tokens == 0 {
			continue
		}
		sec.Tokens, sec.Good = tokens*sec.OK, sec.OK-sec.OK/10
		began(sec, runner.FirstToken, &sec.FirstHeat.Token, 244*time.Millisecond, 512*time.Millisecond)
		sec.Stats[runner.TokenTime] = statsOf(sec.OK, 28*time.Millisecond, 44*time.Millisecond)
	}
	s.windows()
	return s
}

// began fills in a Measure of what the answers of sec begin with: all but a fiftieth took p50.
func began(sec *runner.Second, m runner.Measure, heat **[runner.HeatBuckets]uint32, p50, p99 time.Duration) {
	sec.Stats[m] = statsOf(sec.OK, p50, p99)
	*heat = new([runner.HeatBuckets]uint32)
	late := uint32(sec.OK / 50)
	(*heat)[runner.HeatBucket(p50)] += uint32(sec.OK) - late
	(*heat)[runner.HeatBucket(p99)] += late
}

// streaming is of a language model: 48 users, of whom each waits 1.4 s for forty tokens.
func streaming() *scene {
	s := newScene()
	s.Info.Limits = runner.Limits{FirstToken: time.Second}
	s.load(stretch{seconds: 40, plan: closed(12), ok: 9, p50: 1260, p99: 1802}, stretch{seconds: 131, plan: closed(48), ok: 34, p50: 1404, p99: 2130})
	streams(s, 40)
	s.slo("ttft_p99<1s", 512, sizing.Pass, sizing.Pass, 131*time.Second)
	return s
}

// streamingOpen has failures, and nobody counts its tokens.
func streamingOpen() *scene {
	s := newScene()
	s.load(stretch{seconds: 131, plan: open(36), ok: 34, failed: 2, p50: 1404, p99: 2130})
	streams(s, 0)
	s.failures(runner.ErrorCount{Failure: runner.Failure{Class: runner.Stream}, Count: 262, First: start.Unix(), Last: s.Now.Unix() - 1})
	return s
}

func TestStreamingPictures(t *testing.T) {
	for name, make := range map[string]func() *scene{"streaming": streaming, "streaming_open": streamingOpen} {
		for _, size := range []window{{"80x24", 80, 24}, {"120x36", 120, 36}} {
			m, _ := still(make(), size.w, size.h, Options{})
			golden(t, name+"_"+size.name, picture(t, m))
		}
	}
	for _, size := range []window{{"80x24", 80, 24}, {"120x36", 120, 36}} {
		m, _ := still(streaming(), size.w, size.h, Options{}, "v")
		golden(t, "streaming_first_"+size.name, picture(t, m))
	}
	m, _ := still(streamingOpen(), 80, 24, Options{}, "v", "2")
	golden(t, "zoom_streaming_first_80x24", picture(t, m))
	for name, key := range map[string]string{"zoom_client_streaming": "3", "zoom_table_streaming": "4"} {
		m, _ := still(streaming(), 80, 24, Options{}, key)
		golden(t, name+"_80x24", picture(t, m))
	}
}

// The key v shows what streamed answers begin with only where there are such.
func TestViewOfWhatStreamsBeginWith(t *testing.T) {
	titles := func(s *scene) (all []string) {
		m, _ := still(s, 120, 36, Options{})
		for range numViews {
			m.Update(press("v"))
			for _, name := range []string{"─Latency ms ─ ", "─TTFT ms", "─First byte ms", "─p99 ms by TPS", "─Percentiles ms", "─Heat map ms"} {
				if strings.Contains(picture(t, m), name) {
					all = append(all, strings.Trim(name, "─ "))
				}
			}
		}
		return all
	}
	for name, c := range map[string]struct {
		of   *scene
		want string
	}{
		"tokens": {streaming(), "TTFT ms, p99 ms by TPS, Percentiles ms, Heat map ms, Latency ms"},
		"parts":  {streamingOpen(), "First byte ms, p99 ms by TPS, Percentiles ms, Heat map ms, Latency ms"},
		"whole":  {well(), "p99 ms by TPS, Percentiles ms, Heat map ms, Latency ms, p99 ms by TPS"},
	} {
		if got := strings.Join(titles(c.of), ", "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// What the small screen has no room for gives way in an order: the plan's row before the run's, and both before what fails.
func TestStreamsFailuresAndArrivalsShareTheRoom(t *testing.T) {
	waiting := streams(crowded(), 40)
	m, _ := still(waiting, 80, 24, Options{})
	if pic := picture(t, m); !strings.Contains(pic, "!waiting") || strings.Contains(pic, "tokens") {
		t.Errorf("arrivals that wait come before tokens:\n%s", pic)
	}
	s := streaming()
	s.failures(runner.ErrorCount{Failure: runner.Failure{Class: runner.Truncated}, Count: 3, First: start.Unix(), Last: s.Now.Unix() - 1})
	m, _ = still(s, 80, 24, Options{})
	if pic := picture(t, m); !strings.Contains(pic, "truncated: 3") || !strings.Contains(pic, " ttft ") || !strings.Contains(pic, " tpot ") || strings.Contains(pic, " run ") {
		t.Errorf("failures come before the run:\n%s", pic)
	}
}
