package cli

import (
	"context"
	"time"

	"sagetop/internal/cloud"
	"sagetop/internal/report"
	"sagetop/internal/session"
)

// logReader reads the logs of the containers that are loaded.
type logReader struct {
	cloud               *cloud.Cloud
	endpoint, component string
}

// logs that can be read; nil where there are none.
func (r *rig) logs() session.LogReader {
	if r.site.container != nil {
		return nil
	}
	return logReader{r.site.cloud, r.site.endpoint.Name, report.ComponentOf(r.site.endpoint)}
}

// Logs that a session shows.
func (l logReader) Logs(ctx context.Context, since time.Time) (lines []session.LogLine, shared bool, err error) {
	read, group, err := l.cloud.Logs(ctx, l.endpoint, l.component, since)
	lines = make([]session.LogLine, len(read))
	for i := range read {
		lines[i] = session.LogLine(read[i])
	}
	return lines, group != cloud.LogGroup(l.endpoint, l.component), err
}
