package cloud

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// LogLine is what a container logged.
type LogLine struct {
	At     time.Time
	Stream string // variant/instance, or variant/copy
	Text   string // one line, cut where it is very long
}

// colours that loggers put into their lines.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// mostLines that are kept: a screen shows fewer.
const mostLines = 200

// LogGroup is where the containers of an endpoint log, or those of the inference component where one is named: each has a group of its own.
func LogGroup(endpoint, component string) string {
	if component != "" {
		return "/aws/sagemaker/InferenceComponents/" + component
	}
	return "/aws/sagemaker/Endpoints/" + endpoint
}

// errNoGroup is of a group that nothing was ever logged into: it comes with its first line.
var errNoGroup = errors.New("cloud: no log group")

// Logs are the newest lines of the containers since then, the newest last, and the group they are in. A component without a group of its
// own logs into its endpoint's, as older ones do, if at all. It needs logs:FilterLogEvents.
func (c *Cloud) Logs(ctx context.Context, endpoint, component string, since time.Time) (lines []LogLine, group string, err error) {
	group = LogGroup(endpoint, component)
	lines, err = c.newestLogs(ctx, group, since)
	switch none := errors.Is(err, errNoGroup); {
	case none && component != "":
		return c.Logs(ctx, endpoint, "", since)
	case none:
		return nil, group, nil
	}
	return lines, group, err
}

// newestLogs of a group. AWS answers oldest first, so short times are asked for before long ones: a busy endpoint fills its lines from
// the last minute alone.
func (c *Cloud) newestLogs(ctx context.Context, group string, since time.Time) ([]LogLine, error) {
	now := time.Now()
	for _, back := range []time.Duration{time.Minute, 10 * time.Minute} {
		from := now.Add(-back)
		if !from.After(since) {
			break
		}
		if lines, err := c.logsFrom(ctx, group, from); err != nil || len(lines) == mostLines {
			return lines, err
		}
	}
	return c.logsFrom(ctx, group, since)
}

// logsFrom reads all pages: empty ones among them mean nothing but that AWS went on searching.
func (c *Cloud) logsFrom(ctx context.Context, group string, from time.Time) ([]LogLine, error) {
	var lines []LogLine
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(cloudwatchlogs.NewFromConfig(c.cfg), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(group),
		StartTime:    aws.Int64(from.UnixMilli()),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if none, ok := errors.AsType[*types.ResourceNotFoundException](err); ok && none != nil {
			return nil, errNoGroup
		}
		if err != nil {
			return nil, c.Explain(err)
		}
		for i := range page.Events {
			e := &page.Events[i]
			lines = append(lines, LogLine{time.UnixMilli(aws.ToInt64(e.Timestamp)), aws.ToString(e.LogStreamName), oneLine(colours.ReplaceAllString(aws.ToString(e.Message), ""))})
		}
		lines = newest(lines)
	}
	return lines, nil
}

// newest lines, in order: pages may overlap in time where there are several streams.
func newest(lines []LogLine) []LogLine {
	slices.SortStableFunc(lines, func(a, b LogLine) int { return a.At.Compare(b.At) })
	return slices.Clone(lines[max(0, len(lines)-mostLines):])
}
