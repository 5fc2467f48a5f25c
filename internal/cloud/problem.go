package cloud

import (
	"errors"
	"fmt"
)

// What a Problem is about, for errors.Is.
var (
	ErrOption         = errors.New("cloud: bad option")
	ErrConfigFile     = errors.New("cloud: configuration file unreadable")
	ErrNoProfile      = errors.New("cloud: no such profile")
	ErrNoRegion       = errors.New("cloud: no region")
	ErrNoCredentials  = errors.New("cloud: no credentials")
	ErrExpired        = errors.New("cloud: credentials expired")
	ErrBadCredentials = errors.New("cloud: credentials not accepted")
	ErrClock          = errors.New("cloud: clock off")
	ErrDenied         = errors.New("cloud: permission missing")
	ErrNoEndpoint     = errors.New("cloud: no such endpoint")
	ErrNoComponent    = errors.New("cloud: no such inference component")
	ErrThrottled      = errors.New("cloud: throttled")
	ErrService        = errors.New("cloud: service failed")
	ErrRefused        = errors.New("cloud: request refused")
	ErrNotAWS         = errors.New("cloud: answer not AWS's")
	ErrUnreachable    = errors.New("cloud: service unreachable")
	ErrTLS            = errors.New("cloud: certificate not accepted")
)

// Problem is an error in words for a person: one to three lines that name the value and what to do next. It holds no part of the
// SDK's own text, which may repeat credentials. errors.Is finds its Kind and its cause.
type Problem struct {
	Kind       error  // one of the Err values
	Permission string // of ErrDenied, such as sagemaker:InvokeEndpoint
	Principal  string // of ErrDenied: the ARN that lacks it, if AWS said so
	Late       bool   // of ErrUnreachable: nothing came in time
	Forbidden  bool   // of ErrDenied: a policy forbids it, so that another one cannot allow it

	text  string
	cause error
}

func (p *Problem) Error() string { return p.text }

// Unwrap gives the kind and what the SDK said.
func (p *Problem) Unwrap() []error {
	if p.cause == nil {
		return []error{p.Kind}
	}
	return []error{p.Kind, p.cause}
}

func problem(kind, cause error, format string, args ...any) *Problem {
	return &Problem{Kind: kind, cause: cause, text: fmt.Sprintf(format, args...)}
}

// Fatal says whether err will meet every other call too: the credentials are not good.
func Fatal(err error) bool {
	return errors.Is(err, ErrExpired) || errors.Is(err, ErrNoCredentials) || errors.Is(err, ErrBadCredentials)
}
