package simulator

import "sagetop/internal/simulator/wire"

// do is an operation of a service.
type do func(*Server, *wire.Call) (reply, *wire.Error)

// typed is an operation whose input and output are in the caller's protocol.
func typed[In, Out any](f func(*Server, *In) (*Out, *wire.Error)) do {
	return func(s *Server, x *wire.Call) (reply, *wire.Error) {
		in := new(In)
		if fault := x.Decode(in); fault != nil {
			return reply{}, fault
		}
		out, fault := f(s, in)
		if fault != nil {
			return reply{}, fault
		}
		return answered(x.Reply(out)), nil
	}
}

// operations of the services.
var operations = map[*wire.Service]map[string]do{
	wire.Runtime: {
		"InvokeEndpoint":                   (*Server).invokeEndpoint,
		"InvokeEndpointWithResponseStream": (*Server).invokeEndpointWithResponseStream,
	},
	wire.SageMaker: {
		"AddTags":                               typed((*Server).addTags),
		"CreateEndpoint":                        typed((*Server).createEndpoint),
		"CreateEndpointConfig":                  typed((*Server).createEndpointConfig),
		"DeleteEndpoint":                        typed((*Server).deleteEndpoint),
		"DeleteEndpointConfig":                  typed((*Server).deleteEndpointConfig),
		"DeleteTags":                            typed((*Server).deleteTags),
		"DescribeEndpoint":                      typed((*Server).describeEndpoint),
		"DescribeEndpointConfig":                typed((*Server).describeEndpointConfig),
		"DescribeInferenceComponent":            typed((*Server).describeInferenceComponent),
		"ListEndpointConfigs":                   typed((*Server).listEndpointConfigs),
		"ListEndpoints":                         typed((*Server).listEndpoints),
		"ListInferenceComponents":               typed((*Server).listInferenceComponents),
		"ListTags":                              typed((*Server).listTags),
		"UpdateEndpoint":                        typed((*Server).updateEndpoint),
		"UpdateEndpointWeightsAndCapacities":    typed((*Server).updateWeightsAndCapacities),
		"UpdateInferenceComponentRuntimeConfig": typed((*Server).updateComponentRuntimeConfig),
	},
	wire.AutoScaling: {
		"DeleteScalingPolicy":       typed((*Server).deleteScalingPolicy),
		"DeregisterScalableTarget":  typed((*Server).deregisterScalableTarget),
		"DescribeScalableTargets":   typed((*Server).describeScalableTargets),
		"DescribeScalingActivities": typed((*Server).describeScalingActivities),
		"DescribeScalingPolicies":   typed((*Server).describeScalingPolicies),
		"PutScalingPolicy":          typed((*Server).putScalingPolicy),
		"RegisterScalableTarget":    typed((*Server).registerScalableTarget),
	},
	wire.CloudWatch: {
		"GetMetricData":       typed((*Server).getMetricData),
		"GetMetricStatistics": typed((*Server).getMetricStatistics),
		"ListMetrics":         typed((*Server).listMetrics),
		"PutMetricData":       typed((*Server).putMetricData),
	},
	wire.Logs: {
		"DescribeLogGroups":  typed((*Server).describeLogGroups),
		"DescribeLogStreams": typed((*Server).describeLogStreams),
		"FilterLogEvents":    typed((*Server).filterLogEvents),
		"GetLogEvents":       typed((*Server).getLogEvents),
	},
	wire.Pricing: {
		"GetProducts": typed((*Server).getProducts),
	},
	wire.Quotas: {
		"GetServiceQuota":             typed((*Server).getServiceQuota),
		"ListAWSDefaultServiceQuotas": typed((*Server).listDefaultQuotas),
		"ListServiceQuotas":           typed((*Server).listServiceQuotas),
	},
	wire.STS: {
		"GetCallerIdentity": typed((*Server).getCallerIdentity),
	},
}
