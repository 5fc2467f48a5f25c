package cwmetrics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
)

func apiError(code string) error {
	return &smithy.OperationError{ServiceID: "CloudWatch", OperationName: "GetMetricData", Err: &smithy.GenericAPIError{Code: code, Message: "so it is"}}
}

func TestPaging(t *testing.T) {
	whole, paged := newBench(t, onM5(10*time.Second, true)), newBench(t, onM5(10*time.Second, true))
	paged.cw.page = 7
	want, got := whole.poll("65s"), paged.poll("65s")
	if len(paged.cw.calls) < 5 || !reflect.DeepEqual(got.Points, want.Points) || len(got.Points) != 6 {
		t.Errorf("%d pages: %d points, want %d", len(paged.cw.calls), len(got.Points), len(want.Points))
	}
	if got.Queries != want.Queries*len(paged.cw.calls) {
		t.Errorf("%d queries on %d pages of %d", got.Queries, len(paged.cw.calls), want.Queries)
	}
}

func TestAHalfReadPageGivesNoPoints(t *testing.T) {
	b := newBench(t, onM5(10*time.Second, true))
	b.cw.page = 7
	b.cw.answers = []error{nil, nil, errors.New("connection lost\nin the middle")}
	s := b.poll("65s")
	if len(s.Points) != 0 || s.Problem == nil || s.Problem.Message != "CloudWatch: connection lost in the middle" {
		t.Errorf("%d points, %+v", len(s.Points), s.Problem)
	}
	b.clock.add(b.Wait())
	if s = b.now(); len(s.Points) == 0 || s.Problem != nil {
		t.Errorf("%d points, %+v", len(s.Points), s.Problem)
	}
}

func TestEndlessPaging(t *testing.T) {
	b := newBench(t, onM5(10*time.Second, true))
	b.cw.page = 1
	if s := b.poll("10m"); s.Problem == nil || !strings.Contains(s.Problem.Message, "pages") || len(b.cw.calls) != maxPages {
		t.Errorf("%+v after %d calls", s.Problem, len(b.cw.calls))
	}
}

func TestStatusOfAResult(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	b.cw.status = types.StatusCodeInternalError
	if s := b.poll("65s"); len(s.Points) != 0 || s.Problem == nil || !strings.Contains(s.Problem.Message, "InternalError") {
		t.Errorf("%+v", s.Problem)
	}
	b = newBench(t, onM5(time.Minute, false))
	b.cw.status = types.StatusCodeForbidden
	if s := b.poll("65s"); len(s.Points) != 0 || s.Problem == nil || s.Problem.Permission != "cloudwatch:GetMetricData" {
		t.Errorf("%+v", s.Problem)
	}
}

func TestThrottlingBacksOff(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	first := b.poll("65s")
	b.clock.add(b.Wait())
	for range 8 {
		b.cw.answers = append(b.cw.answers, apiError("ThrottlingException"))
	}
	var waits []time.Duration
	for range 8 {
		s := b.now()
		if len(s.Points) != 0 || s.Problem == nil || !s.Problem.Throttled || s.Queries != first.Queries || !s.Next.Equal(b.clock.at.Add(b.Wait())) {
			t.Fatalf("%+v %+v", s, s.Problem)
		}
		waits = append(waits, b.Wait())
		b.clock.add(b.Wait())
	}
	if got := fmt.Sprint(waits); got != "[15s 30s 1m0s 2m0s 2m0s 2m0s 2m0s 2m0s]" {
		t.Errorf("waits %s", got)
	}
	if s := b.now(); s.Problem != nil || len(s.Points) < 10 || !s.Points[len(s.Points)-1].Complete {
		t.Errorf("afterwards the gap is read: %d points, %+v", len(s.Points), s.Problem)
	}
}

func TestDenied(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	b.cw.answers = []error{apiError("AccessDenied"), apiError("AccessDeniedException")}
	for range 2 {
		s := b.poll("65s")
		b.metrics.at = time.Time{}
		if len(s.Points) != 0 || s.Problem == nil || s.Problem.Permission != "cloudwatch:GetMetricData" || strings.Contains(s.Problem.Message, "\n") {
			t.Fatalf("%+v", s.Problem)
		}
	}
	b.metrics.at = b.clock.at.Add(deniedEvery)
	if b.Wait() != deniedEvery {
		t.Errorf("asks again in %v", b.Wait())
	}
	b.clock.add(b.Wait())
	if s := b.now(); s.Problem != nil || len(s.Points) == 0 {
		t.Errorf("once it is granted: %+v", s)
	}
}

func TestNetworkErrors(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect: connection refused")}
	for says, err := range map[string]error{
		"CloudWatch: dial tcp: connect: connection refused": &smithy.OperationError{Err: fmt.Errorf("request send failed: %w", refused)},
		"CloudWatch: ExpiredToken: so it is":                apiError("ExpiredToken"),
		"CloudWatch: plain":                                 errors.New("plain"),
	} {
		b := newBench(t, onM5(time.Minute, false))
		b.cw.answers = []error{err}
		if s := b.poll("65s"); s.Problem == nil || s.Problem.Message != says || s.Problem.Throttled || s.Problem.Permission != "" {
			t.Errorf("%+v, want %q", s.Problem, says)
		}
	}
}

func TestACallThatHangs(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false), func(c *PollerConfig) { c.Timeout = time.Millisecond })
	b.cw.hang = true
	if s := b.poll("65s"); s.Problem == nil || s.Problem.Message != "CloudWatch did not answer in time" {
		t.Errorf("%+v", s.Problem)
	}
}

func TestOnlyAnEndedContextIsAnError(t *testing.T) {
	b := newBench(t, onM5(time.Minute, false))
	b.cw.hang = true
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.Poll(ctx); !errors.Is(err, context.Canceled) || len(b.cw.calls) != 0 {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	b.clock.to("65s")
	go cancel()
	if _, err := b.Poll(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
