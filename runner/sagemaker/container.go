package sagemaker

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"sagetop/runner"
)

// ContainerURL reads the URL of a SageMaker-style container. Without a path it is that of /invocations.
func ContainerURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %q is no URL: write it as http://127.0.0.1:8080/invocations", ErrConfig, withoutUser(text))
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, fmt.Errorf("%w: %q: must be like http://127.0.0.1:8080/invocations", ErrConfig, withoutUser(text))
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" || u.Path == "/" {
		u.Path, u.RawPath = "/invocations", ""
	}
	return u, nil
}

// withoutUser is what may be shown of a URL that cannot be read.
func withoutUser(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		return scheme + "://#" + rest[i:]
	}
	return text
}

// newContainerLane makes ready to send to a container, which wants no signature.
func newContainerLane(cfg *Config, tr *http.Transport, dialer *net.Dialer) (*lane, error) {
	u, err := ContainerURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	var shapes []*shape
	for _, f := range cfg.forms() {
		shapes = append(shapes, containerShape(u, cfg, f))
	}
	l := &lane{cfg: cfg}
	if why := l.pave(shapes, tr, dialer); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrConfig, why)
	}
	return l, nil
}

// containerShape is a request as SageMaker passes it on: what InvokeEndpoint was told is in headers of the same names.
func containerShape(u *url.URL, cfg *Config, f form) *shape {
	s := &shape{url: u, host: u.Host, agent: "sagetop"}
	if u.User != nil {
		password, _ := u.User.Password()
		s.fields = append(s.fields, field{name: "Authorization", value: "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))})
	}
	for _, h := range [...]field{
		{name: "Accept", value: cfg.Accept},
		{name: "Content-Type", value: f.contentType},
		{name: "X-Amzn-Sagemaker-Custom-Attributes", value: cfg.CustomAttributes},
		{name: "X-Amzn-Sagemaker-Session-Id", value: cfg.SessionID},
		{name: "X-Amzn-Sagemaker-Target-Model", value: f.targetModel},
	} {
		if h.value != "" {
			s.fields = append(s.fields, h)
		}
	}
	return s
}

// containerFailure is what SageMaker would say of an answer that is no success: whatever it is, the container's.
func containerFailure(status int) runner.Failure {
	if status < 400 {
		return runner.Failure{Class: byStatus(status), HTTPStatus: status, Message: statusText(status)}
	}
	return runner.Failure{Class: runner.ModelError, HTTPStatus: status, OriginalStatus: status, Message: statusText(status)}
}
