package cloud

import (
	"net/http"
	"testing"
	"time"
)

// The shortest round trip says best how far our clock is off.
func TestSkew(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	var c Cloud
	if _, known := c.Skew(); known {
		t.Error("known before any answer")
	}
	for _, tt := range []struct {
		date  string
		after time.Duration // the answer came
		want  time.Duration
	}{
		{"", time.Millisecond, 0},
		{at.Add(10 * time.Minute).Format(http.TimeFormat), 3 * time.Second, 10*time.Minute - time.Second},
		{at.Add(-7 * time.Second).Format(http.TimeFormat), time.Second, -7 * time.Second},
		{at.Add(time.Hour).Format(http.TimeFormat), 2 * time.Second, -7 * time.Second},
	} {
		c.clock.compare(tt.date, at, at.Add(tt.after))
		if ahead, _ := c.Skew(); ahead != tt.want {
			t.Errorf("after %q in %v: %v, want %v", tt.date, tt.after, ahead, tt.want)
		}
	}
}

// Every call that is answered is compared with, whatever the answer.
func TestSkewOfACall(t *testing.T) {
	bare(t)
	withKeys(t)
	f := newAWS(t)
	f.on("GetCallerIdentity", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-10*time.Minute).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusForbidden)
	})
	c := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL, Brief: true})
	if _, err := c.Identity(t.Context()); err == nil {
		t.Error("no error")
	}
	if ahead, known := c.Skew(); !known || ahead < -11*time.Minute || ahead > -9*time.Minute {
		t.Errorf("%v %v", ahead, known)
	}
}

func TestVPCEndpoint(t *testing.T) {
	for service, want := range map[string]string{
		"SageMaker": "sagemaker.api", "SageMaker Runtime": "sagemaker.runtime", "CloudWatch": "monitoring", "CloudWatch Logs": "logs", "STS": "sts",
		"Application Auto Scaling": "application-autoscaling", "Pricing": "pricing.api", "Service Quotas": "servicequotas",
	} {
		if got := VPCEndpoint("eu-central-1", service); got != "com.amazonaws.eu-central-1."+want {
			t.Errorf("%s: %s", service, got)
		}
	}
	if got := VPCEndpoint("eu-west-1", "Pricing"); got != "" {
		t.Errorf("the price list has no endpoint in eu-west-1, not %s", got)
	}
}
