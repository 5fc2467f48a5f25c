package report

import (
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
)

// queriesPerUSD is CloudWatch's list price of metrics requested by GetMetricData: 0.01 USD per 1,000.
const queriesPerUSD = 100_000

func server(st *session.State) *Server {
	if !st.Info.CloudWatch {
		return nil
	}
	s := &Server{PeriodS: round(st.Info.Period.Seconds()), Points: []Point{}, Queries: st.Sample.Queries}
	if st.Sample.Period > 0 {
		s.PeriodS = round(st.Sample.Period.Seconds())
	}
	if !st.Info.Target.Simulated {
		s.CostUSD = new(float64(st.Sample.Queries) / queriesPerUSD)
	}
	if st.Sample.Problem != nil {
		s.Problem = st.Sample.Problem.Message
	}
	instances := map[int64]int{}
	for _, p := range st.Periods {
		if p.Server != nil {
			instances[p.Server.From.Unix()] = p.Server.Instances
		}
	}
	for i := range st.Points {
		p := point(&st.Points[i])
		p.Instances = instances[p.T.Unix()]
		s.Points = append(s.Points, p)
	}
	s.AgeS = age(st)
	return s
}

// age of the newest point at the end of the run: how much of it CloudWatch has not shown.
func age(st *session.State) *float64 {
	if len(st.Points) == 0 {
		return nil
	}
	at := st.Ended
	if at.IsZero() {
		at = st.Now
	}
	return new(round(at.Sub(st.Points[len(st.Points)-1].End()).Seconds()))
}

func point(p *cwmetrics.Point) Point {
	out := Point{
		T: utc(p.At), Model: serverLat(p.Model), Overhead: serverLat(p.Overhead),
		Invocations: p.Invocations, PerInstance: p.PerInstance,
		Errors4XX: p.Errors4XX, Errors5XX: p.Errors5XX, ModelErrors: p.ModelErrors,
	}
	if p.CPU != nil {
		out.CPU, out.CPUSamples = new(round(p.CPU.Average)), new(p.CPU.Samples)
		if p.CPU.Share != nil {
			out.CPUPerCore = new(round(*p.CPU.Share))
		}
	}
	if p.Memory != nil {
		out.Memory = new(round(p.Memory.Average))
	}
	if p.GPU != nil {
		out.GPU = new(round(p.GPU.Average))
	}
	return out
}

func serverLat(l *cwmetrics.Latency) *ServerLat {
	if l == nil {
		return nil
	}
	known := func(d *time.Duration) *float64 {
		if d == nil {
			return nil
		}
		return new(ms(*d))
	}
	return &ServerLat{Count: l.Samples, Mean: ms(l.Mean), P50: known(l.P50), P90: known(l.P90), P99: known(l.P99)}
}
