package report

import (
	"fmt"
	"math"

	"sagetop/internal/session"
	"sagetop/runner"
)

// streamed is what only streamed answers have, and goodput.
type streamed struct {
	FirstToken *Latency `json:"ttft_ms,omitempty"`
	TokenTime  *Latency `json:"tpot_ms,omitempty"` // the mean time between the tokens of one answer, of those with two or more
	Tokens     *Tokens  `json:"tokens,omitempty"`
	Chunks     uint64   `json:"chunks,omitempty"` // parts that the successes came in, warm-up included
	Goodput    *Goodput `json:"goodput,omitempty"`
}

// Tokens of all successes.
type Tokens struct {
	Total uint64   `json:"total"`           // warm-up included
	PerS  *float64 `json:"per_s,omitempty"` // without warm-up
}

// Goodput is how much kept to all limits that the SLOs set for single requests, without warm-up.
type Goodput struct {
	PerS    float64       `json:"per_s"`   // requests
	Percent float64       `json:"percent"` // of the requests that were answered
	Limits  RequestLimits `json:"limits_ms"`
}

// RequestLimits in milliseconds; nil: none.
type RequestLimits struct {
	Response   *float64 `json:"response,omitempty"`
	FirstByte  *float64 `json:"ttfb,omitempty"`
	FirstToken *float64 `json:"ttft,omitempty"`
	TokenTime  *float64 `json:"tpot,omitempty"`
}

func streamedOf(st *session.State) streamed {
	run, total := &st.Load.Run, &st.Load.Total
	s := streamed{
		FirstToken: measured(run.Stats[runner.FirstToken]), TokenTime: measured(run.Stats[runner.TokenTime]),
		Chunks: total.Chunks, Goodput: goodput(st.Info.Limits, run),
	}
	if total.Tokens > 0 {
		s.Tokens = &Tokens{Total: total.Tokens}
		if run.Length > 0 {
			s.Tokens.PerS = new(round(run.TokensPerSecond()))
		}
	}
	return s
}

func goodput(limits runner.Limits, run *runner.Window) *Goodput {
	if limits == (runner.Limits{}) || run.Length == 0 || run.Ended() == 0 {
		return nil
	}
	return &Goodput{
		PerS: round(run.Goodput()), Percent: round(100 * float64(run.Good) / float64(run.Ended())),
		Limits: RequestLimits{known(limits.Response), known(limits.FirstByte), known(limits.FirstToken), known(limits.TokenTime)},
	}
}

// named latency.
type named struct {
	name string
	of   *Latency
}

// streamLatencies are those that the text has room for: of tokens where they were counted, else of parts.
func (s *Summary) streamLatencies() (all []named) {
	of := []named{{"ttft", s.FirstToken}, {"tpot", s.TokenTime}}
	if s.FirstToken == nil {
		of = []named{{"ttfb", s.FirstByte}, {"gap", s.ChunkGap}}
	}
	for _, l := range of {
		if l.of != nil {
			all = append(all, l)
		}
	}
	return all
}

// streamFacts are tokens, parts and goodput: "960,800 tokens, 7,440/s, 1,008,840 parts; goodput 182.5/s (98.0%)".
func (s *Summary) streamFacts() []fact {
	good := ""
	if g := s.Goodput; g != nil {
		good = fmt.Sprintf("%s/s (%s%%)", amount(&g.PerS), amount(new(math.Floor(10*g.Percent)/10)))
	}
	if s.Chunks == 0 {
		return []fact{{"Goodput", good}}
	}
	text := count(s.Chunks) + " parts"
	if t := s.Tokens; t != nil && t.PerS != nil {
		text = fmt.Sprintf("%s tokens, %s/s, %s", count(t.Total), amount(t.PerS), text)
	}
	if good != "" {
		text += "; goodput " + good
	}
	return []fact{{"Streamed", text}}
}

// streamTiles are how soon and how fast tokens came.
func (s *Summary) streamTiles() []tile {
	if s.FirstToken == nil || s.Tokens == nil {
		return nil
	}
	return []tile{
		{
			Label: "TTFT p99", Value: percentile(s.FirstToken.P99, s.FirstToken.Count, .99), Unit: "ms", Note: s.ruleOf("ttft_p99<"), Tone: s.toneOf("ttft_p99<"),
		},
		{Label: "tokens", Value: amount(s.Tokens.PerS), Unit: "/s", Note: count(s.Tokens.Total) + " in all", Tone: s.toneOf("tokens")},
	}
}
