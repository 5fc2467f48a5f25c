package simulator

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SageMaker: Describe and List in JSON 1.1. Timestamps are numbers of seconds since the epoch.

// decodeJSON reads a request into v; no body is an empty one.
func decodeJSON(body []byte, v any) *apiError {
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, v); err != nil {
		return &apiError{code: "SerializationException", status: http.StatusBadRequest, message: "The request could not be read as JSON: " + err.Error()}
	}
	return nil
}

func replyJSON(v any) (reply, *apiError) {
	return reply{status: http.StatusOK, header: []headerLine{{"Content-Type", "application/x-amz-json-1.1"}}, body: encodeJSON(v)}, nil
}

// timestamp is how JSON 1.1 writes a time.
type timestamp struct{ time.Time }

// MarshalJSON writes seconds with milliseconds.
func (t timestamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(t.UnixMilli())/1e3, 'f', 3, 64), nil
}

// UnmarshalJSON reads any number of seconds that a clock can mean.
func (t *timestamp) UnmarshalJSON(data []byte) error {
	seconds, err := strconv.ParseFloat(string(data), 64)
	if err != nil || !(seconds > earliest && seconds < latest) {
		return fmt.Errorf("simulator: timestamp %.32s", data)
	}
	t.Time = time.UnixMilli(int64(seconds * 1e3))
	return nil
}

type metricsConfig struct {
	EnableEnhancedMetrics           bool
	MetricPublishFrequencyInSeconds int
}

func (e *endpoint) metricsConfig() metricsConfig {
	return metricsConfig{e.config.EnhancedMetrics, int(e.config.PublishEvery.Seconds())}
}

type routingConfig struct{ RoutingStrategy Routing }

type variantStatus struct {
	Status    string
	StartTime timestamp
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
	CreationTime, LastModifiedTime                timestamp
	MetricsConfig                                 metricsConfig
	ProductionVariants                            []variantSummary
}

func (s *Server) describeEndpoint(x *exchange) (reply, *apiError) {
	var in struct{ EndpointName string }
	if fault := decodeJSON(x.body, &in); fault != nil {
		return reply{}, fault
	}
	e := s.byName[in.EndpointName]
	if e == nil {
		return reply{}, errInvalid(fmt.Sprintf("Could not find endpoint \"%s\".", s.arn("sagemaker", "endpoint/"+strings.ToLower(in.EndpointName))))
	}
	now := s.now()
	out := endpointDescription{
		EndpointName: in.EndpointName, EndpointArn: s.endpointARN(e), EndpointConfigName: e.configName(),
		EndpointStatus: e.status(now), CreationTime: timestamp{e.created}, MetricsConfig: e.metricsConfig(),
	}
	e.mu.Lock()
	out.LastModifiedTime, out.FailureReason = timestamp{e.modified}, e.reason
	e.mu.Unlock()
	for _, v := range e.variants {
		out.ProductionVariants = append(out.ProductionVariants, v.summary(now, out.LastModifiedTime))
	}
	return replyJSON(out)
}

func (v *variant) summary(now time.Duration, since timestamp) variantSummary {
	current, desired := v.counts(now)
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
	CreationTime                          timestamp
	MetricsConfig                         metricsConfig
	ProductionVariants                    []productionVariant
}

func (s *Server) describeEndpointConfig(x *exchange) (reply, *apiError) {
	var in struct{ EndpointConfigName string }
	if fault := decodeJSON(x.body, &in); fault != nil {
		return reply{}, fault
	}
	i := slices.IndexFunc(s.endpoints, func(e *endpoint) bool { return e.configName() == in.EndpointConfigName })
	if i < 0 {
		return reply{}, errInvalid(fmt.Sprintf("Could not find endpoint configuration \"%s\".", s.arn("sagemaker", "endpoint-config/"+strings.ToLower(in.EndpointConfigName))))
	}
	e := s.endpoints[i]
	out := configDescription{
		EndpointConfigName: in.EndpointConfigName, EndpointConfigArn: s.configARN(e),
		CreationTime: timestamp{e.created}, MetricsConfig: e.metricsConfig(),
	}
	for _, v := range e.variants {
		out.ProductionVariants = append(out.ProductionVariants, productionVariant{
			VariantName: v.name, ModelName: v.profile.Name, InstanceType: v.instanceType,
			InitialInstanceCount: v.initial, InitialVariantWeight: v.weight, RoutingConfig: routingConfig{v.routing},
		})
	}
	return replyJSON(out)
}

type tag struct{ Key, Value string }

