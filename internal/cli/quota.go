package cli

import (
	"context"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

const (
	quotaPatience    = time.Minute     // with all the pages that it takes
	questionPatience = 5 * time.Second // of a question before the load: it is asked as well without
)

// quotaRead is the quota of the instances under load, which is read beside everything else.
type quotaRead struct {
	done  chan struct{}
	quota *session.Quota // nil: not known
}

// readQuota begins to read it, where instances may be asked for. Copies of a component count for none.
func (s *site) readQuota(ctx context.Context, o *options) {
	v := s.variant
	if !s.asks || s.noScale(o) != "" || s.unit() != sizing.Instance || v.InstanceType == "" {
		return
	}
	quota := session.Quota{Type: v.InstanceType, Others: s.besides(v.Name, v.InstanceType), Where: s.where(o)}
	q := &quotaRead{done: make(chan struct{})}
	s.quota = q
	go func() {
		defer close(q.done)
		ctx, cancel := context.WithTimeout(ctx, quotaPatience)
		defer cancel()
		if read, err := s.cloud.EndpointQuota(ctx, v.InstanceType); err == nil {
			quota.Most, quota.Code = read.Value, read.Code
			q.quota = &quota
		}
	}()
}

// besides are the instances of a type that other variants of the endpoint have.
func (s *site) besides(variant, instanceType string) (n int) {
	for _, v := range s.endpoint.Variants {
		if v.Name == variant {
			continue
		}
		if v.InstanceType == instanceType {
			n += max(v.Instances, v.Desired)
		}
		for _, p := range v.Pools {
			if p.InstanceType == instanceType {
				n += p.Instances
			}
		}
	}
	return n
}

// await it, until ctx ends.
func (q *quotaRead) await(ctx context.Context) *session.Quota {
	if q == nil {
		return nil
	}
	select {
	case <-q.done:
		return q.quota
	case <-ctx.Done():
		return nil
	}
}

// learnQuota awaits it for what --instances asks for, as long as a question may wait.
func (r *rig) learnQuota(ctx context.Context) {
	if !r.scales() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, questionPatience)
	defer cancel()
	r.quota = r.site.quota.await(ctx)
}

// aboveQuota says that --instances asks for more than the quota allows, and what to do about that; empty when it does not, or nobody knows.
func (r *rig) aboveQuota() string {
	if !r.quota.Beyond(r.site.count(), r.o.instances) {
		return ""
	}
	return r.quota.Warning(r.o.instances) + "\nask for more: " + r.quota.Increase(r.o.instances)
}

// quotaText is the quota beside what --instances asks for; empty where that becomes fewer, or nobody knows.
func (r *rig) quotaText() string {
	switch q, n := r.quota, r.o.instances; {
	case q == nil || n < r.site.count():
		return ""
	case q.Beyond(r.site.count(), n):
		return "; that is above the quota"
	default:
		return "; quota: " + q.Asked(n)
	}
}
