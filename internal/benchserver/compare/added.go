package main

import (
	"context"
	"fmt"
)

// fewUsers leave the cores idle most of the time: what is added then is the client's and the network's own.
const fewUsers = 16

// added measures how much later than the server a client sees its answers.
func (b *bench) added(ctx context.Context) ([]*table, error) {
	t := &table{
		title:   fmt.Sprintf("Added latency at %d users and 20 ms, plain HTTP, microseconds", fewUsers),
		columns: []string{"client", "p50", "p99", "server p50", "server p99"},
	}
	p50, p99, s50, s99 := map[string]series{}, map[string]series{}, map[string]series{}, map[string]series{}
	for round := range b.o.rounds {
		for _, client := range ownClients() {
			b.say("round %d of %d: added latency of %s", round+1, b.o.rounds, client)
			if _, err := b.server.take(steady); err != nil {
				return nil, err
			}
			j := b.job(client, steady, false, fewUsers)
			j.For = b.o.each()
			r, _, err := b.own(ctx, j)
			if err != nil {
				return nil, err
			}
			st, err := b.server.take(steady)
			if err != nil {
				return nil, err
			}
			p50[client] = append(p50[client], micros(r.Response.P50-st.Service.P50))
			p99[client] = append(p99[client], micros(r.Response.P99-st.Service.P99))
			s50[client] = append(s50[client], micros(st.Service.P50))
			s99[client] = append(s99[client], micros(st.Service.P99))
		}
	}
	for _, client := range ownClients() {
		t.add(client, p50[client].text(), p99[client].text(), s50[client].text(), s99[client].text())
	}
	first := ownClients()[0]
	b.goals = append(b.goals,
		atMost("added latency of "+first+", p50", "us", p50[first].median(), 150, p50[first].text()),
		atMost("added latency of "+first+", p99", "us", p99[first].median(), 1000, p99[first].text()))
	return []*table{t}, nil
}
