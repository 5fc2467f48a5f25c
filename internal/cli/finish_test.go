package cli

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"sagetop/internal/report"
	"sagetop/internal/session"
)

// full is a stdout that takes nothing.
type full struct{}

var errFull = errors.New("no space left on device")

func (full) Write([]byte) (int, error) { return 0, errFull }

// A stdout that takes nothing keeps neither test results nor warnings from who is to have them.
func TestSaidBesideAFullStdout(t *testing.T) {
	t.Chdir(t.TempDir())
	var said bytes.Buffer
	r := &rig{app: &app{std: Streams{Out: full{}, Err: &said}}, o: &options{junit: "junit.xml"}, e: &errand{}}
	st := &session.State{Lost: "timeline.ndjson is incomplete"}
	if err := r.sayAll(st, report.Summarize(st), "run", nil); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat("junit.xml"); err != nil || !strings.Contains(said.String(), "warning: "+st.Lost) {
		t.Errorf("%v; said %q", err, said.String())
	}
}
