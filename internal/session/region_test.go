package session

import (
	"strings"
	"testing"
	"time"
)

// A client in another region measures the way there: what moved makes an SLO inconclusive.
func TestAClientInAnotherRegion(t *testing.T) {
	for here, want := range map[string]bool{"": false, "us-east-1": false, "eu-west-1": true} {
		book, err := NewBook(Info{Period: 10 * time.Second, Identity: Identity{ClientRegion: here}, Target: TargetInfo{Region: "us-east-1"}})
		if err != nil {
			t.Fatal(err)
		}
		var st State
		book.State(&st)
		if said := len(st.Moved) == 1 && strings.HasPrefix(st.Moved[0], "the client is in "+here+", the endpoint in us-east-1"); said != want {
			t.Errorf("client in %q: %q", here, st.Moved)
		}
	}
}
