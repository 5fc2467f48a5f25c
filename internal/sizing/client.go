package sizing

import (
	"time"

	"sagetop/runner"
)

// clientStarved says whether the client is out of CPU and shows it.
func clientStarved(s *scene) bool {
	w := s.client
	if !OutOfCPU(&w.Client) {
		return false
	}
	if Crowded(&w.Client) && w.Client.Throttled < ClientThrottled { // what is not sent may have another reason
		return ownLag(w) >= ClientLate || w.Client.SchedP99 >= ClientLate
	}
	behind := w.Plan.Loop == runner.Open && float64(w.Sent) < clientSent*float64(w.Sent+missed(w))
	return behind || ownLag(w) >= ClientLate || w.Client.SchedP99 >= ClientLate
}

// OutOfCPU says whether there is hardly any CPU time left for the client: by its own share of what it may use, by the periods in which
// its quota ran out, or because others take the rest.
func OutOfCPU(c *runner.Client) bool {
	return c.CPUPercent >= ClientBusy || c.MachinePercent >= ClientBusy || c.Throttled >= ClientThrottled
}

// Crowded says whether others take the CPU time that the client lacks.
func Crowded(c *runner.Client) bool {
	return c.MachinePercent >= ClientBusy && c.CPUPercent < ClientBusy
}

// missed is how many arrivals of w were due and not sent.
func missed(w *runner.Window) uint64 { return w.Unsent + uint64(max(w.Due, 0)) }

// ownLag is a send lag that, without the wait for a free user, about 1 % of the requests had or more.
//
// A difference of two percentiles is not the percentile of the difference: requests that are late for one reason may be others than
// those that are late for the other. But where a share a of the lags is above L and a smaller share b of the waits is above W, at
// least a - b of the requests were late by more than L - W for another reason. So each percentile of the lag is held against the next
// higher one of the wait: p99 against p99.9 leaves .9 %, the others more.
func ownLag(w *runner.Window) time.Duration {
	lag, wait := &w.Stats[runner.SendLag], &w.Stats[runner.PoolWait]
	return max(lag.P99-wait.P999, lag.P95-wait.P99, lag.P90-wait.P95, lag.P50-wait.P90, 0)
}

// networkSlow needs ModelLatency to be of our requests alone.
func networkSlow(s *scene) bool {
	late := !s.Components && s.timeouts == 0 && s.residual >= max(residualLeast, residualShare*s.quietModel)
	return late && (LinkFull(&s.period.Client.Client) || s.residual > residualRTTs*s.rtt)
}

// LinkFull says whether the network interface of the client is, where that is known.
func LinkFull(c *runner.Client) bool { return c.LinkPercent >= ClientLink }

// poolShort says whether arrivals waited because all users that are allowed were busy, and nothing shows that it was the endpoint that
// kept them so. Where nothing is known of that, requests did not leave when they were due all the same.
func poolShort(s *scene) bool {
	return short(s.users) && timeouts(s.users) == 0 && !endpointSlow(s)
}

// endpointSlow says whether the endpoint keeps the users busy: it refuses, its CPU is high, or requests wait in it or take longer than
// in a calmer time, as CloudWatch or as we have seen it.
func endpointSlow(s *scene) bool {
	busy := func() bool {
		return s.cpuTells() && s.cpu >= cpuHigh || grown(s.model, s.quietModel, poolModelGrown, poolModelLeast) || s.waits(s.period)
	}
	if refused(s.users) >= badShare || s.usersOfPeriod() && busy() {
		return true
	}
	calm := calmService(s)
	return calm > 0 && occupied(s.users) >= time.Duration(poolModelGrown*float64(calm))
}

// refused is the share of answers that say the endpoint could not.
func refused(w *runner.Window) float64 {
	return shareOf(w, func(f runner.Failure) bool {
		return f.Class == runner.Throttled || f.Class == runner.NotReady || serverFailed(f)
	})
}

// occupied is how long a request of w kept its user: of those that ended, or, while few end, by how many are in flight (Little's law).
func occupied(w *runner.Window) time.Duration {
	if w.Ended() == 0 {
		return w.Length
	}
	return max(serviceMean(w), time.Duration(w.MeanInFlight*float64(w.Length)/float64(w.Ended())))
}

// calmService is the least mean time of requests from their send in a period before, in which users sufficed; 0 when there was none.
func calmService(s *scene) time.Duration {
	const enough = 20 // requests, for a mean
	var least time.Duration
	for i := range s.all {
		w := &s.all[i].Client
		if w.To > s.users.From || !steadyLoad(w) || short(w) || w.OK < enough || w.FailedShare() > mixedFailures {
			continue
		}
		if d := serviceMean(w); least == 0 || d < least {
			least = d
		}
	}
	return least
}

// short says whether arrivals waited for one of the users that w allows. While there are fewer users than that, an arrival waits for
// one to start.
func short(w *runner.Window) bool {
	if w.Plan.Loop != runner.Open || w.Users < w.Plan.Users {
		return false
	}
	return toMillis(w.Stats[runner.PoolWait].P99) >= poolWaitLeast || leftWaiting(w)
}

// leftWaiting says whether arrivals had not got a user by the end of w: those are in no pool wait yet.
func leftWaiting(w *runner.Window) bool {
	left := float64(missed(w))
	return left > 0 && left >= poolMissed*(left+float64(w.Sent)) && busyUsers(w) >= poolBusy*float64(w.Plan.Users)
}

// busyUsers of w, on average or at its end, whichever are more.
func busyUsers(w *runner.Window) float64 { return max(w.MeanInFlight, float64(w.InFlight)) }

// publishedWithin is how long points may be on their way.
const publishedWithin = 5 * 60 // seconds

// pointToCome says whether CloudWatch may still say what the endpoint did up to now. As soon as it does, users whom a busy endpoint
// keeps can be told from too few users, so no verdict is given before. Points come one after another: those of the time up to now are
// not waited for any longer when the first that is missing should have been there.
func pointToCome(f Facts, periods []Period, now int64) bool {
	if !f.CloudWatch || f.Over || f.Variants > 1 {
		return false
	}
	missing := now // since when there are none
	for i := len(periods) - 1; i >= 0 && unpublished(&periods[i]); i-- {
		missing = periods[i].Client.To
	}
	return now-missing < publishedWithin
}

func unpublished(p *Period) bool { return p.Server == nil || p.Server.Partial }
