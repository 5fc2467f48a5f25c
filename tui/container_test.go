package tui

import (
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// container is a load of a container by its URL: nothing of AWS is known, because there is none.
func container() *scene {
	s := newScene()
	name := "http://127.0.0.1:8080/invocations"
	s.Info.Target = session.TargetInfo{Name: name, Container: true, Endpoint: cwmetrics.Endpoint{Name: name}}
	s.Info.Identity, s.Info.CloudWatch, s.Info.NoScale = session.Identity{}, false, "a container by its URL has none"
	s.Info.Payload = session.Payload{
		Count: 1_080_798, Bytes: 1_072_661_325, Least: 960, Mean: 992.5, Most: 1025, ContentType: "application/json", Fields: true, Order: "random", SHA256: "c8bf1f259f08f338",
	}
	s.Facts, s.Creds = sizing.Facts{}, time.Time{}
	return s.load(stretch{seconds: 90, plan: closed(48), ok: 620, p50: 74, p99: 128})
}

func TestContainer(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []string
	}{{"container", nil}, {"container_asks", []string{"q"}}, {"container_describe", []string{"d"}}} {
		for _, size := range []struct {
			name string
			w, h int
		}{{"80x24", 80, 24}, {"120x36", 120, 36}} {
			m, _ := still(container(), size.w, size.h, Options{}, tt.keys...)
			golden(t, tt.name+"_"+size.name, picture(t, m))
		}
	}
}
