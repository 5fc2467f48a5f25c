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
		sec.Stats[runner.FirstByte] = statsOf(sec.OK, 230*time.Millisecond, 471*time.Millisecond)
		sec.Stats[runner.ChunkGap] = statsOf(40*sec.OK, 27*time.Millisecond, 61*time.Millisecond)
		if tokens == 0 {
			continue
		}
		sec.Tokens, sec.Good = tokens*sec.OK, sec.OK-sec.OK/10
		sec.Stats[runner.FirstToken] = statsOf(sec.OK, 244*time.Millisecond, 512*time.Millisecond)
		sec.Stats[runner.TokenTime] = statsOf(sec.OK, 28*time.Millisecond, 44*time.Millisecond)
	}
	s.windows()
	return s
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
	for name, key := range map[string]string{"zoom_client_streaming": "3", "zoom_table_streaming": "4"} {
		m, _ := still(streaming(), 80, 24, Options{}, key)
		golden(t, name+"_80x24", picture(t, m))
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
