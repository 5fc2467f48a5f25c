package cloud

import (
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// explainCredentials explains why there were no credentials to sign with. Sources that can give none at all come down to EC2's
// metadata, the last of the SDK's chain.
func (p place) explainCredentials(err error) *Problem {
	failed, ok := errors.AsType[*credentialsError](err)
	if !ok {
		return nil
	}
	if _, ok := errors.AsType[*ssocreds.InvalidTokenError](failed); ok {
		return p.signIn("aws sso login", err)
	}
	if _, ok := errors.AsType[*processcreds.ProviderError](failed); ok {
		return problem(ErrNoCredentials, err, "credential_process of %s in %s gave no credentials\nrun that command by hand to see why", p.profileWords(), configFile())
	}
	op, called := errors.AsType[*smithy.OperationError](failed)
	text := failed.Error()
	switch {
	case called && op.ServiceID == "ec2imds":
		return p.noCredentials(err)
	case contains(text, "SSO token"):
		return p.signIn("aws sso login", err)
	case contains(text, "please reauthenticate", "login token"):
		return p.signIn("aws login", err)
	case called && (op.ServiceID == "SSO" || op.ServiceID == "SSO OIDC") && httpStatus(failed) == http.StatusUnauthorized:
		return p.signIn("aws sso login", err)
	case called:
		if found := p.explainAnswer(failed.err); found != nil {
			return found
		}
		if found := p.explainNetwork(failed.err); found != nil {
			return found
		}
	}
	return p.noCredentials(err)
}

// signIn is for sessions in a browser that have ended, or were never begun.
func (p place) signIn(command string, err error) *Problem {
	return problem(ErrExpired, err, "the sign-in session of %s has expired, or there was none\nrun: %s%s", p.profileWords(), command, p.profileFlag())
}

func (p place) noCredentials(err error) *Problem {
	return problem(ErrNoCredentials, err, "no AWS credentials: none in AWS_ACCESS_KEY_ID, in %s, in a container role or in an EC2 instance role\n"+
		"run: aws configure sso, then aws sso login; or name a profile with --profile or AWS_PROFILE", p.profileWords())
}

func (p place) profileWords() string {
	if p.profile == "" {
		return "the default profile"
	}
	return "profile " + p.profile
}
