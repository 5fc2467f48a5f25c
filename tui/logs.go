package tui

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

func (m *model) openLogs(string) tea.Cmd {
	opens(logsOverlay)(m, "")
	m.overlay.follow, m.overlay.atEnd = true, true
	m.wantLogs()
	return nil
}

// wantLogs says that somebody looks at them. The session reads them no more often than it should, and not at all once this stops.
func (m *model) wantLogs() {
	if m.overlay.kind == logsOverlay && !m.frozen {
		_ = m.conductor.Do(session.Command{Verb: session.ReadLogs})
	}
}

func (f *frame) logsTitle() string {
	title, logs := "Endpoint logs", &f.st.Logs
	if f.unit() == sizing.Copy && !logs.Shared {
		title = "Component logs"
	}
	if !logs.Read.IsZero() {
		title += " as of " + f.wall(logs.Read)
	}
	if logs.Shared {
		title += ": the component has no log group"
	}
	return title
}

// logs of the containers under load, the newest last: when, on which instance, what.
func (f *frame) logs(w int) []piece {
	var l []piece
	logs := &f.st.Logs
	for i := range logs.Lines {
		line := &logs.Lines[i]
		from := fmt.Sprintf("%s %-*s ", f.wall(line.At), instanceCells, instanceOf(line.Stream))
		l = hanging(l, from, ownTime.ReplaceAllString(line.Text, ""), w, plain)
	}
	switch {
	case logs.Problem != "":
		for _, p := range indentLines(nil, "!", strings.ReplaceAll(logs.Problem, "\n", "; "), 2, w) {
			l = append(l, piece{p.text, bad})
		}
	case logs.Read.IsZero():
		l = append(l, piece{"reading them ...", dim})
	case len(l) == 0:
		of := "the endpoint"
		if c := f.st.Info.Target.Endpoint.Component; c != nil && !logs.Shared {
			of = "inference component " + c.Name
		}
		l = append(l, piece{of + " has logged nothing since " + f.wall(logs.Since), dim})
	}
	return l
}

func (f *frame) wall(t time.Time) string { return t.In(f.st.Now.Location()).Format(time.TimeOnly) }

// ownTime of a line stands before it already.
var ownTime = regexp.MustCompile(`^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?\]? +`)

// instanceCells are enough to tell instances apart: AWS's ids differ at the end.
const instanceCells = 8

// instanceOf a stream named variant/instance, or variant/instance/container.
func instanceOf(stream string) string {
	parts := strings.Split(stream, "/")
	id := parts[min(1, len(parts)-1)]
	return id[max(0, len(id)-instanceCells):]
}
