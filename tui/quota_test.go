package tui

import (
	"strings"
	"testing"

	"sagetop/internal/session"
)

// quotaOf makes a scene in which the account may have so many instances.
func quotaOf(most int, of func() *scene) *scene {
	s := of()
	s.Quota = &session.Quota{Type: "ml.m5.12xlarge", Most: most, Code: "L-1928E07B", Where: []string{"--region", "us-east-1"}}
	return s
}

func TestQuotaPictures(t *testing.T) {
	for _, p := range []struct {
		name string
		make func() *scene
		most int
		w, h int
		keys []string
	}{
		{"scale_quota_80x24", sized, 20, 80, 24, []string{"i", "9", "enter"}},
		{"scale_beyond_80x24", sized, 20, 80, 24, []string{"i", "2", "5", "enter"}},
		{"scale_beyond_120x36", sized, 20, 120, 36, []string{"i", "2", "5", "enter"}},
		{"scale_beyond_40x8", sized, 20, 40, 8, []string{"i", "2", "5", "enter"}},
		{"prove_beyond_80x24", restingAsks, 8, 80, 24, nil},
	} {
		t.Run(p.name, func(t *testing.T) {
			m, _ := still(quotaOf(p.most, p.make), p.w, p.h, Options{}, p.keys...)
			m.Update(tickMsg{})
			golden(t, p.name, picture(t, m))
		})
	}
}

// A quota that comes while the question stands is in it, and of fewer instances it says nothing.
func TestQuotaComesLater(t *testing.T) {
	m, run := still(well(), 80, 24, Options{}, "i", "5", "enter")
	if text := picture(t, m); strings.Contains(text, "quota") {
		t.Fatalf("of what is not known:\n%s", text)
	}
	run.st.Quota = quotaOf(4, well).Quota
	m.Update(tickMsg{})
	if text := picture(t, m); !strings.Contains(text, "!quota        above the quota of 4 ml.m5.12xlarge") {
		t.Errorf("the quota came:\n%s", text)
	}
	m, _ = still(quotaOf(1, scaled), 80, 24, Options{}, "i", "2", "enter")
	if text := picture(t, m); strings.Contains(text, "quota") {
		t.Errorf("of fewer instances:\n%s", text)
	}
}
