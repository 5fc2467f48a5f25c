package cli

import (
	"os"
	"testing"

	"sagetop/cwmetrics"
)

// One's own check is no reason to ask a person, or every first run would. A script is warned of all that is known.
func TestRisksOfAFewRequests(t *testing.T) {
	for _, tt := range []struct {
		traffic     float64
		asks, warns bool
	}{{-1, false, false}, {0, false, false}, {1, false, true}, {aFew, false, true}, {aFew + 1, true, true}} {
		for keys, want := range map[*os.File]bool{os.Stdin: tt.asks, nil: tt.warns} {
			r := rig{site: &site{endpoint: &cwmetrics.Endpoint{Name: "e"}, traffic: tt.traffic}, view: view{in: keys}}
			if risks := r.risks(); (len(risks) > 0) != want {
				t.Errorf("%v requests of others, a person: %v: %q", tt.traffic, keys != nil, risks)
			}
		}
	}
}
