package cli

import (
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

func TestTokensNeedStreams(t *testing.T) {
	for name, c := range map[string]struct {
		tokens string
		slos   []string
		stream bool
		says   string
	}{
		"not asked for":         {},
		"counted":               {tokens: "openai", stream: true, slos: []string{"ttft_p99<1s", "tokens>=5", "gap_p99<1s"}},
		"by parts":              {tokens: "text", stream: true},
		"neither":               {tokens: "words", stream: true, says: `--tokens "words": must be openai or text`},
		"nothing streamed":      {tokens: "text", says: "--tokens text: only streamed answers have tokens that can be counted; add --stream"},
		"a rule, no stream":     {slos: []string{"p99<1s", "gap_p99<1s"}, says: `--slo "gap_p99<1s": only streamed answers have that; add --stream`},
		"a rule, neither":       {slos: []string{"tokens>=5"}, says: `--slo "tokens>=5": only streamed answers have tokens that can be counted; add --stream and --tokens openai, or text`},
		"a rule without tokens": {stream: true, slos: []string{"ttft_p99<1s"}, says: `--slo "ttft_p99<1s": tokens are not counted; add --tokens openai, or text`},
		"a rule of parts":       {stream: true, slos: []string{"ttfb_p99<1s"}},
		"no rule at all":        {slos: []string{"nonsense"}}, // is refused elsewhere
	} {
		o := &options{tokens: c.tokens, slos: c.slos}
		err := o.validateTokens(c.stream)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func TestLimitsAreThoseOfTheSLOs(t *testing.T) {
	o := &options{slos: []string{"p99<200ms", "nonsense", "ttft_p99<1s"}}
	if got, want := o.limits(), (runner.Limits{Response: 200 * time.Millisecond, FirstToken: time.Second}); got != want {
		t.Errorf("%+v", got)
	}
}
