package tui

import (
	"fmt"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
)

// describePoint is all that CloudWatch says of p, with the samples behind it.
func describePoint(p *cwmetrics.Point, add func(label, text string)) {
	if p == nil {
		return
	}
	add("cloudwatch", sizing.PeriodText(p.At, p.Period))
	for _, u := range []struct {
		name string
		of   *cwmetrics.Utilization
	}{{"CPU", p.CPU}, {"memory", p.Memory}, {"GPU", p.GPU}, {"GPU memory", p.GPUMem}} {
		if u.of != nil {
			add("  "+u.name, utilizationLine(u.of))
		}
	}
	if p.Model != nil {
		add("  ModelLat", latencyLine(p.Model))
	}
	if p.Overhead != nil {
		add("  Overhead", latencyLine(p.Overhead))
	}
}

func utilizationLine(u *cwmetrics.Utilization) string {
	text := fmt.Sprintf("average %.0f%%, coolest %.0f%%, hottest %.0f%%", u.Average, u.Minimum, u.Maximum)
	if u.Share != nil && u.Units > 1 {
		text += fmt.Sprintf("; %.0f%% of all %d", *u.Share, u.Units)
	}
	return text + fmt.Sprintf("; n %.0f", u.Samples)
}

func latencyLine(l *cwmetrics.Latency) string {
	pieces := []string{"mean " + msText(l.Mean)}
	for _, q := range []struct {
		name string
		of   *time.Duration
	}{{"p50", l.P50}, {"p90", l.P90}, {"p99", l.P99}} {
		if q.of != nil {
			pieces = append(pieces, q.name+" "+msText(*q.of))
		}
	}
	pieces = append(pieces, "max "+msText(l.Max))
	return timesText(pieces) + fmt.Sprintf("; n %.0f", l.Samples)
}
