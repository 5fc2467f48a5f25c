package cli

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sagetop/internal/session"
)

// logged is a run that has said so much.
type logged []session.Event

func (l logged) State(st *session.State) { st.Events = append(st.Events[:0], l...) }

// Quiet leaves out all progress, but not the warning of a change that AWS will likely refuse.
func TestQuietWarnsOfTheQuota(t *testing.T) {
	for quiet, want := range map[bool][]string{
		false: {"  began", " ! above the quota", " ! a finding", " ok/s "},
		true:  {"sagetop: warning: above the quota"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), progressEvery+time.Second)
			defer cancel()
			var said strings.Builder
			progress(ctx, &said, logged{
				{Kind: session.KindPhase, Text: "began"},
				{Kind: session.KindQuota, Text: "above the quota", Bad: true},
				{Kind: session.KindFinding, Text: "a finding", Bad: true},
			}, 0, quiet, nil)
			lines := strings.Split(strings.TrimSpace(said.String()), "\n")
			if len(lines) != len(want) {
				t.Fatalf("quiet %v:\n%s", quiet, &said)
			}
			for i := range want {
				if !strings.Contains(lines[i], want[i]) {
					t.Errorf("quiet %v: %q lacks %q", quiet, lines[i], want[i])
				}
			}
		})
	}
}
