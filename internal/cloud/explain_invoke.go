package cloud

import (
	"net/http"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// ExplainInvoke explains a failed InvokeEndpoint by what its caller kept of it: the HTTP status (0: there was no answer), that of the
// container (0: not known), AWS's code and a message. endpoint is its name, component that of the inference component, if one was invoked.
func (p place) ExplainInvoke(endpoint, component string, status, original int, code, message string) error {
	err := invokeError(status, code, message)
	switch {
	case code == "ModelError" && original >= 400 && original < 500:
		return problem(ErrRefused, err, "the model in %s refused the request (status %d): %s\ncheck -d and --content-type", endpoint, original, oneLine(message))
	case code == "ModelError" || code == "" && status == http.StatusFailedDependency:
		return problem(ErrService, err, "the model in %s failed: %s\nits words are in the CloudWatch log group %s", endpoint, oneLine(message), LogGroup(endpoint, component))
	case code == "ModelNotReadyException" || code == "" && status == http.StatusTooManyRequests:
		return problem(ErrService, err, "the model in %s is still loading\ntry again in a minute", endpoint)
	case code == "NoCredentials" && status == 0:
		return p.noCredentials(err)
	case status == 0:
		return problem(ErrUnreachable, err, "endpoint %s%s not reached: %s\ncheck the network, the proxy (HTTPS_PROXY) and --endpoint-url", endpoint, p.inRegion(), oneLine(message))
	}
	return p.Explain(err)
}

// invokeError is the SDK's error again.
func invokeError(status int, code, message string) error {
	var err error = &smithy.GenericAPIError{Code: code, Message: message}
	if status != 0 {
		err = &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err}
	}
	return &smithy.OperationError{ServiceID: "SageMaker Runtime", OperationName: "InvokeEndpoint", Err: err}
}
