package shell

import (
	"slices"
	"testing"
)

func TestLine(t *testing.T) {
	for _, tt := range []struct {
		words []string
		want  string
	}{
		{[]string{"sagetop", "attach", "20261123T150405Z_distilbert"}, "sagetop attach 20261123T150405Z_distilbert"},
		{[]string{"sagetop", "view", "my runs/one"}, "sagetop view 'my runs/one'"},
		{[]string{"sagetop", "run", "http://127.0.0.1:8080/invocations?a=1&b=2", "--users", "5"}, "sagetop run 'http://127.0.0.1:8080/invocations?a=1&b=2' --users 5"},
		{[]string{"rm", "it's/owed.json"}, `rm 'it'\''s/owed.json'`},
		{[]string{"-d", "", "$(x)", "a;b", "~", "läuft", "a*safe"}, `-d '' '$(x)' 'a;b' '~' 'läuft' 'a*safe'`},
	} {
		if got := Line(tt.words...); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.words, got, tt.want)
		}
		var quoted []string
		for _, w := range tt.words {
			quoted = append(quoted, Word(w))
		}
		if got := Words(tt.want); !slices.Equal(got, quoted) {
			t.Errorf("%s: %q, want %q", tt.want, got, quoted)
		}
	}
}
