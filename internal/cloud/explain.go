package cloud

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
)

// place is what an explanation can name.
type place struct {
	region, profile, url string
	dial                 time.Duration
}

// Explain turns an error of the AWS SDK into a Problem, with what the configuration knows: region, profile, endpoint URL. Errors that
// are none of AWS's, and a caller's own cancellation, stay as they are.
func (p place) Explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if done, ok := errors.AsType[*Problem](err); ok {
		return done
	}
	for _, try := range []func(error) *Problem{p.explainConfig, p.explainCredentials, p.explainAnswer, p.explainNetwork} {
		if found := try(err); found != nil {
			return found
		}
	}
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		return problem(ErrRefused, err, "%s failed before it was sent: the request is not one that AWS takes\ncheck the names and options given", action(op))
	}
	return err
}

// explainConfig explains what is wrong before any call.
func (p place) explainConfig(err error) *Problem {
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return noProfile(missing, err)
	}
	if bad, ok := errors.AsType[config.SharedConfigLoadError](err); ok {
		return problem(ErrConfigFile, err, "cannot read the AWS configuration file %s: check that it is readable, and its syntax", shortPath(bad.Filename))
	}
	if _, ok := errors.AsType[*aws.MissingRegionError](err); ok {
		return p.noRegion(err)
	}
	if strings.Contains(err.Error(), "custom CA bundle") || strings.Contains(err.Error(), "CA bundle file") {
		return problem(ErrTLS, err, "cannot read the CA file of AWS_CA_BUNDLE or of ca_bundle in %s\nit must be a PEM file with the CA's certificate", configFile())
	}
	return nil
}

func (p place) noRegion(cause error) *Problem {
	profile := p.profile
	if profile == "" {
		profile = "the profile"
	}
	return problem(ErrNoRegion, cause, "no region: neither --region nor AWS_REGION nor %s in %s names one, and this is no EC2 instance\n"+
		"add --region us-east-1 (or where the endpoint is)", profile, configFile())
}

// action is the permission that an operation needs, which is also how to name the operation.
func action(op *smithy.OperationError) string {
	return Action(op.ServiceID, op.OperationName)
}

// Action is how IAM names the permission for an operation of a service, which goes by the SDK's name of it.
func Action(serviceID, operation string) string { return servicePrefix(serviceID) + ":" + operation }

// servicePrefix is how IAM spells a service.
func servicePrefix(serviceID string) string {
	switch serviceID {
	case "SageMaker", "SageMaker Runtime":
		return "sagemaker"
	case "Application Auto Scaling":
		return "application-autoscaling"
	case "CloudWatch Logs":
		return "logs"
	case "Service Quotas":
		return "servicequotas"
	}
	return strings.ToLower(strings.ReplaceAll(serviceID, " ", "-")) // sts, cloudwatch, sso
}

// VPCEndpoint is the name of the interface endpoint by which a VPC in a region, without internet, reaches a service, which goes by the
// SDK's name of it. It is empty where there is none: the price list has one in few regions.
func VPCEndpoint(region, serviceID string) string {
	end := servicePrefix(serviceID)
	if serviceID == "Pricing" && pricingRegion(region) != region {
		return ""
	}
	switch serviceID {
	case "SageMaker":
		end = "sagemaker.api"
	case "SageMaker Runtime":
		end = "sagemaker.runtime"
	case "CloudWatch":
		end = "monitoring"
	case "Pricing":
		end = "pricing.api"
	}
	return "com.amazonaws." + region + "." + end
}

// serviceOf is the service whose call err came from.
func serviceOf(err error) string {
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		return op.ServiceID
	}
	return ""
}
