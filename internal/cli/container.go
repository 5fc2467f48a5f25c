package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/report"
	"sagetop/internal/session"
	"sagetop/runner"
	"sagetop/runner/sagemaker"
)

// A container that serves /ping and /invocations can be loaded by its URL, before it is deployed: there is no AWS then, so no identity,
// no CloudWatch and nothing to scale.

// isURL says whether ENDPOINT is that of a container.
func isURL(endpoint string) bool { return strings.Contains(endpoint, "://") }

// awsOnly are the flags that mean nothing to a container.
var awsOnly = []string{"variant", "inference-component", "instances", "restore", "verify", "endpoint-url"}

// reach finds the endpoint, or the container.
func (a *app) reach(ctx context.Context, o *options, e *errand) (*site, error) {
	if isURL(e.endpoint) {
		return a.reachContainer(ctx, e)
	}
	s, err := a.connect(ctx, o, e)
	if err != nil {
		return nil, err
	}
	return s, s.describe(ctx, o, nameOf(e.endpoint))
}

func (a *app) reachContainer(ctx context.Context, e *errand) (*site, error) {
	u, err := sagemaker.ContainerURL(e.endpoint)
	if err != nil {
		return nil, err
	}
	if err := ping(ctx, u); err != nil {
		return nil, err
	}
	return &site{container: u, endpoint: &cwmetrics.Endpoint{Name: shownURL(u)}, traffic: -1}, nil
}

// endpointName is what SageMaker takes.
var endpointName = regexp.MustCompile(`^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$`)

// validateTarget refuses what can be no endpoint's name, a URL that is none, and what means nothing to a container.
func (o *options) validateTarget(e *errand) error {
	if name := nameOf(e.endpoint); !isURL(e.endpoint) {
		if !endpointName.MatchString(name) {
			return usage("%q is no endpoint's name: that has 1 to 63 letters, digits and hyphens; an ARN or a container's URL will do", name)
		}
		return nil
	}
	for _, name := range awsOnly {
		if o.set[name] {
			return usage("--%s has no meaning for a container's URL: there is no AWS between", name)
		}
	}
	if o.client == sagemaker.SDK {
		return usage("--client %s has no meaning for a container's URL: the SDK's client knows only AWS", o.client)
	}
	if _, err := sagemaker.ContainerURL(e.endpoint); err != nil {
		return usage("%s", strings.TrimPrefix(err.Error(), sagemaker.ErrConfig.Error()+": "))
	}
	return nil
}

// containerName is the name of the container with that URL, which may be wrong.
func containerName(text string) string {
	u, err := sagemaker.ContainerURL(text)
	if err != nil {
		return "the container"
	}
	return shownURL(u)
}

// shownURL is the name of a container: credentials, and what stands behind a ?, stay with who gave them.
func shownURL(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// againURL is u in a command to type next. Its query may be a secret too, so only a terminal has it: there it was typed.
func (a *app) againURL(u *url.URL) string {
	if !isTerminal(a.std.Out) {
		return shownURL(u)
	}
	again := *u
	again.User = nil
	return again.String()
}

// pingTimeout is longer than the 2 s that SageMaker gives a container.
const pingTimeout = 5 * time.Second

// pingURL is beside that of /invocations, else at the root.
func pingURL(u *url.URL) *url.URL {
	p := *u
	before, _ := strings.CutSuffix(u.Path, "/invocations")
	if before == u.Path {
		before = ""
	}
	p.Path, p.RawPath, p.RawQuery = before+"/ping", "", ""
	return &p
}

// ping asks whether a container is there and ready.
func ping(ctx context.Context, u *url.URL) error {
	p := pingURL(u)
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.String(), nil)
	if err != nil {
		return err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err // without the URL, which may have credentials
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %v", pingTimeout)
		}
		return fmt.Errorf("GET %s: %w\nis the container running, and its port published? docker run -p 8080:8080 IMAGE serve", shownURL(p), err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		status := strings.TrimSpace(fmt.Sprint(res.StatusCode, " ", http.StatusText(res.StatusCode))) // not in the container's words, on somebody's terminal
		return fmt.Errorf("GET %s answered %s, not 200\nSageMaker sends nothing to a container before /ping answers 200: it is still loading, or serves no /ping", shownURL(p), status)
	}
	return nil
}

// region is empty where there is no AWS.
func (s *site) region() string {
	if s.container != nil {
		return ""
	}
	return s.cloud.Region()
}

// identified is who sends the requests.
func (s *site) identified(profile string) session.Identity {
	if s.container != nil {
		return session.Identity{}
	}
	return session.Identity{
		Account: s.identity.Account, Role: s.identity.Name, RegionFrom: s.cloud.RegionFrom(),
		ClientRegion: s.here, Profile: profile, CredsFrom: s.creds.From, CredsExpire: s.creds.Expires,
	}
}

// credentials that a session may read anew; nil where there are none.
func (s *site) credentials() session.Credentials {
	if s.container != nil {
		return nil
	}
	return s.cloud
}

// refused is what the service, or the container, said to the one request before the load.
func (s *site) refused(f *runner.Failure) error {
	if s.container != nil {
		return fmt.Errorf("the one request tried before the load could not be sent to %s: %s", s.endpoint.Name, f.Message)
	}
	return s.cloud.ExplainInvoke(s.endpoint.Name, report.ComponentOf(s.endpoint), f.HTTPStatus, f.OriginalStatus, f.Code, f.Message)
}

// refusedByModel is what the model said to it.
func (s *site) refusedByModel(d *runner.Delta, f *runner.Failure) error {
	if s.container != nil {
		return fmt.Errorf("the model in %s refused the one request tried before the load (status %d): %s\ncheck -d and --content-type",
			s.endpoint.Name, f.OriginalStatus, answered(d))
	}
	return s.refused(f)
}
