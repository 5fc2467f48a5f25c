package runner

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestTryCountsAsWarmup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := &fakeTarget{fails: func(uint64) Failure { return Failure{Class: Throttled, HTTPStatus: 400} }}
		tried, err := Try(t.Context(), target)
		if err != nil || tried.Failure.Class != Throttled || tried.Took != 70*time.Millisecond {
			t.Fatalf("%+v, %v", tried, err)
		}
		ledger, err := NewLedger(LedgerConfig{})
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.Add(tried.Delta); err != nil {
			t.Fatal(err)
		}
		ledger.Close()
		var s Snapshot
		ledger.Snapshot(&s)
		if s.Total.Sent != 1 || s.Total.Failed != 1 || len(s.Errors) != 1 || s.Run.Sent != 0 {
			t.Errorf("total %+v, errors %+v, run %+v", s.Total, s.Errors, s.Run.Counts)
		}
		want := Sample{At: time.Now().UTC().Round(0), Took: 70 * time.Millisecond, RequestID: "request-0", Message: "said\uFFFD"}
		if got := s.Errors[0].Sample; got == nil || *got != want {
			t.Errorf("sample %+v, want %+v", got, want)
		}
		if n := target.open.Load(); n != 0 {
			t.Errorf("%d invokers left open", n)
		}
	})
}
