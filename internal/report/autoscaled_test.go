package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sagetop/internal/session"
)

// What auto scaling did stands in every form of the summary; where it did nothing, nothing does.
func TestAutoScaledIsTold(t *testing.T) {
	at := start.Add(20 * time.Second)
	st := &session.State{Activities: []session.Activity{
		{ID: "1", Start: at, End: at.Add(45 * time.Second), Description: "Setting desired instance count to 3.", Cause: "an alarm", Status: "Successful"},
		{ID: "2", Start: at.Add(time.Minute), Description: "Setting desired instance count to 4.", Status: "InProgress"},
	}}
	s := Summarize(st)
	var text, md bytes.Buffer
	if err := WriteText(&text, s, ""); err != nil {
		t.Fatal(err)
	}
	if err := WriteMarkdown(&md, s, ""); err != nil {
		t.Fatal(err)
	}
	want := "Setting desired instance count to 3 at " + at.UTC().Format("15:04:05Z") + " (Successful); Setting desired instance count to 4"
	for form, out := range map[string]string{"text": text.String(), "Markdown": md.String()} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("%s lacks %q:\n%s", form, want, out)
		}
	}
	json, err := s.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(json, []byte(`"ended": "`)); n != 1 || !bytes.Contains(json, []byte(`"scaling_activities": [`)) || bytes.Contains(json, []byte(`"message": ""`)) {
		t.Errorf("%s", json)
	}
	if json, _ := Summarize(&session.State{}).JSON(); bytes.Contains(json, []byte("scaling_activities")) {
		t.Errorf("of none: %s", json)
	}
}
