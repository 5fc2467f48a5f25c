package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"sagetop/internal/simulator"
)

// quotaWorld is an account that may have four ml.m5.12xlarge.
func quotaWorld(t *testing.T) (*simulator.Server, *Cloud) {
	t.Helper()
	return simulated(t, simulator.Config{Endpoints: []simulator.EndpointConfig{{Name: "demo"}}, Quotas: map[string]int{"ml.m5.12xlarge": 4}})
}

func TestEndpointQuota(t *testing.T) {
	s, c := quotaWorld(t)
	for instanceType, want := range map[string]int{"ml.m5.12xlarge": 4, "ml.m5.large": 1000} {
		if q, err := c.EndpointQuota(t.Context(), instanceType); err != nil || q.Value != want || q.Code == "" {
			t.Errorf("%s: %+v %v, want %d", instanceType, q, err, want)
		}
	}
	if n := s.Counts()[simulator.Answer{Operation: "ListServiceQuotas", Status: 200}]; n != 2 {
		t.Errorf("%d calls, want one for each", n)
	}
	_, err := c.EndpointQuota(t.Context(), "ml.x9.nano")
	wantProblem(t, err, ErrNoQuota, `no "ml.x9.nano for endpoint usage" of SageMaker in us-east-1`)
}

// What may not be read, or takes too long, is not known: a default is no stand-in for what the account has.
func TestEndpointQuotaUnknown(t *testing.T) {
	s, c := quotaWorld(t)
	cancel, err := s.Fault(simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "ListServiceQuotas"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.EndpointQuota(t.Context(), "ml.m5.12xlarge")
	wantProblem(t, err, ErrDenied, "servicequotas:ListServiceQuotas")
	if n := s.Counts()[simulator.Answer{Operation: "ListAWSDefaultServiceQuotas", Status: 200}]; n != 0 {
		t.Errorf("%d defaults were read", n)
	}
	cancel()
	if _, err := s.Fault(simulator.Fault{Kind: simulator.FaultStall, Operation: "servicequotas:*"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancelled := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancelled()
	if q, err := c.EndpointQuota(ctx, "ml.m5.12xlarge"); err == nil {
		t.Errorf("%+v of a service that never answers", q)
	}
}

// listed answers with a page of quotas for each token, and keeps the tokens that it was asked with.
func listed(asked *[]string, pages map[string]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			NextToken  string
			MaxResults int
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.MaxResults != 100 {
			http.Error(w, "not the largest page", http.StatusBadRequest)
			return
		}
		*asked = append(*asked, in.NextToken)
		jsonReply(pages[in.NextToken])(w, r)
	}
}

// Pages are read as far as it takes; the defaults only where the account has no value.
func TestQuotaLists(t *testing.T) {
	const (
		training = `{"QuotaName":"ml.m5.large for training job usage","QuotaCode":"L-0","Value":9}`
		endpoint = `{"QuotaName":"ml.m5.large for endpoint usage","QuotaCode":"L-1","Value":20}`
		unread   = `{"QuotaName":"ml.m5.large for endpoint usage","QuotaCode":"L-1","ErrorReason":{"ErrorCode":"DEPENDENCY_SERVICE_ERROR"}}`
		usual    = `{"QuotaName":"ml.m5.large for endpoint usage","QuotaCode":"L-1","Value":4}`
	)
	bare(t)
	withKeys(t)
	aws := newAWS(t)
	c := mustLoad(t, Options{Region: "us-east-2", EndpointURL: aws.URL})
	for _, tc := range []struct {
		name            string
		applied, common map[string]string
		tokens, after   []string // that both were asked with
		want            Quota
		kind            error
	}{
		{
			"on the second of three pages",
			map[string]string{"": `{"Quotas":[` + training + `],"NextToken":"b"}`, "b": `{"Quotas":[` + training + "," + endpoint + `],"NextToken":"c"}`},
			nil,
			[]string{"", "b"},
			nil,
			Quota{"L-1", 20},
			nil,
		},
		{
			"only a default",
			map[string]string{"": `{"Quotas":[` + training + `]}`},
			map[string]string{"": `{"NextToken":"b"}`, "b": `{"Quotas":[` + usual + `]}`},
			[]string{""},
			[]string{"", "b"},
			Quota{"L-1", 4},
			nil,
		},
		{
			"without a value",
			map[string]string{"": `{"Quotas":[` + unread + `]}`},
			map[string]string{"": `{"Quotas":[]}`},
			[]string{""},
			[]string{""},
			Quota{},
			ErrNoQuota,
		},
	} {
		var tokens, after []string
		aws.on("ListServiceQuotas", listed(&tokens, tc.applied))
		aws.on("ListAWSDefaultServiceQuotas", listed(&after, tc.common))
		q, err := c.EndpointQuota(t.Context(), "ml.m5.large")
		if q != tc.want || !errors.Is(err, tc.kind) || !slices.Equal(tokens, tc.tokens) || !slices.Equal(after, tc.after) {
			t.Errorf("%s: %+v %v, asked with %q and %q", tc.name, q, err, tokens, after)
		}
	}
}
