package report

import (
	"testing"
	"time"
)

func TestRecentCountsOurOwnRequests(t *testing.T) {
	t.Chdir(t.TempDir())
	st := good(t)
	f, err := Create("", st.Info)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Finish(st)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if n := Recent(s.Endpoint, s.Started.Add(-time.Hour)); n != float64(s.Requests.Sent) {
		t.Errorf("%.0f of %d", n, s.Requests.Sent)
	}
	half := s.Started.Add(s.Ended.Sub(s.Started) / 2)
	if n := Recent(s.Endpoint, half); n < float64(s.Requests.Sent)*.49 || n > float64(s.Requests.Sent)*.51 {
		t.Errorf("%.0f of %d since its middle", n, s.Requests.Sent)
	}
	other := s.Endpoint
	other.Region = "elsewhere"
	if n := Recent(other, s.Started.Add(-time.Hour)); n != 0 {
		t.Errorf("%.0f to another endpoint", n)
	}
}
