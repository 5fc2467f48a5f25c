package cloud

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"sagetop/internal/shell"
)

// explainAnswer explains an error that a service answered with.
func (p place) explainAnswer(err error) *Problem {
	status := httpStatus(err)
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok && status == 0 {
		return nil
	}
	var code, message string
	if ok {
		code, message = api.ErrorCode(), api.ErrorMessage()
	}
	switch {
	case contains(code, "TimeTooSkewed", "RequestExpired") || contains(message, "Signature expired", "Signature not yet current"):
		return problem(ErrClock, err, "AWS says that this machine's clock is off: it reads %s\nset it (chronyc makestep, or timedatectl set-ntp true) and try again",
			time.Now().UTC().Format("2006-01-02 15:04:05 UTC"))
	case contains(code, "ExpiredToken", "TokenRefreshRequired"), contains(message, "token included in the request is expired"):
		return p.expired(err)
	case contains(code, "Signature", "UnrecognizedClient", "InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure", "MissingAuthenticationToken", "InvalidToken"):
		return p.badCredentials(code, err)
	case contains(code, "AccessDenied", "NotAuthorized", "Unauthorized"), !contains(code, "Throttl") && (status == http.StatusForbidden || status == http.StatusUnauthorized):
		return denied(message, err)
	case contains(message, `Could not find endpoint "`), strings.Contains(code, "Validation") && endpointNotFound.MatchString(message):
		return p.noEndpoint(message, err)
	case contains(code, "Throttl", "TooManyRequests", "LimitExceeded") || status == http.StatusTooManyRequests:
		return problem(ErrThrottled, err, "%s is throttled: too many calls a second for this account\nwait a little, or poll less often", p.call(err))
	case status >= 500:
		return problem(ErrService, err, "%s failed on AWS's side (HTTP %d%s)\ntry again; if it stays, see https://health.aws.amazon.com", p.call(err), status, known(code))
	case code == "" || code == "UnknownError":
		return p.notAWS(err, status)
	}
	return problem(ErrRefused, err, "%s was refused: %s", p.call(err), oneLine(strings.TrimSuffix(code+": "+message, ": ")))
}

// notAWS is an answer of something else on the way, or in place of AWS.
func (p place) notAWS(err error, status int) *Problem {
	hint := "check the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL"
	if p.url != "" {
		hint = "check --endpoint-url " + p.url + " and the proxy (HTTPS_PROXY); a container's URL stands in place of ENDPOINT, without it"
	}
	return problem(ErrNotAWS, err, "%s: what answered at %s is not AWS (HTTP %d)\n%s", p.call(err), p.where(err), status, hint)
}

// badCredentials are known to be wrong, not merely old.
func (p place) badCredentials(code string, err error) *Problem {
	return problem(ErrBadCredentials, err, "AWS does not accept these credentials (%s): wrong key, wrong secret, or a session token that does not belong to them\n"+
		"check with: aws sts get-caller-identity%s", code, p.profileFlag())
}

// expired credentials of whatever kind.
func (p place) expired(err error) *Problem {
	return problem(ErrExpired, err, "the AWS credentials have expired\nget new ones with: aws sso login%s (or export new AWS_* variables) and start again", p.profileFlag())
}

func (p place) profileFlag() string {
	if p.profile == "" {
		return ""
	}
	return " " + shell.Line("--profile", p.profile)
}

// IAM's sentence about who may not do what.
var (
	mayNot           = regexp.MustCompile(`not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)`)
	who              = regexp.MustCompile(`User:? (arn:[^\s"]+)`)
	endpointNotFound = regexp.MustCompile(`^Endpoint \S+ .*not found`)
	quotedEndpoint   = regexp.MustCompile(`(?i)endpoint "?(?:arn:\S*:endpoint/)?([a-zA-Z0-9-]+)`)
)

// denied names the permission: from IAM's message, else from the operation.
func denied(message string, err error) *Problem {
	p := problem(ErrDenied, err, "")
	if m := mayNot.FindStringSubmatch(message); m != nil {
		p.Permission = m[1]
	} else if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		p.Permission = action(op)
	}
	whose := "these credentials"
	if m := who.FindStringSubmatch(message); m != nil {
		p.Principal = m[1]
		whose = p.Principal
	}
	p.text = fmt.Sprintf("permission missing: %s for %s\nadd it to the policy of that role or user", p.Permission, whose)
	if strings.Contains(message, "explicit deny") {
		p.Forbidden = true
		p.text = fmt.Sprintf("permission denied by a policy that forbids it: %s for %s\nask whoever keeps that policy", p.Permission, whose)
	}
	return p
}

func (p place) noEndpoint(message string, err error) *Problem {
	name := ""
	if m := quotedEndpoint.FindStringSubmatch(message); m != nil {
		name = " " + m[1]
	}
	return problem(ErrNoEndpoint, err, "no endpoint%s%s\ncheck the name, --region and --profile", name, p.inRegion())
}

func (p place) inRegion() string {
	if p.region == "" {
		return ""
	}
	return " in " + p.region
}

// call names what was called, and where.
func (p place) call(err error) string {
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		return action(op) + p.inRegion()
	}
	return "the AWS call" + p.inRegion()
}

func known(code string) string {
	if code == "" || code == "UnknownError" {
		return ""
	}
	return ", " + oneLine(code)
}

// oneLine is a service's own words, at most 200 characters of them on one line. It is used only where no signature is in question,
// since such answers repeat the request's headers.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:197]) + "..."
	}
	return text
}

func contains(s string, parts ...string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

// httpStatus of the answer, 0 when there was none.
func httpStatus(err error) int {
	if res, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); ok {
		return res.HTTPStatusCode()
	}
	return 0
}
