package simulator

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sagetop/internal/simulator/wire"
)

// SageMaker: List.

// listing is the input of List operations.
type listing struct {
	NextToken                                     string
	MaxResults                                    *int
	NameContains, StatusEquals                    string
	SortBy, SortOrder                             string
	CreationTimeAfter, CreationTimeBefore         *wire.Time
	LastModifiedTimeAfter, LastModifiedTimeBefore *wire.Time
}

// listed is one item of a listing.
type listed struct {
	name, arn         string
	status            Status
	created, modified time.Time
}

type endpointSummary struct {
	EndpointName, EndpointArn      string
	CreationTime, LastModifiedTime wire.Time
	EndpointStatus                 Status
}

type endpointsOutput struct {
	Endpoints []endpointSummary
	NextToken string `json:",omitempty"`
}

func (s *Server) listEndpoints(in *listing) (*endpointsOutput, *wire.Error) {
	var items []listed
	for _, e := range s.endpoints.all() {
		l := listed{name: e.name, arn: s.endpointARN(e), status: e.status(s.now()), created: e.created}
		e.mu.Lock()
		l.modified = e.modified
		e.mu.Unlock()
		items = append(items, l)
	}
	page, next, fault := in.page(items)
	if fault != nil {
		return nil, fault
	}
	out := &endpointsOutput{Endpoints: []endpointSummary{}, NextToken: next}
	for _, l := range page {
		out.Endpoints = append(out.Endpoints, endpointSummary{l.name, l.arn, wire.Time{Time: l.created}, wire.Time{Time: l.modified}, l.status})
	}
	return out, nil
}

type configSummary struct {
	EndpointConfigName, EndpointConfigArn string
	CreationTime                          wire.Time
}

type configsOutput struct {
	EndpointConfigs []configSummary
	NextToken       string `json:",omitempty"`
}

func (s *Server) listEndpointConfigs(in *listing) (*configsOutput, *wire.Error) {
	var items []listed
	for _, c := range s.configs.all() {
		items = append(items, listed{name: c.name, arn: s.configARN(c.name), created: c.created, modified: c.created})
	}
	page, next, fault := in.page(items)
	if fault != nil {
		return nil, fault
	}
	out := &configsOutput{EndpointConfigs: []configSummary{}, NextToken: next}
	for _, l := range page {
		out.EndpointConfigs = append(out.EndpointConfigs, configSummary{l.name, l.arn, wire.Time{Time: l.created}})
	}
	return out, nil
}

// page filters, sorts and pages items as the request says.
func (in *listing) page(items []listed) (page []listed, next string, fault *wire.Error) {
	var c constraints
	between(&c, in.MaxResults, "maxResults", 1, 100)
	oneOf(&c, cmp.Or(in.SortBy, "CreationTime"), "sortBy", "Name", "CreationTime", "Status")
	oneOf(&c, cmp.Or(in.SortOrder, "Descending"), "sortOrder", "Ascending", "Descending")
	if fault := c.fault(); fault != nil {
		return nil, "", fault
	}
	items = slices.DeleteFunc(items, func(l listed) bool { return !in.wants(l) })
	in.sort(items)
	return cutPage(items, in.NextToken, orUsual(in.MaxResults, 10))
}

// cutPage is pageOf for the services that say this of a token that is none of theirs.
func cutPage[T any](items []T, token string, size int) (page []T, next string, fault *wire.Error) {
	page, next, ok := pageOf(items, token, size)
	if !ok {
		return nil, "", wire.Invalid("Invalid NextToken.")
	}
	return page, next, nil
}

func (in *listing) wants(l listed) bool {
	return strings.Contains(strings.ToLower(l.name), strings.ToLower(in.NameContains)) &&
		(in.StatusEquals == "" || in.StatusEquals == string(l.status)) &&
		(in.CreationTimeAfter == nil || l.created.After(in.CreationTimeAfter.Time)) &&
		(in.CreationTimeBefore == nil || l.created.Before(in.CreationTimeBefore.Time)) &&
		(in.LastModifiedTimeAfter == nil || l.modified.After(in.LastModifiedTimeAfter.Time)) &&
		(in.LastModifiedTimeBefore == nil || l.modified.Before(in.LastModifiedTimeBefore.Time))
}

func (in *listing) sort(items []listed) {
	by := func(a, b listed) int { return a.created.Compare(b.created) }
	switch in.SortBy {
	case "Name":
		by = func(a, b listed) int { return cmp.Compare(a.name, b.name) }
	case "Status":
		by = func(a, b listed) int { return cmp.Compare(a.status, b.status) }
	}
	slices.SortStableFunc(items, by)
	if in.SortOrder != "Ascending" {
		slices.Reverse(items)
	}
}
