package cli

import (
	"math"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/runner"
	"sagetop/runner/sagemaker"
)

// Bounds on what a person can mean.
const (
	maxDuration  = 7 * 24 * time.Hour
	maxTimeout   = 15 * time.Minute
	maxSpawnRate = 100_000

	leastTimeScale, mostTimeScale = 1, 10_000

	leastInterval = 5 * time.Second // points come once in 10 s at the most
)

// validate refuses values that no run can have: negative, zero where that means nothing, absurd.
func (o *options) validate() error {
	switch {
	case o.users < 1 || o.users > runner.MaxUsers:
		return usage("--users %d: must be 1 to %d", o.users, runner.MaxUsers)
	case !(o.spawnRate > 0 && o.spawnRate <= maxSpawnRate):
		return usage("--spawn-rate %v: must be above 0, at most %d users a second", o.spawnRate, maxSpawnRate)
	case o.set["rate"] && !(o.rate > 0 && o.rate <= runner.MaxArrivalRate):
		return usage("--rate %v: must be above 0, at most %d requests a second", o.rate, runner.MaxArrivalRate)
	case o.maxUsers < 1 || o.maxUsers > runner.MaxUsers:
		return usage("--max-users %d: must be 1 to %d", o.maxUsers, runner.MaxUsers)
	case o.arrivals != arrivalsPoisson && o.arrivals != arrivalsConstant:
		return usage("--arrivals %q: must be poisson or constant", o.arrivals)
	case o.payloadOrder != orderSequential && o.payloadOrder != orderRandom:
		return usage("--payload-order %q: must be sequential or random", o.payloadOrder)
	case o.set["duration"] && (o.duration < time.Second || o.duration > maxDuration):
		return usage("--duration %v: must be 1s to %v", o.duration, maxDuration)
	case o.warmup < 0 || o.duration > 0 && o.warmup >= o.duration:
		return usage("--warmup %v: must be 0 or more, and shorter than --duration", o.warmup)
	case o.set["max-rate"] && !(o.maxRate > 0 && !math.IsInf(o.maxRate, 0)):
		return usage("--max-rate %v: must be above 0", o.maxRate)
	case o.cwWait < 0:
		return usage("--cw-wait %v: must be 0 or more", o.cwWait)
	case o.set["cw-interval"] && o.cwInterval < leastInterval:
		return usage("--cw-interval %v: must be %v or more", o.cwInterval, leastInterval)
	case o.set["vcpus"] && o.vcpus < 1:
		return usage("--vcpus %d: must be at least 1", o.vcpus)
	}
	if err := o.validateRequests(); err != nil {
		return err
	}
	if err := o.validateTokens(o.stream); err != nil {
		return err
	}
	if err := o.validateLoop(); err != nil {
		return err
	}
	if err := o.validateScale(); err != nil {
		return err
	}
	if err := o.validateAway(); err != nil {
		return err
	}
	if err := o.validateSizing(); err != nil {
		return err
	}
	if err := o.validateFind(); err != nil {
		return err
	}
	return checkOutput(o.output)
}

// validateRequests refuses what is wrong with requests, however many are sent when.
func (o *options) validateRequests() error {
	if err := o.validateStream(); err != nil {
		return err
	}
	switch {
	case o.client != sagemaker.Lean && o.client != sagemaker.SDK:
		return usage("--client %q: must be lean or sdk", o.client)
	case o.set["requests"] && o.requests == 0:
		return usage("--requests 0: must be at least 1; leave it out for no limit")
	case o.timeout < time.Millisecond || o.timeout > maxTimeout:
		return usage("--timeout %v: must be 1ms to %v", o.timeout, maxTimeout)
	}
	return nil
}

// open says whether the load starts in the open loop.
func (o *options) open() bool { return o.set["rate"] }

// validateLoop refuses flags of both loops in one run: it would not be clear which one is meant.
func (o *options) validateLoop() error {
	switch {
	case !o.open():
		return nil
	case o.set["users"]:
		return usage("--rate %v with --users %d: give one of them; an open loop starts users as it needs them, at most --max-users", o.rate, o.users)
	case o.set["think-time"]:
		return usage("--rate %v with --think-time %s: an open loop sends when a request is due, its users do not think", o.rate, o.thinkTime)
	case o.maxRate > 0 && o.rate > o.maxRate:
		return usage("--rate %v: is above --max-rate %v", o.rate, o.maxRate)
	}
	return nil
}

// validateAlone refuses what could only mean something once somebody changes the loop with a key, where nobody can.
func (o *options) validateAlone() error {
	if o.find {
		return nil
	}
	names, loop := []string{"max-users", "arrivals"}, "without --rate"
	if o.open() {
		names, loop = []string{"spawn-rate"}, "with --rate"
	}
	for _, n := range names {
		if o.set[n] {
			return usage("--%s has no meaning %s, unless there is a screen to change the load on", n, loop)
		}
	}
	return nil
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
func (o *options) parseStages() ([]session.Stage, error) {
	if o.stages == "" {
		return nil, nil
	}
	var stages []session.Stage
	for part := range strings.SplitSeq(o.stages, ",") {
		st, err := o.parseStage(part)
		if err != nil {
			return nil, err
		}
		stages = append(stages, st)
	}
	return stages, nil
}

// parseStage reads 30s:50. Users are whole, rates need not be.
func (o *options) parseStage(part string) (session.Stage, error) {
	over, target, ok := strings.Cut(strings.TrimSpace(part), ":")
	d, err1 := time.ParseDuration(over)
	n, err2 := strconv.ParseFloat(target, 64)
	what, most := "users", float64(runner.MaxUsers)
	if o.open() {
		what, most = "rate", runner.MaxArrivalRate
	}
	whole := n == math.Trunc(n)
	switch {
	case !ok || err1 != nil || err2 != nil || !o.open() && !whole:
		return session.Stage{}, usage("--stages: %q is not TIME:%s, such as 30s:50", part, strings.ToUpper(what))
	case d <= 0 || d > maxDuration:
		return session.Stage{}, usage("--stages: %q: the time must be above 0, at most %v", part, maxDuration)
	case !(n >= 0 && n <= most):
		return session.Stage{}, usage("--stages: %q: %s must be 0 to %.0f", part, what, most)
	case o.open() && o.maxRate > 0 && n > o.maxRate:
		return session.Stage{}, usage("--stages: %q: is above --max-rate %v", part, o.maxRate)
	}
	return session.Stage{Over: d, Target: n}, nil
}
