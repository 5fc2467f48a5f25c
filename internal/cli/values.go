package cli

import (
	"math"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/runner"
)

// Bounds on what a person can mean.
const (
	maxDuration  = 7 * 24 * time.Hour
	maxTimeout   = 15 * time.Minute
	maxSpawnRate = 100_000

	leastInterval = 5 * time.Second // points come once in 10 s at the most
)

// validate refuses values that no run can have: negative, zero where that means nothing, absurd.
func (o *options) validate() error {
	switch {
	case o.users < 1 || o.users > runner.MaxUsers:
		return usage("--users %d: must be 1 to %d", o.users, runner.MaxUsers)
	case !(o.spawnRate > 0 && o.spawnRate <= maxSpawnRate):
		return usage("--spawn-rate %v: must be above 0, at most %d users a second", o.spawnRate, maxSpawnRate)
	case o.set["duration"] && (o.duration < time.Second || o.duration > maxDuration):
		return usage("--duration %v: must be 1s to %v", o.duration, maxDuration)
	case o.set["requests"] && o.requests == 0:
		return usage("--requests 0: must be at least 1; leave it out for no limit")
	case o.warmup < 0 || o.duration > 0 && o.warmup >= o.duration:
		return usage("--warmup %v: must be 0 or more, and shorter than --duration", o.warmup)
	case o.timeout < time.Millisecond || o.timeout > maxTimeout:
		return usage("--timeout %v: must be 1ms to %v", o.timeout, maxTimeout)
	case o.set["max-rate"] && !(o.maxRate > 0 && !math.IsInf(o.maxRate, 0)):
		return usage("--max-rate %v: must be above 0", o.maxRate)
	case o.cwWait < 0:
		return usage("--cw-wait %v: must be 0 or more", o.cwWait)
	case o.set["cw-interval"] && o.cwInterval < leastInterval:
		return usage("--cw-interval %v: must be %v or more", o.cwInterval, leastInterval)
	case o.set["vcpus"] && o.vcpus < 1:
		return usage("--vcpus %d: must be at least 1", o.vcpus)
	}
	return checkOutput(o.output)
}

// parseThink reads 100ms or 50ms..2s.
func parseThink(text string) (low, high time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	from, to, isRange := strings.Cut(text, "..")
	low, err1 := time.ParseDuration(strings.TrimSpace(from))
	high, err2 := low, error(nil)
	if isRange {
		high, err2 = time.ParseDuration(strings.TrimSpace(to))
	}
	if err1 != nil || err2 != nil || low < 0 || high < low {
		return 0, 0, usage("--think-time %q: must be like 100ms, or 50ms..2s with the shorter one first", text)
	}
	return low, high, nil
}

// parseStages reads 30s:50,2m:200,1m:0.
func parseStages(text string) ([]session.Stage, error) {
	if text == "" {
		return nil, nil
	}
	var stages []session.Stage
	for part := range strings.SplitSeq(text, ",") {
		over, target, ok := strings.Cut(strings.TrimSpace(part), ":")
		d, err1 := time.ParseDuration(over)
		n, err2 := strconv.Atoi(target)
		switch {
		case !ok || err1 != nil || err2 != nil:
			return nil, usage("--stages: %q is not TIME:USERS, such as 30s:50", part)
		case d <= 0 || d > maxDuration:
			return nil, usage("--stages: %q: the time must be above 0, at most %v", part, maxDuration)
		case n < 0 || n > runner.MaxUsers:
			return nil, usage("--stages: %q: users must be 0 to %d", part, runner.MaxUsers)
		}
		stages = append(stages, session.Stage{Over: d, Target: float64(n)})
	}
	return stages, nil
}
