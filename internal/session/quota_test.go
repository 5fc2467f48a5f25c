package session

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// may is a quota of so many instances.
func may(most int) *Quota {
	return &Quota{Type: "ml.m5.12xlarge", Most: most, Code: "L-1", Where: []string{"--region", "us-east-1"}}
}

func TestQuotaInWords(t *testing.T) {
	alone, beside := may(20), may(20)
	beside.Others = 3
	for _, c := range []struct {
		q                        *Quota
		from, to                 int
		beyond                   bool
		asked, warning, increase string
	}{
		{
			alone, 1, 20, false, "20 ml.m5.12xlarge for endpoint usage in this account and region, 20 asked for; other endpoints' count too",
			"", "--desired-value 20 --region us-east-1",
		},
		{
			alone, 1, 21, true, "20 ml.m5.12xlarge for endpoint usage in this account and region, 21 asked for; other endpoints' count too",
			"above the quota of 20 ml.m5.12xlarge for endpoint usage in this account and region: 21 asked for, which AWS will likely refuse; other",
			"aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-1 --desired-value 21 --region us-east-1",
		},
		{beside, 1, 17, false, "17 asked for beside 3 of its other variants", "", "--desired-value 20"},
		{beside, 1, 18, true, "18 asked for beside 3 of its other variants", ": 18 asked for beside 3 of its other variants, which AWS", "--desired-value 21"},
		{alone, 30, 25, false, "25 asked for", "", "--desired-value 25"},
	} {
		if got := c.q.Beyond(c.from, c.to); got != c.beyond {
			t.Errorf("%d -> %d: beyond %v", c.from, c.to, got)
		}
		for got, want := range map[string]string{c.q.Asked(c.to): c.asked, c.q.Warning(c.to): c.warning, c.q.Increase(c.to): c.increase} {
			if !strings.Contains(got, want) {
				t.Errorf("%q lacks %q", got, want)
			}
		}
	}
	if (*Quota)(nil).Beyond(1, MaxInstances) {
		t.Error("what is not known is not beyond")
	}
}

// The quota comes whenever it comes, and a run goes as well without.
func TestQuotaIsReadBeside(t *testing.T) {
	for name, c := range map[string]struct {
		read  func(context.Context) *Quota
		early bool // known after a second
		known bool
	}{
		"at once": {func(context.Context) *Quota { return may(20) }, true, true},
		"later": {func(context.Context) *Quota {
			time.Sleep(5 * time.Second)
			return may(20)
		}, false, true},
		"never": {func(ctx context.Context) *Quota {
			<-ctx.Done()
			return nil
		}, false, false},
		"a bug": {func(context.Context) *Quota { panic("no quota") }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			var early State
			st := conducted(t, func() Config {
				cfg := users(1, 10*time.Second)
				cfg.Quota = c.read
				return cfg
			}, func(s *Session) {
				time.Sleep(time.Second)
				s.State(&early)
			})
			if st.Reason != EndDuration || (st.Quota != nil) != c.known || (early.Quota != nil) != c.early {
				t.Errorf("ended by %s: %+v, at first %+v", st.Reason, st.Quota, early.Quota)
			}
		})
	}
}

// What a search comes to and the quota does not allow is said before it is asked for, and asked for all the same.
func TestProveBeyondTheQuota(t *testing.T) {
	for most, warned := range map[int]bool{8: true, 9: false} {
		f := &fakeScaler{boot: 30 * time.Second}
		st, _ := proven(t, f, func(cfg *Config, _ *counting) {
			cfg.Quota = func(context.Context) *Quota { return may(most) }
		}, nil)
		at := func(part string) int {
			return slices.IndexFunc(st.Events, func(e Event) bool { return strings.Contains(e.Text, part) })
		}
		said, asked := at("above the quota of 8 ml.m5.12xlarge for endpoint usage in this account and region: 9 asked for"), at("1 -> 9 instances asked")
		if !slices.Equal(f.asked, []int{9}) || asked < 0 || (said >= 0) != warned || said > asked {
			t.Errorf("a quota of %d: asked for %v; log:\n%s", most, f.asked, texts(&st))
		}
		if said >= 0 && (st.Events[said].Kind != KindQuota || !strings.Contains(st.Events[said].Text, "ask for more: aws service-quotas request-service-quota-increase")) {
			t.Errorf("%+v", st.Events[said])
		}
	}
}
