package sagemaker

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime/types"
	"github.com/aws/smithy-go"

	"sagetop/runner"
)

// bodyError is a connection that broke inside the answer's body.
type bodyError struct {
	status int
	err    error
}

func (e *bodyError) Error() string { return fmt.Sprintf("reading the answer: %v", e.err) }
func (e *bodyError) Unwrap() error { return e.err }

// credentialsError is a failure to get credentials: nothing was sent.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return fmt.Sprintf("getting credentials: %v", e.err) }
func (e *credentialsError) Unwrap() error { return e.err }

func noCredentials(err error) bool {
	_, ok := errors.AsType[*credentialsError](err)
	return ok
}

// unknownError is the code that the SDK makes up where the answer has none.
const unknownError = "UnknownError"

// Classify sorts what an InvokeEndpoint, or one with a stream, came back with: by the error's code, then by the HTTP status, then by what broke on the way.
// Messages come without what differs from request to request. A nil err is the zero Failure, success.
func Classify(err error) runner.Failure {
	if err == nil {
		return runner.Failure{}
	}
	if noCredentials(err) {
		return runner.Failure{Class: runner.Auth, Code: "NoCredentials", Message: "no valid credentials to sign with"}
	}
	if cut, ok := errors.AsType[*bodyError](err); ok {
		f := bodyFailure(cut.err)
		f.HTTPStatus = cut.status
		return f
	}
	if broken, ok := errors.AsType[*streamError](err); ok {
		return broken.failure()
	}
	status := httpStatus(err)
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return answered(status, api)
	}
	if status != 0 { // an answer that is no error of AWS's, such as a proxy's HTML
		return runner.Failure{Class: byStatus(status), HTTPStatus: status, Message: statusText(status)}
	}
	return transportFailure(err)
}

// httpStatus of the answer, 0 when there was none.
func httpStatus(err error) int {
	// An interface of our own rather than a type: the SDK has two such types, one within the other.
	if res, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); ok {
		return res.HTTPStatusCode()
	}
	return 0
}

func answered(status int, api smithy.APIError) runner.Failure {
	f := runner.Failure{HTTPStatus: status, Code: api.ErrorCode(), Message: Normalize(api.ErrorMessage())}
	if f.Code == unknownError {
		f.Code = ""
	}
	if f.Message == unknownError {
		f.Message = ""
	}
	if f.Class = byCode(f.Code); f.Class == runner.OK {
		f.Class = byStatus(status)
	}
	if m, ok := api.(*types.ModelError); ok && m.OriginalStatusCode != nil {
		f.OriginalStatus = int(*m.OriginalStatusCode)
	}
	f.Code = Normalize(f.Code) // the endpoint's word, on somebody's terminal
	if f.Message == "" && f.Code == "" {
		f.Message = statusText(status)
	}
	return f
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return strings.ToLower(text)
	}
	return fmt.Sprintf("HTTP status %d", status)
}

// byCode sorts AWS's codes, modelled or not; OK when the code says nothing.
func byCode(code string) runner.Class {
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(code, part) {
				return true
			}
		}
		return false
	}
	switch {
	case code == "":
		return runner.OK
	case code == "ModelError":
		return runner.ModelError
	case code == "ModelNotReadyException":
		return runner.NotReady
	case has("Throttl", "TooManyRequests", "LimitExceeded", "BandwidthExceeded", "SlowDown"):
		return runner.Throttled
	// Before Validation: "Expired", "Signature" and "Token" also come with HTTP 400.
	case has("AccessDenied", "Unauthorized", "NotAuthorized", "Expired", "Signature", "Token", "UnrecognizedClient", "AccessKey",
		"TimeTooSkewed", "OptInRequired", "Credential", "Forbidden"):
		return runner.Auth
	case has("RequestTimeout"):
		return runner.Timeout
	case has("Unavailable"):
		return runner.Unavailable
	case has("Internal"):
		return runner.Internal
	case has("Validation", "InvalidParameter", "MalformedInput", "Serialization", "NotFound", "TooLarge"):
		return runner.Validation
	}
	return runner.OK
}

// byStatus sorts answers whose code says nothing.
func byStatus(status int) runner.Class {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return runner.Auth
	case http.StatusRequestTimeout:
		return runner.Timeout
	case http.StatusFailedDependency: // 424
		return runner.ModelError
	case http.StatusTooManyRequests:
		return runner.NotReady
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return runner.Unavailable
	}
	switch {
	case status >= 500:
		return runner.Internal
	case status >= 400:
		return runner.Validation
	}
	return runner.Other
}
