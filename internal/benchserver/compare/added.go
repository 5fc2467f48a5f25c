package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	"sagetop/internal/benchserver"
)

// fewUsers leave the cores idle most of the time: what is added then is the client's and the network's own.
const fewUsers = 16

// quantiles of a client's latency, or of the server's.
type quantiles struct{ p50, p99 time.Duration }

// added measures how much later than the server a client sees its answers. wrk shows what the machine itself adds: two wakes of an idle
// core, mostly.
func (b *bench) added(ctx context.Context) ([]*table, error) {
	t := &table{
		title:   fmt.Sprintf("Added latency at %d users and 20 ms, plain HTTP, microseconds", fewUsers),
		columns: []string{"client", "p50", "p99", "server p50", "server p99"},
	}
	clients := append(ownClients(), "wrk")
	p50, p99, s50, s99 := map[string]series{}, map[string]series{}, map[string]series{}, map[string]series{}
	for round := range b.o.rounds {
		for _, client := range clients {
			b.say("round %d of %d: added latency of %s", round+1, b.o.rounds, client)
			c, s, err := b.addedBy(ctx, client)
			if err != nil {
				return nil, err
			}
			if c.p50 == 0 {
				continue // it is not there
			}
			p50[client] = append(p50[client], micros(c.p50-s.p50))
			p99[client] = append(p99[client], micros(c.p99-s.p99))
			s50[client] = append(s50[client], micros(s.p50))
			s99[client] = append(s99[client], micros(s.p99))
		}
	}
	for _, client := range clients {
		if len(p50[client]) > 0 {
			t.add(client, p50[client].text(), p99[client].text(), s50[client].text(), s99[client].text())
		}
	}
	first := ownClients()[0]
	b.goals = append(b.goals,
		atMost("added latency of "+first+", p50", "us", p50[first].median(), 150, p50[first].text()),
		atMost("added latency of "+first+", p99", "us", p99[first].median(), 1000, p99[first].text()))
	return []*table{t}, nil
}

// addedBy is one load by a client: what it saw, and what the server did.
func (b *bench) addedBy(ctx context.Context, client string) (seen, did quantiles, err error) {
	if _, err := b.server.take(steady); err != nil {
		return seen, did, err
	}
	if client == "wrk" {
		seen, err = b.seenByWrk(ctx)
	} else {
		j := b.job(client, steady, false, fewUsers)
		j.For = b.o.each()
		var r report
		r, _, err = b.own(ctx, j)
		seen = quantiles{r.Response.P50, r.Response.P99}
	}
	if err != nil {
		return seen, did, err
	}
	st, err := b.server.take(steady)
	return seen, quantiles{st.Service.P50, st.Service.P99}, err
}

// wrkLatency is a line of wrk's, such as "50%   20.75ms".
var wrkLatency = regexp.MustCompile(`(50|99)%\s+([0-9.]+(us|ms|s))\n`)

// seenByWrk are its own figures, which it rounds to 10 us.
func (b *bench) seenByWrk(ctx context.Context) (q quantiles, err error) {
	path, missing := lookFor("wrk", "wrk")
	if missing != "" {
		b.say("%s", missing)
		return q, nil
	}
	u, err := measure(exec.CommandContext(ctx, path, "-t1", "-c", strconv.Itoa(fewUsers), "-d", wholeSeconds(b.o.each())+"s", "--latency",
		"-s", b.wrkScript(steady), b.server.url(false)+benchserver.Path(steady)), nil)
	if err != nil {
		return q, b.forgive(ctx, err)
	}
	for _, m := range wrkLatency.FindAllStringSubmatch(string(u.Out), -1) {
		d, err := time.ParseDuration(m[2])
		if err != nil {
			return q, err
		}
		if m[1] == "50" {
			q.p50 = d
		} else {
			q.p99 = d
		}
	}
	return q, nil
}
