package cli_test

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/internal/cli"
	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// actionOf are the permissions behind the operations of a run. GetCallerIdentity needs none.
var actionOf = map[string]string{
	"InvokeEndpoint":          "sagemaker:InvokeEndpoint",
	"DescribeEndpoint":        "sagemaker:DescribeEndpoint",
	"DescribeEndpointConfig":  "sagemaker:DescribeEndpointConfig",
	"ListEndpoints":           "sagemaker:ListEndpoints",
	"ListTags":                "sagemaker:ListTags",
	"GetMetricData":           "cloudwatch:GetMetricData",
	"DescribeScalableTargets": "application-autoscaling:DescribeScalableTargets",
	"DescribeScalingPolicies": "application-autoscaling:DescribeScalingPolicies",

	"DescribeScalingActivities": "application-autoscaling:DescribeScalingActivities",
}

// TestREADMEsPolicyIsWhatARunAsksFor runs and lists against the simulator and compares what it was asked with the README's policy.
func TestREADMEsPolicyIsWhatARunAsksFor(t *testing.T) {
	fast := model.Fast()
	s, err := simulator.New(simulator.Config{Endpoints: []simulator.EndpointConfig{
		{Name: "fast", Profile: &fast, EnhancedMetrics: true, PublishEvery: 10 * time.Second, Scaling: &simulator.Scaling{Min: 1, Max: 4}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	creds := s.Credentials()
	for k, v := range map[string]string{
		"AWS_ENDPOINT_URL": l.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": creds.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY": creds.SecretAccessKey, "AWS_SESSION_TOKEN": creds.SessionToken, "HOME": t.TempDir(),
	} {
		t.Setenv(k, v)
	}
	for _, args := range [][]string{{}, {"run", "fast", "-d", "hi", "-n", "50", "--headless", "--cw-wait", "0s", "--out", t.TempDir()}} {
		var said strings.Builder
		if code := cli.Main(args, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: &said, Environ: os.Environ()}); code != 0 {
			t.Fatalf("sagetop %v: exit code %d: %s", args, code, said.String())
		}
	}
	var asked []string
	for a := range s.Counts() {
		if a.Operation != "GetCallerIdentity" && !slices.Contains(asked, actionOf[a.Operation]) {
			asked = append(asked, actionOf[a.Operation])
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(readme), "```json")
	policy, _, _ := strings.Cut(after, "```")
	for _, action := range actionOf {
		if slices.Contains(asked, action) != strings.Contains(policy, `"`+action+`"`) {
			t.Errorf("%s: asked for %v, in the policy %v", action, slices.Contains(asked, action), strings.Contains(policy, action))
		}
	}
	if slices.Contains(asked, "") {
		t.Errorf("an operation is not in actionOf: %v", s.Counts())
	}
}
