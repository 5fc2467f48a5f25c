package simulator

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"sagetop/internal/simulator/model"
)

// Every client's signature is accepted without a session token, too.
func TestLongTermCredentials(t *testing.T) {
	config := fast()
	config.Credentials = Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"}
	c := serve(t, config)
	if _, err := c.invoke(t); err != nil {
		t.Error(err)
	}
}

func TestCredentialsExpireAndRenew(t *testing.T) {
	c := serve(t, fast())
	c.server.ExpireCredentials()
	_, err := c.invoke(t)
	wantCode(t, err, "ExpiredTokenException", "expired")
	_, err = cloudwatch.NewFromConfig(c.config).GetMetricData(t.Context(), queryOf("demo", "Invocations", "Sum", time.Now(), time.Minute))
	wantCode(t, err, "ExpiredToken", "expired")
	_, err = sts.NewFromConfig(c.config).GetCallerIdentity(t.Context(), nil)
	wantCode(t, err, "ExpiredToken", "expired")
	old := c.config.Credentials
	c.server.SetCredentials(Credentials{AccessKeyID: "ASIANEW", SecretAccessKey: "new"})
	if _, err := c.invoke(t); err != nil {
		t.Errorf("with new credentials: %v", err)
	}
	stale := clients{c.server, c.config}
	stale.config.Credentials = aws.CredentialsProviderFunc(c.oldCredentials)
	_, err = stale.invoke(t)
	wantCode(t, err, "ExpiredTokenException", "expired")
	c.config.Credentials = old
	c.server.SetCredentials(testCredentials)
	if _, err := c.invoke(t); err != nil {
		t.Errorf("with renewed credentials: %v", err)
	}
}

// oldCredentials are those that were valid at first.
func (clients) oldCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: testCredentials.AccessKeyID, SecretAccessKey: testCredentials.SecretAccessKey, SessionToken: testCredentials.SessionToken}, nil
}

func TestNewRefusesBadConfigs(t *testing.T) {
	bad := func(change func(*model.Profile)) *model.Profile {
		p := model.Default()
		change(&p)
		return &p
	}
	for name, c := range map[string]Config{
		"region":      {Region: "somewhere"},
		"account":     {Account: "12"},
		"role":        {Role: "a b"},
		"scale":       {TimeScale: -1},
		"credentials": {Credentials: Credentials{AccessKeyID: "x"}},
		"quota":       {Quotas: map[string]int{"ml.m5.large": -1}},
		"name":        {Endpoints: []EndpointConfig{{Name: "a_b"}}},
		"variant":     {Endpoints: []EndpointConfig{{Name: "a", Variant: "-"}}},
		"instances":   {Endpoints: []EndpointConfig{{Name: "a", Instances: -1}}},
		"weight":      {Endpoints: []EndpointConfig{{Name: "a", Weight: -1}}},
		"price":       {Endpoints: []EndpointConfig{{Name: "a", Price: -1}}},
		"routing":     {Endpoints: []EndpointConfig{{Name: "a", Routing: "BEST"}}},
		"period":      {Endpoints: []EndpointConfig{{Name: "a", PublishEvery: time.Second}}},
		"lateness":    {Endpoints: []EndpointConfig{{Name: "a", Lateness: -1}}},
		"twice":       {Endpoints: []EndpointConfig{{Name: "a"}, {Name: "a"}}},
		"scaling":     {Endpoints: []EndpointConfig{{Name: "a", Scaling: &Scaling{Min: 2, Max: 1}}}},
		"cooldown":    {Endpoints: []EndpointConfig{{Name: "a", Scaling: &Scaling{Max: 1, ScaleInCooldown: -1}}}},
		"case":        {Endpoints: []EndpointConfig{{Name: "a"}, {Name: "A", Variant: "b"}}},
		"workers":     {Endpoints: []EndpointConfig{{Name: "a", Profile: bad(func(p *model.Profile) { p.Workers = 0 })}}},
		"stalls":      {Endpoints: []EndpointConfig{{Name: "a", Profile: bad(func(p *model.Profile) { p.Stall.Every = 1 })}}},
		"median":      {Endpoints: []EndpointConfig{{Name: "a", Profile: bad(func(p *model.Profile) { p.Service.Median = -1 })}}},
		"sigma":       {Endpoints: []EndpointConfig{{Name: "a", Profile: bad(func(p *model.Profile) { p.Service.Sigma = 99 })}}},
	} {
		if _, err := New(c); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: error %v, want ErrConfig", name, err)
		}
	}
}
