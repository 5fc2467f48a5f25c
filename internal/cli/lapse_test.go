package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/internal/simulator"
)

// Credentials that lapse in the middle of a run pause it. They are read anew from where they came, and once somebody has renewed them
// there, the run goes on with them; the gap is none of its time.
func TestCredentialsLapse(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, quick())
	w.share(w.server.Credentials())
	p := w.headless("run", "fast", "-d", "hi", "-c", "4", "--max-rate", "50", "-z", "6s", "--cw-wait", "0s", "--headless", "--out", "run")
	w.sends(100, p)
	w.server.ExpireCredentials()
	p.says("the credentials have expired: paused, reading them anew every 10 s")
	w.rejects(p, 2) // the load's, and then what reads them anew finds the old ones still
	renewed := simulator.Credentials{AccessKeyID: "ASIARENEWED0000000AB", SecretAccessKey: "renewed/secret", SessionToken: "renewed"}
	w.server.SetCredentials(renewed)
	w.share(renewed)
	p.says("the credentials are good again: resumed, the gap is left out")
	p.exits(0)
	s := w.summary()
	refused := w.server.Counts()[simulator.Answer{Operation: "InvokeEndpoint", Status: 403, Code: "ExpiredTokenException"}]
	if s.Requests.Failed != refused || refused == 0 || s.Requests.Sent != w.invoked() || s.EndedBy != session.EndDuration {
		t.Errorf("%+v ended by %q; the service answered %d, and %d of them that the credentials have expired", s.Requests, s.EndedBy, w.invoked(), refused)
	}
	w.leftOut(s)
	w.tellsNoSecret(p, renewed.SecretAccessKey)
}

// rejects waits until so many calls of any kind were refused because of expired credentials, STS's among them.
func (w *world) rejects(p *process, n uint64) {
	w.t.Helper()
	until(w.t, "a refusal by STS", func() bool {
		all, sts := uint64(0), uint64(0)
		for a, times := range w.server.Counts() {
			if a.Status/100 == 4 {
				all += times
				if a.Operation == "GetCallerIdentity" {
					sts += times
				}
			}
		}
		return all >= n && sts > 0 || p.gone()
	}, p.said)
}

// share puts credentials where the program reads them.
func (w *world) share(c simulator.Credentials) {
	w.t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		w.setenv(name, "")
	}
	path := w.path("credentials")
	w.setenv("AWS_SHARED_CREDENTIALS_FILE", path)
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n", c.AccessKeyID, c.SecretAccessKey, c.SessionToken)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil { // at once: it may be being read
		w.t.Fatal(err)
	}
}

// leftOut checks that the gap is no part of the run's time and rate, and that nothing was sent in it.
func (w *world) leftOut(s *report.Summary) {
	w.t.Helper()
	st := w.state()
	var gap []time.Time
	for _, e := range st.Events {
		if e.Kind == session.KindCreds {
			gap = append(gap, e.At)
		}
	}
	if len(gap) != 2 {
		w.t.Fatalf("paused and resumed %d times: %v", len(gap), gap)
	}
	length := gap[1].Sub(gap[0]).Seconds()
	whole := s.Ended.Sub(s.Started).Seconds()
	if length < 9.9 {
		w.t.Errorf("resumed after %.1f s, the credentials were to be read anew every 10 s", length)
	}
	if s.DurationS > whole-length+0.5 || s.DurationS < 5.5 {
		w.t.Errorf("the load lasted %.1f s, of %.1f s with a gap of %.1f s", s.DurationS, whole, length)
	}
	if s.TPS.Mean == nil || *s.TPS.Mean*s.DurationS < 0.95*float64(s.Requests.OK)-1 || *s.TPS.Mean*s.DurationS > 1.05*float64(s.Requests.OK) {
		w.t.Errorf("%v ok/s over %.1f s, and %d were ok", *s.TPS.Mean, s.DurationS, s.Requests.OK)
	}
	for i := range st.Load.Seconds {
		if sec := &st.Load.Seconds[i]; sec.Second > gap[0].Unix() && sec.Second+1 < gap[1].Unix() && sec.Sent > 0 {
			w.t.Errorf("%d requests were sent in second %d, the gap is %v", sec.Sent, sec.Second, gap)
		}
	}
}

// tellsNoSecret checks everything that the program said and wrote.
func (w *world) tellsNoSecret(p *process, secrets ...string) {
	w.t.Helper()
	files, err := filepath.Glob(w.path("run", "*"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("%d files, %v", len(files), err)
	}
	all := p.said()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		all += string(text)
	}
	for _, secret := range secrets {
		if strings.Contains(all, secret) {
			w.t.Errorf("the secret access key %s is told", secret)
		}
	}
}
