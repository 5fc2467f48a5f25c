package session

import (
	"context"
	"fmt"
	"strconv"

	"sagetop/internal/shell"
)

// Quota is how many instances of a type the account may have in the region: those of all its endpoints count, of which only the one
// under load is known. It is for asking before a change: neither the Book nor the journal has it.
type Quota struct {
	Type   string // ml.m5.12xlarge
	Most   int
	Code   string   // by which an increase is requested
	Others int      // that the endpoint's other variants have
	Where  []string // flags that lead an aws command to the account and region
}

// Asked is q beside the n instances of the variant that are asked for.
func (q *Quota) Asked(n int) string {
	return fmt.Sprintf("%s, %s; other endpoints' count too", q, q.wanted(n))
}

// Beyond says that a change leads above q, as far as that is known. What becomes fewer is never refused.
func (q *Quota) Beyond(from, to int) bool { return q != nil && to > from && to+q.Others > q.Most }

// Warning of n instances that are beyond q. Another value may be in force, so that is no more than likely.
func (q *Quota) Warning(n int) string {
	return fmt.Sprintf("above the quota of %s: %s, which AWS will likely refuse; other endpoints' count too, and are not known here", q, q.wanted(n))
}

// String is q as Service Quotas names it.
func (q *Quota) String() string {
	return fmt.Sprintf("%d %s for endpoint usage in this account and region", q.Most, q.Type)
}

func (q *Quota) wanted(n int) string {
	if q.Others > 0 {
		return fmt.Sprintf("%d asked for beside %d of its other variants", n, q.Others)
	}
	return fmt.Sprintf("%d asked for", n)
}

// Increase is the command that requests a quota for n instances.
func (q *Quota) Increase(n int) string {
	return shell.Line(append([]string{
		"aws", "service-quotas", "request-service-quota-increase", "--service-code", "sagemaker", "--quota-code", q.Code,
		"--desired-value", strconv.Itoa(n + q.Others),
	}, q.Where...)...)
}

// readQuota in a goroutine of its own: there may be hundreds to look through, and a run goes as well without.
func (s *Session) readQuota(ctx context.Context) {
	_ = s.guarded(func() { s.quota.Store(s.cfg.Quota(ctx)) })
}

// warnQuota says what is known to be beyond the quota before it is asked for.
func (s *Session) warnQuota(from, to int) {
	if q := s.quota.Load(); q.Beyond(from, to) {
		s.say(Event{Kind: KindQuota, Text: q.Warning(to) + "; ask for more: " + q.Increase(to), Bad: true})
	}
}
