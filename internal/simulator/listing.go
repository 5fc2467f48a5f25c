package simulator

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
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
	size := 10
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	if size < 1 || size > 100 {
		return nil, "", wire.Invalid("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must be between 1 and 100", size)
	}
	items = slices.DeleteFunc(items, func(l listed) bool { return !in.wants(l) })
	if fault := in.sort(items); fault != nil {
		return nil, "", fault
	}
	return cutPage(items, in.NextToken, size)
}

// cutPage is the page of items that token begins, and the token of the next.
func cutPage[T any](items []T, token string, size int) (page []T, next string, fault *wire.Error) {
	from, fault := pageStart(token, len(items))
	if fault != nil {
		return nil, "", fault
	}
	to := min(from+size, len(items))
	if to < len(items) {
		next = base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	return items[from:to], next, nil
}

func (in *listing) wants(l listed) bool {
	return strings.Contains(strings.ToLower(l.name), strings.ToLower(in.NameContains)) &&
		(in.StatusEquals == "" || in.StatusEquals == string(l.status)) &&
		(in.CreationTimeAfter == nil || l.created.After(in.CreationTimeAfter.Time)) &&
		(in.CreationTimeBefore == nil || l.created.Before(in.CreationTimeBefore.Time)) &&
		(in.LastModifiedTimeAfter == nil || l.modified.After(in.LastModifiedTimeAfter.Time)) &&
		(in.LastModifiedTimeBefore == nil || l.modified.Before(in.LastModifiedTimeBefore.Time))
}

func (in *listing) sort(items []listed) *wire.Error {
	var by func(a, b listed) int
	switch in.SortBy {
	case "Name":
		by = func(a, b listed) int { return cmp.Compare(a.name, b.name) }
	case "Status":
		by = func(a, b listed) int { return cmp.Compare(a.status, b.status) }
	case "", "CreationTime":
		by = func(a, b listed) int { return a.created.Compare(b.created) }
	default:
		return wire.Invalid("1 validation error detected: Value '%.64s' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set: [Name, CreationTime, Status]", in.SortBy)
	}
	slices.SortStableFunc(items, by)
	switch in.SortOrder {
	case "Ascending":
	case "", "Descending":
		slices.Reverse(items)
	default:
		return wire.Invalid("1 validation error detected: Value '%.64s' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [Ascending, Descending]", in.SortOrder)
	}
	return nil
}

// pageStart reads a token that list made.
func pageStart(token string, n int) (int, *wire.Error) {
	if token == "" {
		return 0, nil
	}
	raw, err := base64.StdEncoding.DecodeString(token)
	at, err2 := strconv.Atoi(string(raw))
	if err != nil || err2 != nil || at < 0 {
		return 0, wire.Invalid("Invalid NextToken.")
	}
	return min(at, n), nil
}
