package cloud

import (
	"errors"
	"testing"
	"time"

	"sagetop/internal/simulator"
)

// simulated is an account at a simulator, and a person in it.
func simulated(t *testing.T, cfg simulator.Config) (*simulator.Server, *Cloud) {
	t.Helper()
	bare(t)
	s, err := simulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	keys := s.Credentials()
	t.Setenv("AWS_ACCESS_KEY_ID", keys.AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey)
	t.Setenv("AWS_SESSION_TOKEN", keys.SessionToken)
	return s, mustLoad(t, Options{Region: s.Region(), EndpointURL: l.URL, AnswerTimeout: time.Minute}) // so that a starved machine makes it ask only once
}

// The simulator's endpoint as a person's AWS would show it.
func TestAgainstTheSimulator(t *testing.T) {
	s, c := simulated(t, simulator.Config{Endpoints: []simulator.EndpointConfig{
		{Name: "b-endpoint", Tags: map[string]string{"stage": "prod"}, Scaling: &simulator.Scaling{Min: 1, Max: 5}},
		{Name: "a-endpoint"},
	}})

	if id, err := c.Identity(t.Context()); err != nil || len(id.Account) != 12 || id.Name == "" {
		t.Errorf("%+v %v", id, err)
	}
	all, err := c.Endpoints(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "a-endpoint" || all[1].Status != "InService" {
		t.Fatalf("%+v %v", all, err)
	}
	if tags, err := c.Tags(t.Context(), all[1].ARN); err != nil || tags["stage"] != "prod" {
		t.Errorf("%v %v", tags, err)
	}
	if as, err := c.AutoScaling(t.Context(), "b-endpoint", "AllTraffic"); err != nil || as == nil || as.Min != 1 || as.Max != 5 {
		t.Errorf("%+v %v", as, err)
	}
	if as, err := c.AutoScaling(t.Context(), "a-endpoint", "AllTraffic"); err != nil || as != nil {
		t.Errorf("%+v %v", as, err)
	}
	wantProblem(t, c.NoEndpoint(t.Context(), "a-endpont"), ErrNoEndpoint, "did you mean a-endpoint?")

	cancel, err := s.Fault(simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "*"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Tags(t.Context(), all[1].ARN)
	wantProblem(t, err, ErrDenied, "sagemaker:ListTags")
	cancel()

	keys := s.Credentials()
	s.ExpireCredentials()
	_, err = c.Endpoints(t.Context())
	wantProblem(t, err, ErrExpired)
	_, err = c.Refresh(t.Context())
	wantProblem(t, err, ErrExpired)
	s.SetCredentials(keys)
	if _, err := c.Refresh(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := c.Endpoints(t.Context()); errors.Is(err, ErrExpired) {
		t.Error(err)
	}
}
