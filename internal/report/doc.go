// Package report writes finished runs, reads them back and says what came of them.
//
// A run has a folder. While the run goes on, a Folder is its session.Journal; read back with Open it is a session.Watcher, and both
// summarise to the same run.json, byte for byte.
//
// # The timeline
//
// timeline.ndjson holds one JSON object a line, in the order in which things happened. Every object has
//
//	kind  config, delta, sample or event: the name of the one other field
//	t     RFC 3339 with nanoseconds, UTC: start, end of the second, time of the poll, time of the event
//
// and under its kind's name
//
//	config  session.Info. The first line, and only that. Its schema is "sagetop.timeline/1"
//	delta   runner.Delta: one worker's second of one segment. Histograms are by measure (response, service, failure, send_lag,
//	        pool_wait, first_byte, chunk_gap, first_token, token_time), in microseconds, as runner.Hist writes them
//	sample  cwmetrics.Sample: one poll of CloudWatch and of the endpoint's description. Points of a later one replace earlier ones
//	event   session.Event: one line of the log, and the phase, the reason of the end, the credentials' expiry or the instances that it
//	        changed, or the target that is verified from then on
//
// Durations are nanoseconds, seconds are Unix seconds. A reader leaves out fields and kinds that it does not know. Of a process that
// was killed the last line may be torn: it has no line feed and is left out. Every other line can be read by itself.
//
// # Latencies
//
// latency.hlog is an HdrHistogram interval log, version 1.3, of response times in microseconds, one interval a second. Lines without
// a tag are the successes after warm-up; Tag=failures, Tag=warmup and Tag=warmup-failures are the rest.
//
// # The page and the tables
//
// report.html is one file: a template, a style sheet and a script of ours, the chart library uPlot with its licence, and what is drawn as
// JSON. A content security policy lets these run and nothing else. Its figures are the Summary's; its charts come from the State's
// seconds, and its curves, as Locust's tables do, from histograms that the Folder sums up beside the Book.
package report
