package cli

import (
	"testing"
	"testing/synctest"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
)

// A question waits for the quota, for a moment; only what asks for other instances waits at all.
func TestQuestionWaitsForTheQuota(t *testing.T) {
	for name, c := range map[string]struct {
		instances   int
		comes, took time.Duration
		known       bool
	}{
		"soon":         {5, 2 * time.Second, 2 * time.Second, true},
		"late":         {5, time.Hour, questionPatience, false},
		"of no change": {1, time.Hour, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &quotaRead{done: make(chan struct{})}
				go func() {
					time.Sleep(c.comes)
					q.quota = &session.Quota{Most: 4}
					close(q.done)
				}()
				v := cwmetrics.Variant{Name: "AllTraffic", Instances: 1, Desired: 1}
				r := &rig{o: &options{instances: c.instances}, site: &site{endpoint: &cwmetrics.Endpoint{Variants: []cwmetrics.Variant{v}}, variant: &v, quota: q}}
				began := time.Now()
				r.learnQuota(t.Context())
				if took := time.Since(began); took != c.took || (r.quota != nil) != c.known || (r.aboveQuota() != "") != c.known {
					t.Errorf("after %v: %+v", took, r.quota)
				}
				<-q.done // nothing may be left of a bubble
			})
		})
	}
	if q := (*quotaRead)(nil).await(t.Context()); q != nil {
		t.Errorf("%+v of what is not read", q)
	}
}

// What other variants of the endpoint have of the type is known, and counts.
func TestOtherVariantsCount(t *testing.T) {
	s := &site{endpoint: &cwmetrics.Endpoint{Variants: []cwmetrics.Variant{
		{Name: "a", InstanceType: "ml.m5.large", Instances: 9, Desired: 9},
		{Name: "b", InstanceType: "ml.m5.large", Instances: 1, Desired: 3},
		{Name: "c", InstanceType: "ml.m5.xlarge", Instances: 5, Desired: 5},
		{Name: "d", Pools: []cwmetrics.Pool{{InstanceType: "ml.m5.large", Instances: 2}, {InstanceType: "ml.c5.large", Instances: 7}}},
	}}}
	if n := s.besides("a", "ml.m5.large"); n != 5 {
		t.Errorf("%d instances beside those of a, want 5", n)
	}
}
