package simulator

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Every answer is told once, whatever became of it.
func TestAccessIsTold(t *testing.T) {
	told := make(chan Access, 100)
	config := fast()
	config.Access = func(a Access) { told <- a }
	c := serve(t, config)
	next := func() Access {
		select {
		case a := <-told:
			if a.At.IsZero() || a.Took < 0 || a.Took > time.Minute {
				t.Errorf("at %v, took %v", a.At, a.Took)
			}
			a.At, a.Took = time.Time{}, 0
			return a
		case <-time.After(10 * time.Second):
			t.Fatal("nothing is told")
			return Access{}
		}
	}
	want := func(want Access) {
		t.Helper()
		if got := next(); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	invoked := Access{Method: "POST", Path: "/endpoints/demo/invocations", Operation: "InvokeEndpoint", Endpoint: "demo", Status: 200, In: 41, Out: 49}
	if _, err := c.invoke(t); err != nil {
		t.Fatal(err)
	}
	want(invoked)
	setFault(t, c.server, Fault{Kind: FaultReset, Next: 1})
	_, _ = c.invoke(t)
	broken := invoked
	broken.Status, broken.Code, broken.Out = 0, CodeReset, 0
	want(broken)
	setFault(t, c.server, Fault{Kind: FaultTruncated, Next: 1})
	_, _ = c.invoke(t)
	broken.Status, broken.Code, broken.Out = 200, CodeTruncated, 24
	want(broken)
	for kind, code := range map[FaultKind]string{FaultStreamBroken: "ModelStreamError", FaultTruncated: CodeTruncated} {
		setFault(t, c.server, Fault{Kind: kind, Operation: "InvokeEndpointWithResponseStream", Next: 1})
		if out, err := c.stream(t); err == nil {
			_, _ = readParts(t, out)
		}
		if a := next(); a.Operation != "InvokeEndpointWithResponseStream" || a.Status != 200 || a.Code != code {
			t.Errorf("a stream that is %s: %+v", kind, a)
		}
	}
	if _, err := sts.NewFromConfig(c.config).GetCallerIdentity(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if a := next(); a.Operation != "GetCallerIdentity" || a.Path != "/" || a.Status != 200 {
		t.Errorf("%+v", a)
	}
	response, err := http.Get(*c.config.BaseEndpoint + "/a%0Ab?X-Amz-Signature=secret")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if a := next(); a.Path != "/a%0Ab" || a.Status != 403 || a.Operation != "" {
		t.Errorf("%+v", a)
	}
	if response, err = http.Post(*c.config.BaseEndpoint+"/endpoints/a%0Ab/invocations", "", nil); err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if a := next(); a.Endpoint != "a%0Ab" || a.Status != 403 {
		t.Errorf("%+v", a)
	}
}
