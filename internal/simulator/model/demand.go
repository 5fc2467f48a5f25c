package model

import "time"

// leastAlarmPeriod bounds how often alarms are evaluated, whatever the time scale.
const leastAlarmPeriod = time.Second

// AlarmPeriod is the minute of a scaling alarm in the simulation's time: what boots faster is judged faster, too.
func AlarmPeriod(timeScale float64) time.Duration {
	return max(leastAlarmPeriod, time.Duration(float64(StandardPeriod)/timeScale))
}

// Demand is InvocationsPerInstance of the newest alarm periods that have ended at t, n at most, oldest first, as sums of a whole
// minute at their rate: with a period of 6 s, ten times what was counted in it. A period without requests is a zero. Periods that
// began before the variant's first instances were in service are left out.
func (v *Variant) Demand(t time.Duration, n int) []float64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.advance(t)
	s := &v.meter.demand
	end := s.clock.Index(t, s.period)
	first := max(end-int64(n), s.clock.Index(v.start-1, s.period)+1)
	var out []float64
	for index := first; index < end; index++ {
		sum := 0.0
		if b := s.buckets[index]; b != nil {
			sum = *b
		}
		out = append(out, sum*float64(StandardPeriod)/float64(s.period))
	}
	return out
}
