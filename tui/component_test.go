package tui

import (
	"strings"
	"testing"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
)

// component is well, and loads one of three on two instances.
func component() *scene {
	s := well()
	c := &cwmetrics.Component{
		Name: "bert", Status: "InService", Variant: "AllTraffic", Copies: 2, Desired: 2, Cores: 8, MemoryMiB: 4096,
		Neighbours: []cwmetrics.Neighbour{{Name: "gemma", Copies: 3}, {Name: "phi", Copies: 1}},
	}
	s.Info.Target.Name = "shared"
	s.AutoScaling = &session.AutoScaling{Min: 1, Max: 4}
	e := s.Info.Target.Endpoint
	e.Variants = []cwmetrics.Variant{e.Variants[0]}
	e.Variants[0].Instances, e.Variants[0].Desired = 2, 2
	e.Name, e.Component = "shared", c
	s.Info.Target.Endpoint = e
	s.Endpoint = &s.Info.Target.Endpoint
	s.Facts.Copies, s.Facts.Instances, s.Facts.PerInstance, s.Facts.VCPUs = true, 2, 6, 8
	reserved := func(text string) string { return strings.ReplaceAll(text, " (3216/4800)", "") }
	s.Findings[0].Evidence = reserved(s.Findings[0].Evidence)
	for i := range s.Events {
		s.Events[i].Text = reserved(s.Events[i].Text)
	}
	for i := range s.Points {
		if u := s.Points[i].CPU; u != nil {
			s.Points[i].CPU = &cwmetrics.Utilization{Average: *u.Share, Maximum: *u.Share, Minimum: *u.Share, Samples: 2, Units: 1, Share: u.Share}
		}
	}
	return s
}

func TestPicturesOfAComponent(t *testing.T) {
	for _, p := range []struct {
		name string
		w, h int
		keys []string
	}{
		{"component_80x24", 80, 24, nil},
		{"component_120x36", 120, 36, nil},
		{"component_scale_80x24", 80, 24, []string{"i", "5", "enter"}},
		{"component_describe_80x24", 80, 24, []string{"d"}},
	} {
		t.Run(p.name, func(t *testing.T) {
			m, _ := still(component(), p.w, p.h, Options{}, p.keys...)
			golden(t, p.name, picture(t, m))
		})
	}
}

// Nothing that is said of copies speaks of instances.
func TestCopiesAreAskedFor(t *testing.T) {
	for keys, want := range map[string]string{
		"i":             "copies:",
		"i 0":           "copies are a whole number from 1 to 1000",
		"i 2 enter":     "it has 2 copies already",
		"i 5 enter":     "Scale 2 -> 5 copies of bert? y/N",
		"i 5 enter y":   "5 copies asked",
		"i 1 enter n":   "not scaled",
		"i 9 enter":     "1-4: outside of that, it may be undone",
		"5":             "copies",
		"i 4 enter esc": "not scaled",
	} {
		m, _ := still(component(), 120, 36, Options{}, strings.Fields(keys)...)
		if got := picture(t, m); !strings.Contains(got, want) {
			t.Errorf("%s: %q is not in\n%s", keys, want, got)
		}
	}
}

func TestComponentThatIsNotInService(t *testing.T) {
	s := component()
	c := s.Endpoint.Component
	c.Status, c.Desired = "Updating", 4
	m, _ := still(s, 120, 36, Options{})
	got := picture(t, m)
	for _, want := range []string{"shared/bert", "2 -> 4 copies on  2 x ml.m5.12xlarge", "!Updating"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	c.Status = ""
	m, _ = still(s, 120, 36, Options{}, "d")
	if got := picture(t, m); !strings.Contains(got, "bert, not described (sagemaker:DescribeInferenceComponent)") {
		t.Error(got)
	}
}
