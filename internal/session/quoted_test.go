package session

import "testing"

func TestQuoted(t *testing.T) {
	if got, want := Quoted([]string{"sagetop", "--slo", "p99<200ms", "it's", ""}), `sagetop --slo 'p99<200ms' 'it'\''s' ''`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
