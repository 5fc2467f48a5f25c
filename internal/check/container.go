package check

import (
	"fmt"
	"time"

	"sagetop/runner"
)

// Container is one that is asked by its URL, before it is deployed: there is no AWS between, so nothing to be permitted or described.
type Container struct {
	PingMS float64 `json:"ping_ms"` // until GET /ping had answered
}

// LookAt is the Report of the container that cfg names, which took so long to answer /ping.
func LookAt(cfg Config, ping time.Duration) *Report {
	return &Report{Schema: Schema, Version: cfg.Version, At: time.Now(), Endpoint: Endpoint{Name: cfg.Name}, Container: &Container{PingMS: ms(ping)}}
}

// container is what there is to say of one beside its name.
func (p *Printer) container() {
	p.field("Container", fmt.Sprintf("GET /ping answered 200 in %.1f ms", p.Container.PingMS))
	p.field("AWS", "not asked: no account, permissions, CloudWatch or auto scaling")
}

// containerError says what f of a request to the container means, which said the message.
func containerError(name string, f *runner.Failure, message string) error {
	switch message = oneLine(message); {
	case f.Class == runner.Timeout, f.Class == runner.Reset, f.Class == runner.Truncated:
		return fmt.Errorf("the container at %s was reached, but: %s\nwhat its model says is in its own output (docker logs)", name, message)
	case f.HTTPStatus == 0:
		return fmt.Errorf("the request could not be sent to %s: %s", name, message)
	case f.HTTPStatus >= 400 && f.HTTPStatus < 500:
		return fmt.Errorf("the model in %s refused the request (status %d): %s\ncheck -d and --content-type", name, f.HTTPStatus, message)
	}
	return fmt.Errorf("the model in %s failed (status %d): %s\nwhat it says is in its own output (docker logs)", name, f.HTTPStatus, message)
}
