package cloud

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// source is the provider below the one cache that all clients share. Refresh exchanges what is in it.
type source struct {
	mu    sync.Mutex
	inner aws.CredentialsProvider
}

// Retrieve asks the provider of the day.
func (s *source) Retrieve(ctx context.Context) (aws.Credentials, error) {
	s.mu.Lock()
	inner := s.inner
	s.mu.Unlock()
	creds, err := inner.Retrieve(ctx)
	if err != nil {
		return creds, &credentialsError{err}
	}
	return creds, nil
}

func (s *source) set(inner aws.CredentialsProvider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inner = inner
}

// credentialsError marks what went wrong before anything could be signed. Its text is never shown: a credential_process's output is
// part of it.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return fmt.Sprintf("getting credentials: %v", e.err) }
func (e *credentialsError) Unwrap() error { return e.err }

// Credentials says of the credentials in use all but the credentials.
type Credentials struct {
	From    string    // "environment", "profile dev in ~/.aws/credentials", "SSO, profile dev", ...
	Expires time.Time // zero: they say no end
	Account string    // if the source says it
}

// Credentials in use. New ones are fetched when the old ones have expired and their source can give new ones.
func (c *Cloud) Credentials(ctx context.Context) (Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, credsTimeout)
	defer cancel()
	creds, err := c.cache.Retrieve(ctx)
	if err != nil {
		return Credentials{}, c.Explain(err)
	}
	out := Credentials{From: c.credentialsFrom(creds), Account: creds.AccountID}
	if creds.CanExpire {
		out.Expires = creds.Expires
	}
	return out, nil
}

// Refresh reads all sources of credentials anew, for those in use have lapsed. When STS takes the new ones (or cannot be reached, and
// they are not expired), every client made from AWS uses them from its next request on. It returns when they expire, zero when they
// say no end.
func (c *Cloud) Refresh(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, credsTimeout)
	defer cancel()
	cfg, err := load(ctx, c.opts)
	if err != nil {
		return time.Time{}, c.Explain(err)
	}
	lapsed, _ := c.cache.Retrieve(ctx) // none: then any others are new
	fresh := &source{inner: cfg.Credentials}
	creds, err := fresh.Retrieve(ctx)
	if err != nil {
		return time.Time{}, c.Explain(err)
	}
	if creds.Expired() {
		return time.Time{}, c.expired(nil)
	}
	probe := c.cfg.Copy()
	probe.Credentials = fresh
	if _, err := callerIdentity(ctx, probe); err != nil {
		err = c.Explain(err)
		if !errors.Is(err, ErrUnreachable) && !errors.Is(err, ErrDenied) && !errors.Is(err, ErrTLS) {
			return time.Time{}, err
		}
		if creds.AccessKeyID == lapsed.AccessKeyID && creds.SessionToken == lapsed.SessionToken {
			return time.Time{}, c.expired(nil) // the same again, and nobody says that they are good
		}
	}
	c.source.set(cfg.Credentials)
	c.cache.Invalidate()
	if !creds.CanExpire {
		return time.Time{}, nil
	}
	return creds.Expires, nil
}

// credentialsFrom puts the SDK's name of a provider into words.
func (c *Cloud) credentialsFrom(creds aws.Credentials) string {
	profile := c.profileName()
	if path, ok := strings.CutPrefix(creds.Source, "SharedConfigCredentials: "); ok {
		return "profile " + profile + " in " + shortPath(path)
	}
	switch creds.Source {
	case config.CredentialsSourceName:
		return "environment"
	case ssocreds.ProviderName:
		return "SSO, profile " + profile
	case logincreds.ProviderName:
		return "aws login, profile " + profile
	case stscreds.ProviderName:
		return "assumed role, profile " + profile
	case stscreds.WebIdentityProviderName:
		return "web identity token"
	case processcreds.ProviderName:
		return "credential_process of profile " + profile
	case ec2rolecreds.ProviderName:
		return "EC2 instance role"
	case endpointcreds.ProviderName:
		return "container role"
	case "":
		return "unknown"
	}
	return creds.Source
}

// profileName is the profile that was read.
func (c *Cloud) profileName() string {
	for _, source := range c.cfg.ConfigSources {
		if s, ok := source.(config.SharedConfig); ok && s.Profile != "" {
			return s.Profile
		}
	}
	if c.profile != "" {
		return c.profile
	}
	return "default"
}
