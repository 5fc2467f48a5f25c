package sagemaker

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
	"sagetop/runner"
)

// newSimulator serves one fast endpoint, of a profile that may be changed, and returns how to invoke it.
func newSimulator(t *testing.T, change func(*model.Profile)) (*simulator.Server, Config) {
	t.Helper()
	profile := model.Default()
	profile.Service.Median /= 20
	if change != nil {
		change(&profile)
	}
	s, err := simulator.New(simulator.Config{Endpoints: []simulator.EndpointConfig{{Name: "test-endpoint", Profile: &profile}}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := s.Listen(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	cfg := testConfig(t, l.URL)
	keys := s.Credentials()
	cfg.AWS.Region = s.Region()
	cfg.AWS.Credentials = credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken)
	return s, cfg
}

// For every way to fail, the client counts under each class what the server gave.
func TestCountsEqualTheSimulators(t *testing.T) { eachClient(t, countsEqualTheSimulators) }

func countsEqualTheSimulators(t *testing.T, client string) {
	s, cfg := newSimulator(t, nil)
	cfg.Client = client
	kinds := map[simulator.FaultKind]struct {
		class runner.Class
		next  int
	}{
		simulator.FaultThrottled:      {runner.Throttled, 7},
		simulator.FaultNotReady:       {runner.NotReady, 6},
		simulator.FaultInvalid:        {runner.Validation, 5},
		simulator.FaultAccessDenied:   {runner.Auth, 4},
		simulator.FaultExpiredToken:   {runner.Auth, 3},
		simulator.FaultInternal:       {runner.Internal, 8},
		simulator.FaultUnavailable:    {runner.Unavailable, 9},
		simulator.FaultDependency:     {runner.Internal, 2},
		simulator.FaultModel:          {runner.ModelError, 10},
		simulator.FaultBadGateway:     {runner.Unavailable, 3},
		simulator.FaultGatewayTimeout: {runner.Unavailable, 2},
		simulator.FaultReset:          {runner.Reset, 4},
		simulator.FaultTruncated:      {runner.Truncated, 5},
	}
	want := map[runner.Class]int{}
	for kind, f := range kinds {
		if _, err := s.Fault(simulator.Fault{Kind: kind, Next: f.next}); err != nil {
			t.Fatal(err)
		}
		want[f.class] += f.next
	}
	const users, each = 4, 30
	got := count(t, mustTarget(t, cfg), users, each)
	want[runner.OK] = users * each
	for class, n := range want {
		if class != runner.OK {
			want[runner.OK] -= n
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("client %v\nfaults %v", got, want)
	}
	served := uint64(0)
	for _, n := range s.Counts() {
		served += n
	}
	if served != users*each {
		t.Errorf("the server counted %d requests, %d were sent", served, users*each)
	}

	// Stalls apart, so that no other request meets their short time-out.
	if _, err := s.Fault(simulator.Fault{Kind: simulator.FaultStall, Next: 2}); err != nil {
		t.Fatal(err)
	}
	cfg.Timeout = time.Second
	if got := count(t, mustTarget(t, cfg), 2, 1); got[runner.Timeout] != 2 {
		t.Errorf("stalled: %v", got)
	}
}

// A failure of the container can be looked up by what its sample says.
func TestSampleOfAModelError(t *testing.T) {
	s, cfg := newSimulator(t, nil)
	if _, err := s.Fault(simulator.Fault{Kind: simulator.FaultModel}); err != nil {
		t.Fatal(err)
	}
	invoke(t, cfg)
	ids := map[string]bool{}
	for _, client := range []string{Lean, SDK} {
		_, sample := invokeBy(t, by(client, cfg), 0)
		ids[sample.RequestID] = true
		if len(sample.RequestID) != len(uuid) || sample.OriginalMessage != "The model failed." ||
			!strings.HasPrefix(sample.LogStreamARN, "arn:aws:logs:"+s.Region()) || !strings.HasSuffix(sample.LogStreamARN, "/aws/sagemaker/Endpoints/test-endpoint") ||
			!strings.Contains(sample.Message, "logEventViewer:group=/aws/sagemaker/Endpoints/test-endpoint in account") {
			t.Errorf("%s: %+v", client, sample)
		}
	}
	if len(ids) != clients {
		t.Errorf("two requests have the ids %v", ids)
	}
}

// count runs users with each so many requests and counts classes.
func count(t *testing.T, target *Target, users, each int) map[runner.Class]int {
	t.Helper()
	var mu sync.Mutex
	classes := map[runner.Class]int{}
	var wg sync.WaitGroup
	for user := range users {
		wg.Go(func() {
			inv, err := target.NewInvoker(user)
			if err != nil {
				t.Error(err)
				return
			}
			defer inv.Close()
			var r runner.Result
			for n := range uint64(each) {
				inv.Invoke(t.Context(), n, &r)
				mu.Lock()
				classes[r.Failure.Class]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return classes
}

// A wrong name and a wrong key, as the simulator (and SageMaker) refuses them.
func TestRefusals(t *testing.T) {
	s, cfg := newSimulator(t, nil)
	wrongName, wrongKey := cfg, cfg
	wrongName.Endpoint = "other"
	wrongKey.AWS.Credentials = credentials.NewStaticCredentialsProvider(testKey, testSecret, "")
	var got []runner.Class
	for _, c := range []Config{wrongName, wrongKey} {
		got = append(got, invoke(t, c).Failure.Class)
	}
	s.ExpireCredentials()
	expired := invoke(t, cfg).Failure
	got = append(got, expired.Class)
	if want := []runner.Class{runner.Validation, runner.Auth, runner.Auth}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if expired.Code != "ExpiredTokenException" {
		t.Errorf("%+v", expired)
	}
}
