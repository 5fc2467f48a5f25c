package wire

import (
	"net/http"
	"net/url"
	"strings"
)

// Service is one of AWS's services, as its clients speak to it.
type Service struct {
	Name        string // as signatures are scoped to
	Permissions string // IAM's prefix of its actions
	Runtime     bool   // restJson1 with paths of its own
	Target      string // before the dot of X-Amz-Target, in the JSON protocols
	Shapes      string // before the names of its shapes, in CBOR
	Version     string // in the Query protocol
	Namespace   string // of its XML
}

// The services.
var (
	Runtime     = &Service{Name: "sagemaker", Permissions: "sagemaker", Runtime: true}
	SageMaker   = &Service{Name: "sagemaker", Permissions: "sagemaker", Target: "SageMaker"}
	CloudWatch  = &Service{Name: "monitoring", Permissions: "cloudwatch", Target: graniteService, Shapes: "com.amazonaws.cloudwatch.v2010_08_01", Version: "2010-08-01", Namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/"}
	AutoScaling = &Service{Name: "application-autoscaling", Permissions: "application-autoscaling", Target: "AnyScaleFrontendService"}
	Logs        = &Service{Name: "logs", Permissions: "logs", Target: "Logs_20140328"}
	Pricing     = &Service{Name: "pricing", Permissions: "pricing", Target: "AWSPriceListService"}
	Quotas      = &Service{Name: "servicequotas", Permissions: "servicequotas", Target: "ServiceQuotasV20190624"}
	STS         = &Service{Name: "sts", Permissions: "sts", Version: "2011-06-15", Namespace: "https://sts.amazonaws.com/doc/2011-06-15/"}
)

const graniteService = "GraniteServiceVersion20100801"

var services = []*Service{SageMaker, CloudWatch, AutoScaling, Logs, Pricing, Quotas, STS}

// runtimeOperations by the end of their paths.
var runtimeOperations = []struct{ suffix, name string }{
	{"/invocations", "InvokeEndpoint"},
	{"/invocations-response-stream", "InvokeEndpointWithResponseStream"},
}

// Call is one request to a service.
type Call struct {
	HTTP      *http.Request
	ID        string
	Protocol  Protocol
	Service   *Service
	Operation string
	Endpoint  string // that is invoked
	Received  int    // bytes of the body as it came
	Body      []byte // until the reply is written, when the operation reads it
}

// NewCall finds out who is asked for what. The Query protocol tells that in the body: see ReadAction.
func NewCall(r *http.Request, id string) Call {
	c := Call{HTTP: r, ID: id, Protocol: RestJSON, Service: Runtime}
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/endpoints/"); ok {
		for _, o := range runtimeOperations {
			if name, ok := strings.CutSuffix(rest, o.suffix); ok && r.Method == http.MethodPost {
				c.Operation, c.Endpoint = o.name, name
			}
		}
		return c
	}
	if operation, ok := strings.CutPrefix(path, "/service/"+graniteService+"/operation/"); ok {
		c.Protocol, c.Service, c.Operation = CBOR, CloudWatch, operation
		return c
	}
	contentType := r.Header.Get("Content-Type")
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		c.Protocol, c.Service = Query, STS
		return c
	}
	target, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	for _, s := range services {
		if target != "" && s.Target == target {
			c.Protocol, c.Service, c.Operation = JSON11, s, operation
			if strings.HasPrefix(contentType, "application/x-amz-json-1.0") {
				c.Protocol = JSON10
			}
		}
	}
	return c
}

// ReadAction finds out what a Query request asks of whom, once it has its body.
func (c *Call) ReadAction() {
	if c.Protocol != Query {
		return
	}
	form, _ := url.ParseQuery(string(c.Body)) // what of it is well formed: Decode refuses the rest in the name of its service
	c.Operation = form.Get("Action")
	for _, s := range services {
		if s.Version != "" && s.Version == form.Get("Version") {
			c.Service = s
		}
	}
}
