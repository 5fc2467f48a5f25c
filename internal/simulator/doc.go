// Package simulator is SageMaker Runtime, SageMaker, CloudWatch with its Logs, Application Auto Scaling, Price List, Service Quotas and
// STS for simulated endpoints, in one http.Handler: a client of AWS that is told to use its address works unchanged, signatures and all.
//
// An endpoint behaves as its Profile says: a queue in front of workers on each instance, a router before them. What it does shows in
// its metrics, late, as in life. A Fault makes any operation fail in the ways that AWS's do.
//
// # The way of a request
//
//	wire               who is asked for what, in which protocol; the signature
//	server.go          ServeHTTP takes it from there to the answer
//	faults_answers.go  the fault that it meets instead, if any
//	operations.go      the table of all operations, each a function from its input to its output
//	reply.go           the answer, or as much of it as is to get through
//	counts.go          how many answers of each kind; access.go tells of each
//
// # The services
//
//	runtime*.go        SageMaker Runtime: invocations, and those that are answered in a stream
//	sagemaker_*.go     SageMaker: configurations, endpoints that come, change and go, capacities, components, lists, tags
//	autoscaling*.go    Application Auto Scaling: targets and activities (autoscaling.go), policies (_policy), what it
//	                   keeps and does (_act), the decision (_tracking)
//	cloudwatch*.go     CloudWatch: from dimensions to points (cloudwatch.go), and an operation in each of the others, and what the
//	                   copies of inference components have there (_components)
//	logs*.go           CloudWatch Logs: groups and streams (logs.go), their events (_events), what containers log
//	                   (_book), filter patterns (_pattern)
//	pricing*.go, quotas.go, sts.go
//
// # What there is
//
// A Server has endpoints, found by name in registry.go. An endpoint (endpoint.go) has a deployment, one configuration at work, which an
// update replaces; a deployment has variants (variant.go); a variant is a model.Variant, which decides about each request when it
// arrives and counts for CloudWatch, and the generations that came before it. What happens by itself, boots and alarms, is on the
// agenda (agenda.go) and happens before whoever asks next is answered.
//
// All of that changes under Server.changes; an invocation takes it only when something is due, and else reads versions that never
// change. The mutexes of an endpoint, a variant, faults, logs and custom metrics are taken alone or under it, none under another of them.
//
// From outside it is made by config.go and profile.go, served by listen.go, and changed while it runs by control.go and faults.go.
package simulator
