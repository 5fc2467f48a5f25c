package main

import (
	"context"
	"fmt"

	"sagetop/internal/benchserver"
)

// users of the figures that have goals.
const manyClients = 64

// setting is one contender under one load.
type setting struct {
	name   string
	users  int
	secure bool
}

// loads collects what was measured, one figure a round.
type loads struct {
	cpu, rate, peak map[setting]series
}

func (l *loads) add(s setting, cpu, rate, peak float64) {
	l.cpu[s] = append(l.cpu[s], cpu)
	l.rate[s] = append(l.rate[s], rate)
	l.peak[s] = append(l.peak[s], peak)
}

// widths are the numbers of users of the throughput table.
func widths() []int { return []int{8, manyClients, 240, 1000} }

// load measures CPU per request and throughput of every contender, at 64 users over TLS too.
func (b *bench) load(ctx context.Context) ([]*table, error) {
	l := &loads{cpu: map[setting]series{}, rate: map[setting]series{}, peak: map[setting]series{}}
	for round := range b.o.rounds {
		if err := b.loadRound(ctx, l, manyClients, true, round); err != nil {
			return nil, err
		}
		for _, users := range widths() {
			if err := b.loadRound(ctx, l, users, false, round); err != nil {
				return nil, err
			}
		}
	}
	b.judgeLoad(l)
	return []*table{b.costTable(l), b.throughputTable(l)}, nil
}

// loadRound measures the contenders one after the other. Every round another one begins.
func (b *bench) loadRound(ctx context.Context, l *loads, users int, secure bool, round int) error {
	b.say("round %d of %d: %d users, TLS %v", round+1, b.o.rounds, users, secure)
	for i := range b.others {
		c := &b.others[(i+round)%len(b.others)]
		if c.missing != "" || c.plain && secure || c.narrow && users != manyClients {
			continue
		}
		st, u, err := b.one(ctx, c, wish{users: users, length: b.o.each(), secure: secure})
		if err := b.forgive(ctx, err); err != nil {
			return err
		}
		s := setting{c.name, users, secure}
		if err == nil && st.Requests == 0 {
			b.say("%s sent nothing: %s", c.name, u.Errs)
		}
		if err != nil || st.Requests == 0 {
			l.add(s, unknown, unknown, unknown)
			continue
		}
		l.add(s, perRequest(u.CPU-c.start, st.Requests), float64(st.Requests)/st.Span.Seconds(), u.Peak)
	}
	return nil
}

// one runs c once, and says what the server counted meanwhile.
func (b *bench) one(ctx context.Context, c *contender, w wish) (st benchserver.Stats, u usage, err error) {
	if _, err = b.server.take(fast); err != nil {
		return st, u, err
	}
	if u, err = measure(c.command(ctx, w), c.accept); err != nil {
		return st, u, err
	}
	st, err = b.server.take(fast)
	return st, u, err
}

func (b *bench) costTable(l *loads) *table {
	t := &table{
		title:   fmt.Sprintf("CPU per request at %d users, microseconds", manyClients),
		columns: []string{"client", "TLS", "plain", "TLS / wrk", "plain / wrk", "TLS req/s", "plain req/s"},
	}
	for _, c := range b.others {
		if c.missing != "" {
			continue
		}
		tls, plain := setting{c.name, manyClients, true}, setting{c.name, manyClients, false}
		t.add(c.name, l.cpu[tls].text(), l.cpu[plain].text(),
			l.cpu[tls].over(l.cpu[wrkAt(true)]).text(), l.cpu[plain].over(l.cpu[wrkAt(false)]).text(),
			l.rate[tls].text(), l.rate[plain].text())
		if c.start > 0 {
			t.note("%s: without the %.1f s of CPU that it takes to start.", c.name, c.start.Seconds())
		}
	}
	return t
}

func wrkAt(secure bool) setting { return setting{"wrk", manyClients, secure} }

func (b *bench) throughputTable(l *loads) *table {
	t := &table{title: "Requests a second, plain HTTP", columns: []string{"client"}}
	for _, users := range widths() {
		t.columns = append(t.columns, fmt.Sprintf("%d users", users))
	}
	t.columns = append(t.columns, "MB at 1000")
	for _, c := range b.others {
		if c.missing != "" || c.narrow {
			continue
		}
		cells := []string{c.name}
		for _, users := range widths() {
			cells = append(cells, l.rate[setting{c.name, users, false}].text())
		}
		t.add(append(cells, l.peak[setting{c.name, 1000, false}].text())...)
	}
	return t
}

func (b *bench) judgeLoad(l *loads) {
	ratio := func(a, o string, secure bool) series {
		return l.cpu[setting{a, manyClients, secure}].over(l.cpu[setting{o, manyClients, secure}])
	}
	for _, g := range []struct {
		name  string
		ratio series
		limit float64
		judge func(name, unit string, figure, limit float64, text string) goal
	}{
		{"CPU over TLS, lean / wrk", ratio(lean, "wrk", true), 1, atMost},
		{"CPU over TLS, sdk / lean", ratio(sdk, lean, true), 15, atLeast},
		{"CPU plain, locust / lean", ratio("locust", lean, false), 100, atLeast},
	} {
		b.goals = append(b.goals, g.judge(g.name, "", g.ratio.median(), g.limit, g.ratio.text()))
	}
}
