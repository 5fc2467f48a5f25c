package trial

import (
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/sizing"
)

// publish joins the Ledger's periods with CloudWatch's points that are there now.
func (t *Trial) publish() {
	for _, w := range t.Load.Periods[len(t.Periods):] {
		t.Periods = append(t.Periods, sizing.Period{Client: w})
	}
	for ; t.told < len(t.Periods); t.told++ {
		p := &t.Periods[t.told]
		end := time.Unix(p.Client.To, 0).Sub(t.clock.Origin)
		if end+t.config.Late > t.now {
			return
		}
		p.Server = t.server(end-t.config.Period, end)
	}
}

// server is what CloudWatch says of the period from begin to end.
func (t *Trial) server(begin, end time.Duration) *sizing.Server {
	q := question{t.variant.Record(t.now, begin, end)}
	const traffic, use = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
	h := t.config.Profile.Hardware
	s := &sizing.Server{
		From: t.clock.Wall(begin), Period: t.config.Period,
		CPU:         q.value(use, "CPUUtilization", "Average", float64(h.VCPUs)),
		CPUMax:      q.value(use, "CPUUtilization", "Maximum", float64(h.VCPUs)),
		CPUSum:      q.value(use, "CPUUtilization", "Average", 1),
		Memory:      q.value(use, "MemoryUtilization", "Average", 1),
		GPU:         q.value(use, "GPUUtilization", "Average", float64(h.GPUs)),
		Model:       q.latency("ModelLatency"),
		Overhead:    q.latency("OverheadLatency"),
		Invocations: q.value(traffic, "Invocations", "Sum", 1),
		Errors4XX:   q.value(traffic, "Invocation4XXErrors", "Sum", 1),
		Errors5XX:   q.value(traffic, "Invocation5XXErrors", "Sum", 1),
	}
	for _, life := range t.variant.Lifetimes(t.now) {
		if life.Ready <= end && life.Left > end {
			s.Instances++
		}
		inside := func(at time.Duration) bool { return at > begin && at <= end }
		s.Scaling = s.Scaling || inside(life.Ready) || inside(life.Left)
	}
	return s
}

// question is asked about one period.
type question struct{ record model.Record }

// value is nil when nothing was published.
func (q *question) value(namespace, name, statistic string, divisor float64) *float64 {
	points := model.FindMetric(namespace, name).Points(&q.record, "")
	if len(points) == 0 {
		return nil
	}
	return new(points[0].Statistic(statistic) / divisor)
}

func (q *question) latency(name string) *sizing.Latency {
	of := func(statistic string) *float64 { return q.value("AWS/SageMaker", name, statistic, 1) }
	mean := of("Average")
	if mean == nil {
		return nil
	}
	return &sizing.Latency{Mean: micros(*mean), Min: new(micros(*of("Minimum"))), P99: new(micros(*of("p99")))}
}

func micros(us float64) time.Duration { return time.Duration(us * float64(time.Microsecond)) }
