package sizing

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"sagetop/runner"
)

func TestParseSLO(t *testing.T) {
	for _, c := range []struct {
		text, metric, op string
		limit            float64
		canonical        string
	}{
		{"p99<200ms", "p99", "<", 200, "p99<200ms"},
		{"p50<=1.5s", "p50", "<=", 1500, "p50<=1500ms"},
		{"  p999 < 250 us ", "p999", "<", .25, "p999<0.25ms"},
		{"max<15s", "max", "<", 15000, "max<15000ms"},
		{"mean>=1ms", "mean", ">=", 1, "mean>=1ms"},
		{"errors<1%", "errors", "<", 1, "errors<1%"},
		{"errors <= 0 %", "errors", "<=", 0, "errors<=0%"},
		{"tps>=1000", "tps", ">=", 1000, "tps>=1000"},
		{"failures<0.5/s", "failures", "<", .5, "failures<0.5"},
		{"ttfb_p99<500ms", "ttfb_p99", "<", 500, "ttfb_p99<500ms"},
		{"ttft_p50 <= 1s", "ttft_p50", "<=", 1000, "ttft_p50<=1000ms"},
		{"gap_max<100ms", "gap_max", "<", 100, "gap_max<100ms"},
		{"tpot_mean<50ms", "tpot_mean", "<", 50, "tpot_mean<50ms"},
		{"tokens>=500/s", "tokens", ">=", 500, "tokens>=500"},
	} {
		r, err := ParseSLO(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if r.Metric != c.metric || r.Op != c.op || r.Limit != c.limit || r.Span != 0 {
			t.Errorf("%q: %+v", c.text, r)
		}
		if r.String() != strings.TrimSpace(c.text) {
			t.Errorf("%q: String is %q", c.text, r.String())
		}
		if r.canonical() != c.canonical {
			t.Errorf("%q: canonical is %q, want %q", c.text, r.canonical(), c.canonical)
		}
	}
}

func TestParseErrorsNameTheTextAndAnExample(t *testing.T) {
	for text, says := range map[string]string{
		"":                        "compares nothing",
		"p99":                     "compares nothing",
		"p99=200ms":               "compares nothing",
		"p98<200ms":               `"p98" is no figure; use one of p50`,
		"P99<200ms":               "is no figure",
		"ttft<1s":                 `"ttft" is no figure; use one of p50 p90 p95 p99 p999 max mean errors failures tps tokens, or of streams ttfb_p99 ttft_p99 tpot_p99 gap_p99`,
		"ttft_tps<1s":             "is no figure",
		"ttft_gap_p99<1s":         "is no figure",
		"ttft_p99<1":              `such as ttft_p99<200ms`,
		"tokens>=5ms":             "needs no unit, or /s, such as tokens>=100",
		"<200ms":                  `"" is no figure`,
		"p99<200":                 "needs a unit: us, ms or s",
		"p99<200m":                "needs a unit",
		"p99<200%":                "needs a unit",
		"p99<fast":                `"fast" is no number`,
		"p99<1.2.3ms":             "is no number",
		"p99<-5ms":                "is no number",
		"p99<NaNms":               "is no number",
		"p99<0ms":                 "above 0",
		"p99<16m":                 "needs a unit",
		"p99<901s":                "up to 15 minutes",
		"p99<<200ms":              "is no number",
		"errors<1":                "needs a % sign",
		"errors<101%":             "between 0% and 100%",
		"errors<0%":               "no share can lie there",
		"errors>100%":             "no share can lie there",
		"tps>=10rps":              "needs no unit",
		"tps<0":                   "no rate can lie there",
		"errors<1% for 10s":       "takes no span",
		"p99<200ms and errors<1%": "needs a unit",
	} {
		_, err := ParseSLO(text)
		if !errors.Is(err, ErrRule) {
			t.Errorf("%q: %v, want an ErrRule", text, err)
			continue
		}
		for _, part := range []string{says, "\"" + text + "\"", "such as "} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q: %q does not say %q", text, err, part)
			}
		}
		if strings.ContainsRune(err.Error(), '\n') {
			t.Errorf("%q: more than one line: %q", text, err)
		}
	}
}

