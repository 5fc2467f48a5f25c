// Package model is how a simulated endpoint behaves and what its metrics say of that: queues and workers on instances behind a router,
// in any time that its caller counts. It knows no wire and never waits, so hours of load take a test seconds.
//
//	profile.go, parameters.go, profiles.go   what an instance is like, within which limits, and the ready ones
//	variant.go                               instances behind a router; what becomes of a request is decided when it arrives
//	throttle.go, instance.go, llm.go         what lets it through, the queue and the workers, or the batch of an LLM, that take it
//	meter.go, series.go                      what is counted of it, by period, and a Record of that
//	sketch.go, tally.go, summary.go          latencies, what others report, and every statistic of both
//	metrics.go, demand.go, lifetime.go       what CloudWatch, alarms and logs make of it
package model
