package report

import (
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// streamedRun is good with answers of some 40 tokens in as many parts.
func streamedRun(t *testing.T) *session.State {
	st := good(t)
	st.Info.Limits = runner.Limits{FirstToken: time.Second, TokenTime: 50 * time.Millisecond}
	st.SLOs = []session.SLO{
		{Rule: parse(t, "ttft_p99<1s"), Value: 512.4, Pass: sizing.Pass},
		{Rule: parse(t, "tokens>=5000"), Value: 7440, Pass: sizing.Pass},
		{Rule: parse(t, "tpot_p99<50ms"), Value: 58.8, Pass: sizing.Fail},
	}
	run := &st.Load.Run
	run.Chunks, run.Tokens, run.Good = 937_440, 892_800, 21_900
	run.Stats[runner.FirstByte], run.Stats[runner.FirstToken] = stats(run.OK, 241.2), stats(run.OK, 244)
	run.Stats[runner.TokenTime], run.Stats[runner.ChunkGap] = stats(run.OK-20, 28), stats(run.Chunks-run.OK, 27.7)
	st.Load.Total.Chunks, st.Load.Total.Tokens, st.Load.Total.Good = run.Chunks+71_400, run.Tokens+68_000, run.Good+1690
	return st
}

func TestStreamedAndGoodput(t *testing.T) {
	s := Summarize(streamedRun(t))
	if s.Tokens.Total != 960_800 || *s.Tokens.PerS != 7440 || s.Chunks != 1_008_840 {
		t.Errorf("%+v in %d parts", s.Tokens, s.Chunks)
	}
	if g := s.Goodput; g.PerS != 182.5 || g.Percent != 98.066 || *g.Limits.FirstToken != 1000 || g.Limits.Response != nil {
		t.Errorf("%+v", g)
	}
	if plain := Summarize(good(t)); plain.streamed != (streamed{}) {
		t.Errorf("where nothing was streamed: %+v", plain.streamed)
	}
	st := streamedRun(t)
	st.Load.Run.Stats[runner.FirstToken], st.Load.Run.Stats[runner.TokenTime], st.Load.Total.Tokens, st.Load.Run.Tokens = runner.Stats{}, runner.Stats{}, 0, 0
	if s := Summarize(st); s.Tokens != nil || s.streamFacts()[0].text != "1,008,840 parts; goodput 182.5/s (98.0%)" || s.streamLatencies()[0].name != "ttfb" || s.streamTiles() != nil {
		t.Errorf("without tokens: %+v, %+v", s.streamFacts(), s.streamLatencies())
	}
}
