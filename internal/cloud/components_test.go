package cloud

import (
	"net/http"
	"testing"
	"time"

	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// copied is a Scaler of llama, of which there is one copy on an instance that has room for three beside its neighbour.
func copied(t *testing.T) (s *Scaler, server *simulator.Server, pass func(time.Duration)) {
	t.Helper()
	profile := model.Default()
	s, server, pass = scaled(t, simulator.EndpointConfig{Name: "demo", Profile: &profile, Components: []simulator.Component{
		{Name: "llama", Copies: 1, Cores: 12, Scaling: &simulator.Scaling{Min: 1, Max: 4, Target: 600}}, {Name: "phi", Copies: 1, Cores: 12},
	}})
	s.Component = "llama"
	return s, server, pass
}

func TestScaleAndAwaitCopies(t *testing.T) {
	s, server, pass := copied(t)
	if err := s.Scale(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if err := s.Scale(t.Context(), 3); err != nil {
		t.Errorf("asking again for what is under way: %v", err)
	}
	wantProblem(t, s.Scale(t.Context(), 2), ErrRefused, "inference component llama is being updated already", "describe-inference-component --inference-component-name llama")
	if now, err := s.Look(t.Context()); err != nil || !now.Busy() || now.Current != 1 || now.Desired != 3 {
		t.Errorf("%+v, %v", now, err)
	}
	pass(boot)
	if err := s.Await(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if err := s.Scale(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	pass(5 * time.Second)
	wantProblem(t, s.Await(t.Context(), 5), ErrRefused, "llama is Failed, with 3 of the 5 copies asked for: There is not enough hardware resources", "add instances, or ask for fewer copies")
	if err := s.Scale(t.Context(), 1); err != nil { // what failed can be put back
		t.Fatal(err)
	}
	if _, err := server.Fault(simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "UpdateInferenceComponentRuntimeConfig"}); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, s.Scale(t.Context(), 2), ErrDenied, "sagemaker:UpdateInferenceComponentRuntimeConfig")
	s.Component = "lama"
	_, err := s.Look(t.Context())
	wantProblem(t, err, ErrNoComponent, "lama")
}

// Some services place what they can and say InService all the same.
func TestCopiesWithoutAPlace(t *testing.T) {
	bare(t)
	aws := newAWS(t)
	s := awsScaler(t, aws)
	s.Component = "llama"
	reply := func(status string) http.HandlerFunc {
		return jsonReply(`{"InferenceComponentName":"llama","InferenceComponentStatus":"` + status + `","RuntimeConfig":{"CurrentCopyCount":1,"DesiredCopyCount":5}}`)
	}
	aws.on("DescribeInferenceComponent", func(w http.ResponseWriter, r *http.Request) {
		aws.on("DescribeInferenceComponent", reply("InService"))
		reply("Updating")(w, r)
	})
	wantProblem(t, s.Await(t.Context(), 5), ErrRefused, "llama is InService with 1 of 5 copies", "found no place")
}

func TestComponentScaling(t *testing.T) {
	s, _, _ := copied(t)
	as, err := s.Cloud.ComponentScaling(t.Context(), "llama")
	if err != nil || as == nil || as.Min != 1 || as.Max != 4 || len(as.Policies) != 1 {
		t.Errorf("%+v, %v", as, err)
	}
	if as, err := s.Cloud.ComponentScaling(t.Context(), "phi"); err != nil || as != nil {
		t.Errorf("%+v, %v", as, err)
	}
}

func TestNoComponent(t *testing.T) {
	wantProblem(t, NoComponent("demo", "lama", []string{"phi", "llama"}), ErrNoComponent, `no inference component "lama" on endpoint demo`, "did you mean llama? There are also: phi")
	wantProblem(t, NoComponent("demo", "lama", nil), ErrNoComponent, "there are none at all")
}