func TestParseAbortSpan(t *testing.T) {
	for text, span := range map[string]time.Duration{
		"errors>50% for 10s": 10 * time.Second,
		"errors>50% for 1m":  time.Minute,
		"errors>50%for 90s":  90 * time.Second,
		"p50>2s for 5s":      5 * time.Second,
		"errors>50%":         DefaultSpan,
	} {
		r, err := ParseAbort(text)
		if err != nil || r.Span != span {
			t.Errorf("%q: span %v, %v; want %v", text, r.Span, err, span)
		}
		if again, err := ParseAbort(r.String()); err != nil || again != r {
			t.Errorf("%q -> %q -> %+v, %v", text, r, again, err)
		}
	}
	for _, text := range []string{"errors>50% for", "errors>50% for ever", "errors>50% for 0s", "errors>50% for 500ms", "errors>50% for -5s", "errors>50% for 2h", "none"} {
		if r, err := ParseAbort(text); !errors.Is(err, ErrRule) || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

func TestRuleInJSON(t *testing.T) {
	slo, _ := ParseSLO("p99 < 0.2s")
	abort, _ := ParseAbort("errors>50%")
	text, err := json.Marshal([]Rule{slo, abort, {Metric: "tps", Op: ">=", Limit: 5}})
	if err != nil || string(text) != `["p99 \u003c 0.2s","errors\u003e50% for 10s","tps\u003e=5"]` {
		t.Fatalf("%s, %v", text, err)
	}
	var back []Rule
	if err := json.Unmarshal(text, &back); err != nil || back[0] != slo || back[1] != abort || back[2].Limit != 5 {
		t.Fatalf("%+v, %v", back, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"p99<200ms", "errors>50% for 10s", "tps>=1000", "p999 <= 0.25us", "failures>3/s for 1h", "mean<.5s", "p99<5.ms"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseAbort(text)
		if err != nil {
			if !errors.Is(err, ErrRule) {
				t.Fatalf("%q: %v is no ErrRule", text, err)
			}
			return
		}
		again, err := ParseAbort(r.String())
		if err != nil || again != r {
			t.Fatalf("%q -> %+v -> %q -> %+v, %v", text, r, r.String(), again, err)
		}
		plain := r
		plain.text = ""
		if back, err := ParseAbort(plain.String()); err != nil || back.Metric != r.Metric || back.Op != r.Op || back.Limit != r.Limit || back.Span != r.Span {
			t.Fatalf("%q -> %q -> %+v, %v; want %+v", text, plain.String(), back, err, r)
		}
	})
}

// answers is a Window of ten seconds.
func answers(ok, failed uint64, p99 time.Duration) *runner.Window {
	w := &runner.Window{Length: 10 * time.Second, Counts: runner.Counts{Sent: ok + failed, OK: ok, Failed: failed}}
	w.Stats[runner.Response] = runner.Stats{Count: ok, Mean: p99 / 2, P50: p99 / 2, P99: p99, P999: 2 * p99, Max: 3 * p99}
	return w
}

// streamed is such a Window whose answers came in tokens.
func streamed() *runner.Window {
	w := answers(500, 0, 132*time.Millisecond)
	w.Tokens = 5000
	for m, p99 := range map[runner.Measure]time.Duration{runner.FirstByte: 80, runner.FirstToken: 120, runner.TokenTime: 30} {
		w.Stats[m] = runner.Stats{Count: 500, P99: p99 * time.Millisecond}
	}
	return w
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		rule  string
		w     *runner.Window
		value float64
		want  Verdict
	}{
		{"p99<200ms", answers(1000, 0, 132*time.Millisecond), 132, Pass},
		{"p99<132ms", answers(1000, 0, 132*time.Millisecond), 132, Fail},
		{"p99<=132ms", answers(1000, 0, 132*time.Millisecond), 132, Pass},
		{"p99<200ms", answers(100, 0, 300*time.Millisecond), 300, Fail},
		{"p99<200ms", answers(99, 0, 300*time.Millisecond), 0, Unknown},      // too few for a p99
		{"p999<200ms", answers(999, 0, 300*time.Millisecond), 0, Unknown},    // too few for a p99.9
		{"p50<200ms", answers(2, 0, 300*time.Millisecond), 150, Pass},        // enough for a median
		{"max<200ms", answers(1, 0, 300*time.Millisecond), 900, Fail},        // one is enough
		{"max<200ms", answers(0, 0, 0), 0, Unknown},                          // no answer
		{"p99<200ms", answers(0, 5000, 0), 0, Unknown},                       // only failures: the errors rule says it
		{"errors<1%", answers(0, 5000, 0), 100, Fail},                        //
		{"errors<1%", answers(991, 9, time.Millisecond), .9, Pass},           //
		{"errors<1%", answers(990, 10, time.Millisecond), 1, Fail},           //
		{"errors<1%", answers(0, 0, 0), 0, Unknown},                          //
		{"tps>=100", answers(1000, 500, time.Millisecond), 100, Pass},        // failures are no throughput
		{"tps>100", answers(1000, 500, time.Millisecond), 100, Fail},         //
		{"failures<=50", answers(1000, 500, time.Millisecond), 50, Pass},     //
		{"tps>=0", &runner.Window{Counts: runner.Counts{OK: 5}}, 0, Unknown}, // no whole second
		{"tps>=1", answers(0, 0, 0), 0, Fail},                                // nothing in ten seconds is known to be 0
	} {
		r, err := ParseSLO(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		if value, got := r.Judge(c.w); got != c.want || value < c.value-1e-9 || value > c.value+1e-9 {
			t.Errorf("%s on %d ok, %d failed: %v %v, want %v %v", c.rule, c.w.OK, c.w.Failed, value, got, c.value, c.want)
		}
	}
	for rule, want := range map[string]struct {
		value float64
		v     Verdict
	}{
		"ttfb_p99<100ms": {80, Pass}, "ttft_p99<100ms": {120, Fail}, "tpot_p99<100ms": {30, Pass}, "tpot_p999<100ms": {0, Unknown}, "gap_max<100ms": {0, Unknown},
		"tokens>=500": {500, Pass}, "p99<100ms": {132, Fail},
	} {
		r, err := ParseSLO(rule)
		if err != nil {
			t.Fatal(err)
		}
		if value, v := r.Judge(streamed()); v != want.v || value != want.value {
			t.Errorf("%s of a stream: %v %v, want %v %v", rule, value, v, want.value, want.v)
		}
		if _, v := r.Judge(answers(1000, 0, 132*time.Millisecond)); r.Metric != "p99" && v != Unknown {
			t.Errorf("%s where nothing was streamed: %v", rule, v)
		}
	}
	if _, v := (Rule{Metric: "speed", Op: "<", Limit: 1}).Judge(answers(10, 0, 1)); v != Unknown {
		t.Errorf("a figure that is not known: %v", v)
	}
}

func TestLatencySLO(t *testing.T) {
	for _, c := range []struct {
		rules string
		want  time.Duration
	}{
		{"", 0},
		{"errors<1%,tps>=100", 0},
		{"p99>5ms", 0},
		{"p99<200ms", 200 * time.Millisecond},
		{"p50<10ms,p99<=0.3s,p99<200ms,max<5s", 200 * time.Millisecond},
		{"max<5s,p95<300ms", 300 * time.Millisecond},
	} {
		var rules []Rule
		for text := range strings.SplitSeq(c.rules, ",") {
			if r, err := ParseSLO(text); err == nil {
				rules = append(rules, r)
			}
		}
		if got, ok := LatencySLO(rules); got != c.want || ok != (c.want > 0) {
			t.Errorf("%s: %v %v, want %v", c.rules, got, ok, c.want)
		}
	}
}

func TestRulesOnStreams(t *testing.T) {
	for text, want := range map[string][2]bool{
		"p99<1s": {}, "errors<1%": {}, "tps>=5": {}, "ttfb_p99<1s": {true, false}, "gap_p99<1s": {true, false},
		"ttft_p99<1s": {true, true}, "tpot_p99<1s": {true, true}, "tokens>=5": {true, true},
	} {
		r, err := ParseSLO(text)
		if err != nil {
			t.Fatal(err)
		}
		if parts, tokens := r.Streams(); parts != want[0] || tokens != want[1] {
			t.Errorf("%s: %v %v", text, parts, tokens)
		}
	}
}

func TestRequestLimits(t *testing.T) {
	var rules []Rule
	for _, text := range []string{"p50<100ms", "p99<=2s", "ttfb_p95<300ms", "ttft_p99<1s", "ttft_p99<900ms", "ttft_p50<1ms", "tpot_mean>1ms", "gap_p99<5ms", "errors<1%", "tokens>=10"} {
		r, err := ParseSLO(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, r)
	}
	want := runner.Limits{Response: 2 * time.Second, FirstByte: 300 * time.Millisecond, FirstToken: 900 * time.Millisecond}
	if got := RequestLimits(rules); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := RequestLimits(nil); got != (runner.Limits{}) {
		t.Errorf("of nothing: %+v", got)
	}
	if limit, ok := LatencySLO(rules[2:]); ok {
		t.Errorf("limits on streams alone: %v is the one on response times", limit)
	}
}
