package report

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"
	"testing"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// TestJUnit holds that a run's test results fail where the run did, and that readers find in them what they look for.
func TestJUnit(t *testing.T) {
	for name, st := range scenes(t) {
		s := Summarize(st)
		got, err := s.JUnit()
		if err != nil {
			t.Fatal(err)
		}
		var read junitSuites
		if err := xml.Unmarshal(got, &read); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		suite, word := read.Suite, firstWord(s)
		bad := slices.Contains([]string{"SLO FAILED", "ABORTED", "INVALID", "INCONCLUSIVE", "FAILED", "INTERRUPTED"}, word)
		if red := suite.Failures+suite.Errors > 0; red != bad {
			t.Errorf("%s is %s: %d failures, %d errors", name, word, suite.Failures, suite.Errors)
		}
		if want := 1 + len(s.SLO) + len(s.Findings); suite.Tests != want || len(suite.Cases) != want || suite.Skipped != len(s.Findings) {
			t.Errorf("%s: %d tests, %d cases, %d skipped of %d", name, suite.Tests, len(suite.Cases), suite.Skipped, want)
		}
	}
}

func firstWord(s *Summary) string {
	word, _ := s.headline()
	return word
}

// TestJUnitShape holds the order and the attributes that Ant's schema demands.
func TestJUnitShape(t *testing.T) {
	got, err := Summarize(scenes(t)["saturated"]).JUnit()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "saturated.junit.xml", got)
	var order []string
	d, depth := xml.NewDecoder(bytes.NewReader(got)), 0
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		switch e := token.(type) {
		case xml.StartElement:
			if depth++; depth == 3 && !slices.Contains(order, e.Name.Local) {
				order = append(order, e.Name.Local)
			}
			if want := required[e.Name.Local]; !hasAttributes(e, want) {
				t.Errorf("%s has %v, must have %s", e.Name.Local, e.Attr, want)
			}
		case xml.EndElement:
			depth--
		}
	}
	if got := strings.Join(order, " "); got != "properties testcase system-out system-err" {
		t.Errorf("a suite has %s", got)
	}
}

var required = map[string]string{
	"testsuite": "name package id timestamp hostname tests failures errors time", "testcase": "name classname time",
	"property": "name value", "failure": "message type", "error": "message type",
}

func hasAttributes(e xml.StartElement, names string) bool {
	for name := range strings.FieldsSeq(names) {
		if !slices.ContainsFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == name }) {
			return false
		}
	}
	return true
}

// TestJUnitOfOthers are a search, which has its answer alone as the rules are judged in it, and a run whose credentials lapsed.
func TestJUnitOfOthers(t *testing.T) {
	search, lapsed := Summarize(good(t)), Summarize(good(t))
	search.Find, search.Sizing = true, &Sizing{Capacity: &Capacity{Outcome: sizing.NoRate.String(), Answer: "not even 1/s"}}
	lapsed.EndedBy, lapsed.SLO = session.EndLapsed, nil
	for want, s := range map[string]*Summary{
		`tests="2" failures="1" errors="0"`: search,
		`tests="2" failures="0" errors="1"`: lapsed,
	} {
		if got, err := s.JUnit(); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("no %s (%v) in\n%s", want, err, got)
		}
	}
}
