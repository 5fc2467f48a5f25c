package report

import (
	"cmp"
	"encoding/xml"
	"fmt"

	"sagetop/internal/session"
)

// JUnit's XML, as Ant's schema has it: what reads JUnit reads that. Every attribute and element of a suite must be there.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Package    string          `xml:"package,attr"`
		ID         int             `xml:"id,attr"`
		Timestamp  string          `xml:"timestamp,attr"` // without a zone
		Hostname   string          `xml:"hostname,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
		Out        junitOut        `xml:"system-out"`
		Err        string          `xml:"system-err"`
	}
	junitOut struct {
		Text string `xml:",cdata"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Skipped *junitOutcome `xml:"skipped"`
		Error   *junitOutcome `xml:"error"`
		Failure *junitOutcome `xml:"failure"`
	}
	junitOutcome struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// junitWords are the headlines with which a run fails, and those with which it cannot tell. SLOs that failed are cases of their own.
var junitWords = map[string]string{
	"ABORTED": "failure", "NO RATE HOLDS": "failure", "NOT VERIFIED": "failure",
	"INVALID": "error", "INCONCLUSIVE": "error", "FAILED": "error", "INTERRUPTED": "error", "UNFINISHED": "error",
}

// JUnit is s as test results: the run as a whole, each SLO, each finding. What failed the run is a failure, what kept it from telling is an
// error. Findings are skipped, with what they say: they explain, and fail nothing.
func (s *Summary) JUnit() ([]byte, error) {
	suite := junitSuite{
		Name: "sagetop " + clean(s.Endpoint.Name), Package: "sagetop", Timestamp: s.Started.UTC().Format("2006-01-02T15:04:05"), Hostname: "localhost",
		Time: inSeconds(s.DurationS), Out: junitOut{"\n" + s.junitText()},
	}
	for _, f := range s.facts() {
		if f.text != "" {
			suite.Properties = append(suite.Properties, junitProperty{f.label, clean(f.text)})
		}
	}
	word, why := s.headline()
	kind := junitWords[word]
	if s.EndedBy == session.EndLapsed {
		kind = "error"
	}
	suite.add("run", "run", kind, clean(word+": "+why), "", s.DurationS)
	for _, o := range s.junitSLOs() {
		kind := map[Pass]string{Missed: "failure", Unknown: "error"}[o.Pass]
		suite.add("slo", o.Expr, kind, o.text()+" "+passWords[o.Pass], "", s.DurationS)
	}
	for i := range s.Findings {
		f := &s.Findings[i]
		suite.add("finding", f.ID, "skipped", clean(f.Severity+": "+f.Title), clean(f.dated()+". "+f.Advice), f.To.Sub(f.From).Seconds())
	}
	text, err := xml.MarshalIndent(junitSuites{Suite: suite}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("report: JUnit: %w", err)
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}

// junitSLOs are those that decided: a search has none of its own, and a target was held under them.
func (s *Summary) junitSLOs() []SLO {
	switch v := s.verification(); {
	case v != nil && v.TPS != nil:
		return v.SLO
	case s.Find:
		return nil
	}
	return s.SLO
}

// junitText is the summary as text.
func (s *Summary) junitText() string {
	t := new(text)
	_ = WriteText(t, s, "") // a buffer takes everything
	return t.String()
}

// add a case. Without a kind it passed.
func (s *junitSuite) add(class, name, kind, message, text string, took float64) {
	c := junitCase{Name: name, Class: "sagetop." + class, Time: inSeconds(took)}
	o := &junitOutcome{Message: message, Type: class, Text: cmp.Or(text, message)}
	switch kind {
	case "failure":
		c.Failure = o
		s.Failures++
	case "error":
		c.Error = o
		s.Errors++
	case "skipped":
		c.Skipped = o
		s.Skipped++
	}
	s.Tests++
	s.Cases = append(s.Cases, c)
}

func inSeconds(s float64) string { return fmt.Sprintf("%.3f", s) }
