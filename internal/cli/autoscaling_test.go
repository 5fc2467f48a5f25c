package cli_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
)

// atLeast makes auto scaling keep that many instances of the endpoint, beginning at once.
func (w *world) atLeast(n int32) {
	w.t.Helper()
	c := w.server.Credentials()
	client := applicationautoscaling.New(applicationautoscaling.Options{
		Region: w.server.Region(), BaseEndpoint: &w.url,
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken),
	})
	_, err := client.RegisterScalableTarget(w.t.Context(), &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: types.ServiceNamespaceSagemaker, ResourceId: aws.String("endpoint/fast/variant/AllTraffic"),
		ScalableDimension: types.ScalableDimensionSageMakerVariantDesiredInstanceCount, MinCapacity: &n, MaxCapacity: aws.Int32(4),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// What auto scaling does goes over the wire into the log, the summary and run.json, without CloudWatch too.
func TestAutoScalingIsInTheSummary(t *testing.T) {
	if testing.Short() {
		t.Skip("what commands say: nothing in it is only seen by the race detector")
	}
	t.Parallel()
	w := newWorld(t, slow(time.Hour))
	w.atLeast(2)
	p := w.headless("run", "fast", "-d", "hi", "-z", "2s", "--no-cloudwatch", "--out", "run")
	p.exits(0)
	if !strings.Contains(p.stderr.String(), "auto scaling: Setting desired instance count to 2: minimum capacity was set to 2") {
		t.Errorf("the log lacks it:\n%s", p.stderr.String())
	}
	if !strings.Contains(p.stdout.String(), "Autoscaled Setting desired instance count to 2 at ") {
		t.Errorf("printed\n%s", p.stdout.String())
	}
	if all := w.summary().Activities; len(all) != 1 || all[0].Status != "InProgress" || all[0].Time.IsZero() || !all[0].Ended.IsZero() {
		t.Errorf("%+v", all)
	}
}
