package cwmetrics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// problemOf says why a call failed, nil when it did not.
func problemOf(err error) *Problem {
	if err == nil {
		return nil
	}
	call := &callError{}
	if !errors.As(err, &call) {
		return &Problem{Message: oneLine(err)}
	}
	service, _, _ := strings.Cut(call.permission, ":")
	name := map[string]string{"cloudwatch": "CloudWatch", "sagemaker": "SageMaker"}[service]
	switch {
	case denied(err):
		return &Problem{
			Permission: call.permission,
			Message:    fmt.Sprintf("not allowed: %s is missing for this identity; it is asked again every %v", call.permission, deniedEvery),
		}
	case throttled(err):
		return &Problem{Throttled: true, Message: name + " is throttling: asking less often, so its figures are older than usual"}
	case errors.Is(err, context.DeadlineExceeded):
		return &Problem{Message: name + " did not answer in time"}
	}
	return &Problem{Message: name + ": " + oneLine(call.err)}
}

func denied(err error) bool {
	switch code(err) {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized":
		return true
	}
	return errors.Is(err, errForbidden)
}

func throttled(err error) bool {
	_, ok := retry.DefaultThrottleErrorCodes[code(err)]
	return ok
}

// code is AWS's error code, "" when the error is none of AWS's.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// oneLine is the heart of err: AWS's own words, or what the network said, without the chain of calls around it.
func oneLine(err error) string {
	var api smithy.APIError
	var op *net.OpError
	text := ""
	switch {
	case errors.As(err, &api):
		text = api.ErrorCode() + ": " + api.ErrorMessage()
	case errors.As(err, &op):
		text = op.Error()
	default:
		text = innermost(err).Error()
	}
	return strings.Join(strings.Fields(text), " ")
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
