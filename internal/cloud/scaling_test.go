package cloud

import (
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// What is not said of a policy is AWS's default.
func TestScalingPolicies(t *testing.T) {
	bare(t)
	withKeys(t)
	f := newAWS(t)
	c := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL})
	f.on("DescribeScalableTargets", jsonReply(`{"ScalableTargets":[{"MinCapacity":1,"MaxCapacity":4,"SuspendedState":{"DynamicScalingInSuspended":true,"ScheduledScalingSuspended":true}}]}`))
	f.on("DescribeScalingPolicies", jsonReply(`{"ScalingPolicies":[
		{"PolicyName":"usual","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":
			{"TargetValue":6000,"PredefinedMetricSpecification":{"PredefinedMetricType":"SageMakerVariantInvocationsPerInstance"}}},
		{"PolicyName":"own","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":
			{"TargetValue":60,"CustomizedMetricSpecification":{"MetricName":"CPUUtilization"},"ScaleInCooldown":0,"ScaleOutCooldown":60,"DisableScaleIn":true}},
		{"PolicyName":"maths","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{"TargetValue":1,"CustomizedMetricSpecification":{"Metrics":[{"Id":"m"}]}}},
		{"PolicyName":"steps","PolicyType":"StepScaling","StepScalingPolicyConfiguration":{"Cooldown":120}}]}`))
	as, err := c.AutoScaling(t.Context(), "e", "v")
	if err != nil {
		t.Fatal(err)
	}
	want := &AutoScaling{Min: 1, Max: 4, Suspended: []string{"scale-in", "scheduled"}, Policies: []ScalingPolicy{
		{Name: "usual", Metric: "InvocationsPerInstance", Target: 6000, In: 300 * time.Second, Out: 300 * time.Second},
		{Name: "own", Metric: "CPUUtilization", Target: 60, Out: time.Minute, OutOnly: true},
		{Name: "maths", Metric: "an expression of metrics", Target: 1, In: 300 * time.Second, Out: 300 * time.Second},
		{Name: "steps", In: 2 * time.Minute, Out: 2 * time.Minute},
	}}
	if !reflect.DeepEqual(as, want) {
		t.Errorf("%+v\nwant %+v", as, want)
	}
}

// Activities come newest first and in pages: those that were over before are where reading stops.
func TestScalingActivities(t *testing.T) {
	bare(t)
	withKeys(t)
	f := newAWS(t)
	c := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL})
	pages := 0
	f.on("DescribeScalingActivities", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), "endpoint/e/variant/v") {
			t.Errorf("asked for %s", body)
		}
		pages++
		if !strings.Contains(string(body), "NextToken") {
			jsonReply(`{"NextToken":"n","ScalingActivities":[{"ActivityId":"3","StartTime":1003,"StatusCode":"InProgress","StatusMessage":"on its way","Description":"d","Cause":"c"}]}`)(w, r)
			return
		}
		jsonReply(`{"NextToken":"n","ScalingActivities":[{"ActivityId":"2","StartTime":990,"EndTime":1000,"StatusCode":"Successful"},{"ActivityId":"1","StartTime":900,"EndTime":999,"StatusCode":"Failed"}]}`)(w, r)
	})
	all, err := c.ScalingActivities(t.Context(), "e", "v", time.Unix(1000, 0))
	if err != nil || pages != 2 || len(all) != 2 || all[0].ID != "2" || all[1].ID != "3" {
		t.Fatalf("%d pages: %+v %v", pages, all, err)
	}
	if a := all[1]; a.Start.Unix() != 1003 || !a.End.IsZero() || a.Status != "InProgress" || a.Message != "on its way" || a.Description != "d" || a.Cause != "c" {
		t.Errorf("%+v", a)
	}
	f.on("DescribeScalingActivities", failure(400, "AccessDeniedException", ""))
	_, err = c.ScalingActivities(t.Context(), "e", "v", time.Time{})
	if p, ok := errors.AsType[*Problem](err); !ok || !errors.Is(err, ErrDenied) || p.Permission != "application-autoscaling:DescribeScalingActivities" {
		t.Errorf("%v", err)
	}
}