func (s *Server) listTags(x *exchange) (reply, *apiError) {
	var in struct{ ResourceArn string }
	if fault := decodeJSON(x.body, &in); fault != nil {
		return reply{}, fault
	}
	out := struct{ Tags []tag }{Tags: []tag{}}
	for _, e := range s.endpoints {
		switch in.ResourceArn {
		case s.configARN(e):
			return replyJSON(out)
		case s.endpointARN(e):
			e.mu.Lock()
			defer e.mu.Unlock()
			for _, key := range slices.Sorted(maps.Keys(e.tags)) {
				out.Tags = append(out.Tags, tag{key, e.tags[key]})
			}
			return replyJSON(out)
		}
	}
	return reply{}, errInvalid(fmt.Sprintf("Could not find resource \"%s\".", in.ResourceArn))
}

// listing is the input of ListEndpoints and ListEndpointConfigs.
type listing struct {
	NextToken                                     string
	MaxResults                                    *int
	NameContains, StatusEquals                    string
	SortBy, SortOrder                             string
	CreationTimeAfter, CreationTimeBefore         *timestamp
	LastModifiedTimeAfter, LastModifiedTimeBefore *timestamp
}

// listed is one item of a listing.
type listed struct {
	name, arn         string
	status            Status
	created, modified time.Time
}

func (s *Server) listEndpoints(x *exchange) (reply, *apiError) {
	type item struct {
		EndpointName, EndpointArn      string
		CreationTime, LastModifiedTime timestamp
		EndpointStatus                 Status
	}
	var items []listed
	for _, e := range s.endpoints {
		l := listed{name: e.config.Name, arn: s.endpointARN(e), status: e.status(s.now()), created: e.created}
		e.mu.Lock()
		l.modified = e.modified
		e.mu.Unlock()
		items = append(items, l)
	}
	page, next, fault := list(x.body, items)
	if fault != nil {
		return reply{}, fault
	}
	out := struct {
		Endpoints []item
		NextToken string `json:",omitempty"`
	}{Endpoints: []item{}, NextToken: next}
	for _, l := range page {
		out.Endpoints = append(out.Endpoints, item{l.name, l.arn, timestamp{l.created}, timestamp{l.modified}, l.status})
	}
	return replyJSON(out)
}

func (s *Server) listEndpointConfigs(x *exchange) (reply, *apiError) {
	type item struct {
		EndpointConfigName, EndpointConfigArn string
		CreationTime                          timestamp
	}
	var items []listed
	for _, e := range s.endpoints {
		items = append(items, listed{name: e.configName(), arn: s.configARN(e), created: e.created, modified: e.created})
	}
	page, next, fault := list(x.body, items)
	if fault != nil {
		return reply{}, fault
	}
	out := struct {
		EndpointConfigs []item
		NextToken       string `json:",omitempty"`
	}{EndpointConfigs: []item{}, NextToken: next}
	for _, l := range page {
		out.EndpointConfigs = append(out.EndpointConfigs, item{l.name, l.arn, timestamp{l.created}})
	}
	return replyJSON(out)
}

// list filters, sorts and pages items as the request says.
func list(body []byte, items []listed) (page []listed, next string, fault *apiError) {
	var in listing
	if fault := decodeJSON(body, &in); fault != nil {
		return nil, "", fault
	}
	size := 10
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	if size < 1 || size > 100 {
		return nil, "", errInvalid(fmt.Sprintf("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must be between 1 and 100", size))
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

func (in *listing) sort(items []listed) *apiError {
	var by func(a, b listed) int
	switch in.SortBy {
	case "Name":
		by = func(a, b listed) int { return cmp.Compare(a.name, b.name) }
	case "Status":
		by = func(a, b listed) int { return cmp.Compare(a.status, b.status) }
	case "", "CreationTime":
		by = func(a, b listed) int { return a.created.Compare(b.created) }
	default:
		return errInvalid(fmt.Sprintf("1 validation error detected: Value '%.64s' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set: [Name, CreationTime, Status]", in.SortBy))
	}
	slices.SortStableFunc(items, by)
	switch in.SortOrder {
	case "Ascending":
	case "", "Descending":
		slices.Reverse(items)
	default:
		return errInvalid(fmt.Sprintf("1 validation error detected: Value '%.64s' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [Ascending, Descending]", in.SortOrder))
	}
	return nil
}

// pageStart reads a token that list made.
func pageStart(token string, n int) (int, *apiError) {
	if token == "" {
		return 0, nil
	}
	raw, err := base64.StdEncoding.DecodeString(token)
	at, err2 := strconv.Atoi(string(raw))
	if err != nil || err2 != nil || at < 0 {
		return 0, errInvalid("Invalid NextToken.")
	}
	return min(at, n), nil
}
