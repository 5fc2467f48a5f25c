package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// boot of an instance: less than the clocks of a client and AWS may differ by, so that it can pass between two requests.
const boot = 2 * time.Minute

// scaled is a Scaler of the variant of a simulated endpoint, or of that one, whose instances boot by a clock that stands still.
func scaled(t *testing.T, endpoint ...simulator.EndpointConfig) (s *Scaler, server *simulator.Server, pass func(time.Duration)) {
	t.Helper()
	if endpoint == nil {
		endpoint = []simulator.EndpointConfig{{Name: "demo", Profile: new(model.Fast())}}
	}
	endpoint[0].Profile.Boot = model.Duration(boot)
	start := time.Now()
	var passed atomic.Int64
	server, c := simulated(t, simulator.Config{
		Now:       func() time.Time { return start.Add(time.Duration(passed.Load())) },
		Endpoints: endpoint,
	})
	return &Scaler{Cloud: c, Endpoint: "demo", Variant: "AllTraffic", Every: time.Millisecond}, server, func(d time.Duration) { passed.Add(int64(d)) }
}

func TestScaleAndAwait(t *testing.T) {
	s, server, pass := scaled(t)
	if err := s.Scale(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	if err := s.Scale(t.Context(), 5); err != nil {
		t.Errorf("asking again for what is under way: %v", err)
	}
	wantProblem(t, s.Scale(t.Context(), 3), ErrRefused, "is being updated already", "aws sagemaker wait endpoint-in-service --endpoint-name demo")
	came := make(chan error, 1)
	go func() { came <- s.Await(t.Context(), 5) }()
	for looks := server.Counts()[simulator.Answer{Operation: "DescribeEndpoint", Status: 200}]; server.Counts()[simulator.Answer{Operation: "DescribeEndpoint", Status: 200}] < looks+3; {
		select {
		case err := <-came:
			t.Fatalf("did not wait for the instances: %v", err)
		default:
		}
	}
	pass(boot)
	if err := <-came; err != nil {
		t.Fatal(err)
	}
	if err := s.Scale(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	pass(5 * time.Second) // in which what is too much leaves
	if err := s.Await(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
}

func TestScalingRefused(t *testing.T) {
	s, server, _ := scaled(t)
	stranger := *s
	stranger.Endpoint = "nobody"
	wantProblem(t, stranger.Scale(t.Context(), 5), ErrNoEndpoint, "nobody")
	if _, err := server.Fault(simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "UpdateEndpointWeightsAndCapacities"}); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, s.Scale(t.Context(), 5), ErrDenied, "sagemaker:UpdateEndpointWeightsAndCapacities")
}

// What AWS says of limits that the simulator does not have.
func TestScalingLimits(t *testing.T) {
	for code, c := range map[string]struct{ message, want string }{
		"ResourceLimitExceeded": {"The account-level service limit 'ml.m5.12xlarge for endpoint usage' is 4 Instances", "above a quota of this account: The account-level service limit"},
		"ValidationException":   {"Variant is registered as a scalable target with a maximum of 4", "register-scalable-target"},
	} {
		bare(t)
		aws := newAWS(t)
		aws.on("UpdateEndpointWeightsAndCapacities", failure(400, code, c.message))
		aws.on("DescribeEndpoint", described("InService", 1, 1, ""))
		wantProblem(t, awsScaler(t, aws).Scale(t.Context(), 5), ErrRefused, c.want)
	}
}

func awsScaler(t *testing.T, aws *fakeAWS) *Scaler {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIA")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	return &Scaler{
		Cloud:    mustLoad(t, Options{Region: "us-east-1", EndpointURL: aws.URL}),
		Endpoint: "demo", Variant: "AllTraffic", Every: time.Millisecond,
	}
}

func described(status string, current, desired int, reason string) http.HandlerFunc {
	return jsonReply(fmt.Sprintf(`{"EndpointName":"demo","EndpointStatus":%q,"FailureReason":%q,"ProductionVariants":[`+
		`{"VariantName":"AllTraffic","CurrentInstanceCount":%d,"DesiredInstanceCount":%d}]}`, status, reason, current, desired))
}

// Whatever becomes of an update that does not bring the instances is said with AWS's reason.
func TestAwaitGivesUp(t *testing.T) {
	for _, c := range []struct{ status, want string }{
		{"Failed", "is Failed and does not get its 5 instances: no capacity"},
		{"UpdateRollbackFailed", "is UpdateRollbackFailed"},
		{"InService", "is InService with 1 instances, not with the 5 asked for: no capacity"},
	} {
		bare(t)
		aws := newAWS(t)
		s := awsScaler(t, aws)
		aws.on("DescribeEndpoint", func(w http.ResponseWriter, r *http.Request) {
			aws.on("DescribeEndpoint", described(c.status, 1, 1, "no capacity"))
			described("Updating", 1, 5, "")(w, r)
		})
		wantProblem(t, s.Await(t.Context(), 5), ErrRefused, c.want)
	}
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	s, _, _ := scaled(t)
	if err := s.Scale(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Await(ctx, 5); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
