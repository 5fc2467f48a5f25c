package simulator

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sagetop/internal/simulator/model"
	"sagetop/internal/simulator/wire"
)

// SageMaker: Describe and List.

type metricsConfig struct {
	EnableEnhancedMetrics           bool
	MetricPublishFrequencyInSeconds int
}

func (e *endpoint) metricsConfig() metricsConfig {
	return metricsConfig{e.config.EnhancedMetrics, int(e.config.PublishEvery.Seconds())}
}

type routingConfig struct{ RoutingStrategy model.Routing }

type variantStatus struct {
	Status    string
	StartTime wire.Time
}

type variantSummary struct {
	VariantName          string
	CurrentInstanceCount int
	DesiredInstanceCount int
	CurrentWeight        float64
	DesiredWeight        float64
	RoutingConfig        routingConfig
	VariantStatus        []variantStatus `json:",omitempty"`
}

type endpointDescription struct {
	EndpointName, EndpointArn, EndpointConfigName string
	EndpointStatus                                Status
	FailureReason                                 string `json:",omitempty"`
	CreationTime, LastModifiedTime                wire.Time
	MetricsConfig                                 metricsConfig
	ProductionVariants                            []variantSummary
}

func (s *Server) describeEndpoint(in *struct{ EndpointName string }) (*endpointDescription, *wire.Error) {
	e := s.byName[in.EndpointName]
	if e == nil {
		return nil, wire.Invalid("Could not find endpoint \"%s\".", s.arn("sagemaker", "endpoint/"+strings.ToLower(in.EndpointName)))
	}
	now := s.now()
	out := &endpointDescription{
		EndpointName: in.EndpointName, EndpointArn: s.endpointARN(e), EndpointConfigName: e.configName(),
		EndpointStatus: e.status(now), CreationTime: wire.Time{Time: e.created}, MetricsConfig: e.metricsConfig(),
	}
	e.mu.Lock()
	out.LastModifiedTime, out.FailureReason = wire.Time{Time: e.modified}, e.reason
	e.mu.Unlock()
	for _, v := range e.variants {
		out.ProductionVariants = append(out.ProductionVariants, v.summary(now, out.LastModifiedTime))
	}
	return out, nil
}

func (v *variant) summary(now time.Duration, since wire.Time) variantSummary {
	current, desired := v.Counts(now)
	out := variantSummary{
		VariantName: v.name, CurrentInstanceCount: current, DesiredInstanceCount: desired,
		CurrentWeight: v.weight, DesiredWeight: v.weight, RoutingConfig: routingConfig{v.routing},
	}
	if current != desired {
		out.VariantStatus = []variantStatus{{"Updating", since}}
	}
	return out
}

func (s *Server) endpointARN(e *endpoint) string {
	return s.arn("sagemaker", "endpoint/"+strings.ToLower(e.config.Name))
}

func (e *endpoint) configName() string { return e.config.Name + "-config" }

func (s *Server) configARN(e *endpoint) string {
	return s.arn("sagemaker", "endpoint-config/"+strings.ToLower(e.configName()))
}

type productionVariant struct {
	VariantName, ModelName, InstanceType string
	InitialInstanceCount                 int
	InitialVariantWeight                 float64
	RoutingConfig                        routingConfig
}

type configDescription struct {
	EndpointConfigName, EndpointConfigArn string
	CreationTime                          wire.Time
	MetricsConfig                         metricsConfig
	ProductionVariants                    []productionVariant
}

func (s *Server) describeEndpointConfig(in *struct{ EndpointConfigName string }) (*configDescription, *wire.Error) {
	i := slices.IndexFunc(s.endpoints, func(e *endpoint) bool { return e.configName() == in.EndpointConfigName })
	if i < 0 {
		return nil, wire.Invalid("Could not find endpoint configuration \"%s\".", s.arn("sagemaker", "endpoint-config/"+strings.ToLower(in.EndpointConfigName)))
	}
	e := s.endpoints[i]
	out := &configDescription{
		EndpointConfigName: in.EndpointConfigName, EndpointConfigArn: s.configARN(e),
		CreationTime: wire.Time{Time: e.created}, MetricsConfig: e.metricsConfig(),
	}
	for _, v := range e.variants {
		out.ProductionVariants = append(out.ProductionVariants, productionVariant{
			VariantName: v.name, ModelName: v.modelName, InstanceType: v.instanceType,
			InitialInstanceCount: v.initial, InitialVariantWeight: v.weight, RoutingConfig: routingConfig{v.routing},
		})
	}
	return out, nil
}

type tag struct{ Key, Value string }

type tagsOutput struct{ Tags []tag }

func (s *Server) listTags(in *struct{ ResourceArn string }) (*tagsOutput, *wire.Error) {
	out := &tagsOutput{Tags: []tag{}}
	for _, e := range s.endpoints {
		switch in.ResourceArn {
		case s.configARN(e):
			return out, nil
		case s.endpointARN(e):
			e.mu.Lock()
			defer e.mu.Unlock()
			for _, key := range slices.Sorted(maps.Keys(e.tags)) {
				out.Tags = append(out.Tags, tag{key, e.tags[key]})
			}
			return out, nil
		}
	}
	return nil, wire.Invalid("Could not find resource \"%s\".", in.ResourceArn)
}

// listing is the input of ListEndpoints and ListEndpointConfigs.
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
	for _, e := range s.endpoints {
		l := listed{name: e.config.Name, arn: s.endpointARN(e), status: e.status(s.now()), created: e.created}
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
	for _, e := range s.endpoints {
		items = append(items, listed{name: e.configName(), arn: s.configARN(e), created: e.created, modified: e.created})
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
	from, fault := pageStart(in.NextToken, len(items))
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
