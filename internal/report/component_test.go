package report

import (
	"bytes"
	"strings"
	"testing"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// ofBert makes the scene's run one of the component bert, on one ml.m5.12xlarge with room for six.
func ofBert(st *session.State) {
	st.Info.Target.Endpoint.Component = &cwmetrics.Component{
		Name: "bert", Status: "InService", Variant: st.Info.Target.Variant, Copies: 1, Desired: 1, Cores: 8, MemoryMiB: 4096,
		Neighbours: []cwmetrics.Neighbour{{Name: "phi", Copies: 3}},
	}
	if st.Endpoint != nil {
		e := *st.Endpoint
		e.Component = st.Info.Target.Endpoint.Component
		st.Endpoint = &e
	}
	st.Facts.Copies, st.Facts.PerInstance, st.Facts.VCPUs = true, 6, 8
}

func TestPlanInCopies(t *testing.T) {
	st := sizable(t)
	ofBert(st)
	st.Info.Sizing.Price = 3
	s := Summarize(st)
	if o := s.Sizing; o.Problem != "" || o.Unit != sizing.Copy || o.Hosts != (o.Instances+5)/6 || *o.Hour != 3*float64(o.Hosts) {
		t.Fatalf("%+v", o)
	}
	if c := s.Endpoint.Copies; s.Endpoint.Component != "bert" || c == nil || c.Count != 1 || c.PerInstance != 6 || c.Neighbours["phi"] != 3 {
		t.Errorf("%+v", s.Endpoint)
	}
	var b bytes.Buffer
	if err := WritePlan(&b, s, "run"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"copies of bert: ", "1 copy on 1 x ml.m5.12xlarge", "InvocationsPerCopy", "by what they reserve",
		"--resource-id inference-component/bert --min", "--scalable-dimension sagemaker:inference-component:DesiredCopyCount",
		`"PredefinedMetricType":"SageMakerInferenceComponentInvocationsPerCopy"`, "--policy-name invocations-per-copy",
	} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("%q is not in\n%s", want, &b)
		}
	}
	st.Facts.PerInstance = 0
	if o := Summarize(st).Sizing; o.Hour != nil || !strings.Contains(o.NoPrice, "how many copies fill an instance is not known") {
		t.Errorf("cost %v, because %q", o.Hour, o.NoPrice)
	}
}

func TestOwedCopies(t *testing.T) {
	o := Owed{Endpoint: "demo", Variant: "AllTraffic", Component: "bert", Region: "us-east-1", Before: 1, Asked: []int{3}}
	if got, want := o.String(), "3 -> 1 copy of demo/bert"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := o.Undo(), "aws sagemaker update-inference-component-runtime-config --inference-component-name bert --desired-runtime-config CopyCount=1 --region us-east-1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var st session.State
	st.Info.Target = session.TargetInfo{Name: "demo", Variant: "AllTraffic", Region: "us-east-1", Endpoint: cwmetrics.Endpoint{Component: &cwmetrics.Component{Name: "bert", Status: "InService", Copies: 3}}}
	st.Scalings = []session.Scaling{{From: 1, To: 3, Unit: sizing.Copy}}
	s := Summary{Scaled: scaled(&st)}
	if s.Scaled.Unit != sizing.Copy || s.Scaled.Undo != o.Undo() || s.Scaled.Stay() != "3 copies stay" {
		t.Errorf("%+v", s.Scaled)
	}
	if got, want := s.scaledText(), "1 -> 3 copies, not seen InService; they stay until they are back to 1: the command below"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
