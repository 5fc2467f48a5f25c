package cli

import (
	"context"
	"time"

	"sagetop/internal/cloud"
	"sagetop/internal/session"
)

// logReader reads the logs of one endpoint.
type logReader struct {
	cloud    *cloud.Cloud
	endpoint string
}

// logs that can be read; nil where there are none.
func (r *rig) logs() session.LogReader {
	if r.site.container != nil {
		return nil
	}
	return logReader{r.site.cloud, r.site.endpoint.Name}
}

// Logs that a session shows.
func (l logReader) Logs(ctx context.Context, since time.Time) ([]session.LogLine, error) {
	read, err := l.cloud.Logs(ctx, l.endpoint, since)
	lines := make([]session.LogLine, len(read))
	for i := range read {
		lines[i] = session.LogLine(read[i])
	}
	return lines, err
}
