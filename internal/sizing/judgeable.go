package sizing

import (
	"fmt"

	"sagetop/runner"
)

// minCoverage is the share of a server period that the load must have filled for the two to be compared.
const minCoverage = .95

// The finding that says why nothing is judged.
const (
	notJudgedID    = "not-judged"
	notJudgedTitle = "nothing is judged"
)

// bar is why the client and server figures of a period do not belong together and to one setting.
type bar struct {
	name   string // as docs/findings.md lists it
	holds  func(periods []Period, i int) bool
	reason func(*Period) string
	advice string
}

const steady = "Hold one load, with one count of instances, for a whole period."

// bars in the order in which they are asked.
var bars = [...]bar{
	{
		"two settings of the load", func(ps []Period, i int) bool { return ps[i].Client.Plans > 1 },
		func(p *Period) string { return fmt.Sprintf("%d settings of the load in one period", p.Client.Plans) }, steady,
	}, {
		"a ramp", func(ps []Period, i int) bool { return ps[i].Client.Ramp },
		func(*Period) string { return "the load was on its way to what was asked for" }, steady,
	}, {
		"warm-up", func(ps []Period, i int) bool { return ps[i].Client.Warmup },
		func(*Period) string { return "the load was warm-up" }, steady,
	}, {
		"a pause", func(ps []Period, i int) bool { return ps[i].Client.Paused },
		func(*Period) string { return "the load was paused" }, steady,
	}, {
		"part of a period", func(ps []Period, i int) bool { return !covers(&ps[i]) },
		func(p *Period) string {
			return fmt.Sprintf("the load filled %.0f of %.0f s", p.Client.Length.Seconds(), p.Server.Period.Seconds())
		}, steady,
	}, {
		"another count of instances", func(ps []Period, i int) bool { return ps[i].Server.Scaling || rescaled(ps, i) },
		func(*Period) string { return "instances came or went" }, steady,
	}, {
		"others' requests", func(ps []Period, i int) bool { extra, _ := ps[i].Foreign(); return extra > 0 },
		func(p *Period) string { return "others sent requests too: " + countedText(p) },
		"Keep others away from the endpoint, or load one that nobody else uses.",
	}, {
		"requests elsewhere", func(ps []Period, i int) bool { extra, _ := ps[i].Foreign(); return extra < 0 },
		func(p *Period) string { return "some of ours went elsewhere: " + countedText(p) },
		"Give --variant NAME, so that all of the load reaches what is judged.",
	},
}

func countedText(p *Period) string {
	return fmt.Sprintf("CloudWatch counts %.0f, ours are %d", number(p.Server.Invocations), p.Client.Ended())
}

// barred is the first bar to judging periods[i], nil when it can be judged or when there is nothing yet that could be.
func barred(periods []Period, i int) *bar {
	if !underLoad(&periods[i]) {
		return nil
	}
	for j := range bars {
		if b := &bars[j]; b.holds(periods, i) {
			return b
		}
	}
	return nil
}

// underLoad says whether p is published and saw answers.
func underLoad(p *Period) bool { return !unpublished(p) && p.Client.Ended() > 0 }

// judgeable says whether the client and server figures of periods[i] belong together and to one setting.
func judgeable(periods []Period, i int) bool {
	return underLoad(&periods[i]) && periods[i].Client.Plans == 1 && barred(periods, i) == nil
}

// judgedPeriod is the newest period that can be judged, nil when there is none.
func judgedPeriod(f Facts, periods []Period) *Period {
	if f.Variants > 1 {
		return nil
	}
	for i := len(periods) - 1; i >= 0; i-- {
		if judgeable(periods, i) {
			return &periods[i]
		}
	}
	return nil
}

// notJudged says why the newest period under load is not judged; nothing while there is none.
func notJudged(periods []Period) []Finding {
	for i := len(periods) - 1; i >= 0; i-- {
		b := barred(periods, i)
		if b == nil {
			continue
		}
		p := &periods[i]
		from := p.Server.From
		return []Finding{{
			ID: notJudgedID, Severity: Advice, Title: notJudgedTitle, Evidence: b.reason(p), Advice: b.advice,
			From: from, To: from.Add(p.Server.Period),
		}}
	}
	return nil
}

// steadyLoad says whether w saw answers under one Plan that was not on its way, warming up or paused.
func steadyLoad(w *runner.Window) bool {
	return w.Plans == 1 && !w.Ramp && !w.Warmup && !w.Paused && w.Ended() > 0
}

// wholeTen is how many seconds the trailing window must count to be judged by itself.
const wholeTen = 10

// TenTells says whether the client can be judged by the trailing ten seconds: they are whole, under load and of one setting.
func TenTells(ten *runner.Window) bool {
	return ten.Length.Seconds() >= minCoverage*wholeTen && steadyLoad(ten)
}

// covers says whether the load ran for all of the period: the server's averages are over all of it.
func covers(p *Period) bool {
	return p.Client.Length.Seconds() >= minCoverage*p.Server.Period.Seconds()
}

// rescaled says whether instances came or went in or just before periods[i].
func rescaled(periods []Period, i int) bool {
	if i == 0 || periods[i-1].Server == nil {
		return false
	}
	before, now := periods[i-1].Server.Instances, periods[i].Server.Instances
	return before > 0 && now > 0 && before != now
}
