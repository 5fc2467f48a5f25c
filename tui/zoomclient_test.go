package tui

import (
	"strings"
	"testing"
)

// The link is a figure of the client where its speed is known.
func TestLinkOfTheClient(t *testing.T) {
	s := well()
	shown := func() string {
		m, _ := still(s, 120, 36, Options{}, "3")
		return picture(t, m)
	}
	if strings.Contains(shown(), " link ") {
		t.Errorf("of an unknown speed:\n%s", shown())
	}
	s.Load.Plan10.Client.LinkPercent = 91
	if pic := shown(); !strings.Contains(pic, "!link") || !strings.Contains(pic, "91%") {
		t.Errorf("it lacks the link:\n%s", pic)
	}
}
