package simulator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/internal/simulator/model"
)

// autoscaled is a server in event time: nothing is sent, requests are admitted.
type autoscaled struct {
	*Server
	hand
	t testing.TB
}

func newAutoscaled(t testing.TB, scale float64, sc Scaling) *autoscaled {
	t.Helper()
	a := &autoscaled{t: t, hand: hand{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}}
	p := model.Fast()
	p.Boot = model.Duration(5 * time.Minute)
	s, err := New(Config{Now: a.hand.Now, TimeScale: scale, Endpoints: []EndpointConfig{{Name: "demo", Profile: &p, Scaling: &sc}}})
	if err != nil {
		t.Fatal(err)
	}
	a.Server = s
	return a
}

// load sends so many requests a second for d, of the simulation's minute.
func (a *autoscaled) load(perSecond int, d time.Duration) {
	for range int(d / time.Second) {
		a.catchUp()
		for range perSecond {
			a.variant().Admit(a.Server.now())
		}
		a.move(time.Second)
	}
	a.catchUp()
}

func (a *autoscaled) variant() *variant { return a.endpoints.get("demo").variants()[0] }

// is what the endpoint is expected to look like, in the words of the control plane.
func (a *autoscaled) is(status Status, current, desired int) {
	a.t.Helper()
	e, fault := a.describeEndpoint(&endpointName{"demo"})
	if fault != nil {
		a.t.Fatal(fault.Message)
	}
	v := e.ProductionVariants[0]
	if e.EndpointStatus != status || v.CurrentInstanceCount != current || v.DesiredInstanceCount != desired {
		a.t.Errorf("after %v: %s with %d/%d instances, want %s with %d/%d", a.Server.now(), e.EndpointStatus, v.CurrentInstanceCount, v.DesiredInstanceCount, status, current, desired)
	}
	if n := len(a.variant().Instances(a.Server.now())); n != current {
		a.t.Errorf("after %v: %d instances serve, described are %d", a.Server.now(), n, current)
	}
}

func (a *autoscaled) activities(want ...string) {
	a.t.Helper()
	out, fault := a.describeScalingActivities(&scalingQuery{ServiceNamespace: "sagemaker"})
	if fault != nil {
		a.t.Fatal(fault.Message)
	}
	var got []string
	for _, x := range out.ScalingActivities {
		end := "-"
		if x.EndTime != nil {
			end = x.EndTime.Sub(a.clock.Origin).String()
		}
		got = append(got, fmt.Sprintf("%s %s %s %s", x.StartTime.Sub(a.clock.Origin), end, x.StatusCode, x.Description))
	}
	if !slices.Equal(got, want) {
		a.t.Errorf("activities %q, want %q", got, want)
	}
}

// Load that rises is answered after three periods and a boot, load that falls after fifteen.
func TestScaling(t *testing.T) {
	a := newAutoscaled(t, 1, Scaling{Min: 1, Max: 10, Target: 300})
	a.load(2, 5*time.Minute) // 120 a minute
	a.is(InService, 1, 1)
	a.load(20, 2*time.Minute+59*time.Second) // 1200 a minute, four times the target
	a.is(InService, 1, 1)
	a.activities()
	a.load(20, time.Second)
	a.is(Updating, 1, 4)
	a.activities("8m0s - InProgress Setting desired instance count to 4.")
	a.load(20, 4*time.Minute+59*time.Second)
	a.is(Updating, 1, 4)
	a.load(20, time.Second)
	a.is(InService, 4, 4)
	out := "8m0s 13m0s Successful Setting desired instance count to 4."
	a.activities(out)
	a.load(20, 15*time.Minute) // the target itself: neither alarm
	a.is(InService, 4, 4)
	a.load(4, 15*time.Minute-time.Second) // 60 a minute on each
	a.is(InService, 4, 4)
	a.load(4, time.Second)
	a.is(Updating, 1, 1) // 240 on one
	a.load(4, 5*time.Second)
	a.is(InService, 1, 1)
	a.activities("43m0s 43m5s Successful Setting desired instance count to 1.", out)
	got, _ := a.describeScalingActivities(&scalingQuery{ServiceNamespace: "sagemaker"})
	policies, _ := a.describeScalingPolicies(&scalingQuery{ServiceNamespace: "sagemaker"})
	for i, want := range []string{policies.ScalingPolicies[0].Alarms[1].AlarmName, policies.ScalingPolicies[0].Alarms[0].AlarmName} {
		if want = "monitor alarm " + want + " in state ALARM triggered policy demo-target-tracking"; got.ScalingActivities[i].Cause != want {
			t.Errorf("cause %q, want %q", got.ScalingActivities[i].Cause, want)
		}
	}
	if want := "Successfully set desired instance count to 4. Change successfully fulfilled by sagemaker."; got.ScalingActivities[1].StatusMessage != want {
		t.Errorf("message %q, want %q", got.ScalingActivities[1].StatusMessage, want)
	}
}

// With a time scale of 10, minutes of alarms, boots and cooldowns take six seconds, and six seconds of load count as a minute's.
func TestScalingInScaledTime(t *testing.T) {
	a := newAutoscaled(t, 10, Scaling{Min: 1, Max: 10, Target: 300})
	a.load(20, 18*time.Second-time.Second)
	a.is(InService, 1, 1)
	a.load(20, time.Second)
	a.is(Updating, 1, 4)
	a.load(20, 30*time.Second)
	a.is(InService, 4, 4)
	a.activities("18s 48s Successful Setting desired instance count to 4.")
	a.load(4, 90*time.Second)
	a.is(Updating, 1, 1)
}

// When nobody asks for a while, the same has happened as if somebody had.
func TestScalingHappensByItself(t *testing.T) {
	for _, asked := range []time.Duration{time.Second, time.Minute, 20 * time.Minute} {
		a := newAutoscaled(t, 1, Scaling{Min: 1, Max: 10, Target: 300, ScaleOutCooldown: time.Second})
		for i := range 3 * 60 * 20 { // all of three minutes is known before anybody asks
			a.variant().Admit(time.Duration(i) * 50 * time.Millisecond)
		}
		for range int(20 * time.Minute / asked) {
			a.move(asked)
			a.catchUp()
		}
		a.activities("18m0s 18m5s Successful Setting desired instance count to 1.", "3m0s 8m0s Successful Setting desired instance count to 4.")
	}
}

// Alarms look at what was published.
func TestScalingSeesWhatIsPublished(t *testing.T) {
	for name, late := range map[string]func(*autoscaled){
		"always": func(a *autoscaled) { a.endpoints.get("demo").lateness = 90 * time.Second },
		"fault": func(a *autoscaled) {
			setFault(t, a.Server, Fault{Kind: FaultLatePoints, Delay: model.Duration(90 * time.Second)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAutoscaled(t, 1, Scaling{Min: 1, Max: 10, Target: 300})
			late(a)
			a.load(20, 5*time.Minute-time.Second)
			a.is(InService, 1, 1)
			a.load(20, time.Second)
			a.is(Updating, 1, 4)
		})
	}
}

// What the alarms count is what CloudWatch tells.
func TestDemandIsInvocationsPerInstance(t *testing.T) {
	a := newAutoscaled(t, 1, Scaling{Min: 3, Max: 3})
	a.load(7, 30*time.Second)
	a.load(2, 8*time.Minute)
	v, kind := a.variant(), model.FindMetric("AWS/SageMaker", "InvocationsPerInstance")
	record := v.Record(a.Server.now(), 0, time.Hour)
	var told []float64
	for _, p := range kind.Points(&record, "") {
		told = append(told, p.Statistic("Sum"))
	}
	if got := v.Demand(a.Server.now(), lowPeriods); !slices.Equal(got, told) || len(got) != 8 {
		t.Errorf("alarms count %v, CloudWatch tells %v", got, told)
	}
}

// What an account may not have, auto scaling cannot get, and says so.
func TestScalingFails(t *testing.T) {
	a := newAutoscaled(t, 1, Scaling{Min: 1, Max: maxInstances, Target: 1})
	fast := model.Fast()
	if err := a.establish(&EndpointConfig{Name: "other", Variant: "AllTraffic", InstanceType: "ml.m5.large", Instances: maxInstances - 1, Weight: 1, Profile: &fast, PublishEvery: time.Minute}); err != nil {
		t.Fatal(err)
	}
	a.load(1, 3*time.Minute)
	a.is(InService, 1, 1)
	a.activities("3m0s 3m0s Failed Setting desired instance count to 60.")
	out, _ := a.describeScalingActivities(&scalingQuery{ServiceNamespace: "sagemaker"})
	if m := out.ScalingActivities[0].StatusMessage; !strings.Contains(m, "Failed to set desired instance count to 60. Reason: The account-level service limit 'ml.m5.12xlarge for endpoint usage' is 1000 Instances") {
		t.Errorf("message %q", m)
	}
}

// A deployment that is new has no alarms yet: they look at its own periods only.
func TestScalingAfterAnUpdate(t *testing.T) {
	a := newAutoscaled(t, 1, Scaling{Min: 1, Max: 10, Target: 300})
	a.load(20, 2*time.Minute)
	if _, fault := a.updateEndpoint(&updateEndpointInput{EndpointName: "demo", EndpointConfigName: "demo-config"}); fault != nil {
		t.Fatal(fault.Message)
	}
	a.load(20, 5*time.Minute)
	a.is(InService, 1, 1)
	a.load(20, 3*time.Minute-time.Second)
	a.is(InService, 1, 1)
	a.load(20, time.Second)
	a.is(Updating, 1, 4)
}

// Auto scaling leaves an endpoint alone that is not in service, and forgets one that is gone.
func TestScalingOfEndpointsThatLeave(t *testing.T) {
	a := newAutoscaled(t, 1, Scaling{Min: 1, Max: 10, Target: 300})
	if err := a.SetStatus("demo", RollingBack, ""); err != nil {
		t.Fatal(err)
	}
	a.load(20, 10*time.Minute)
	a.activities()
	if err := a.SetStatus("demo", "", ""); err != nil {
		t.Fatal(err)
	}
	if _, fault := a.deleteEndpoint(&endpointName{"demo"}); fault != nil {
		t.Fatal(fault.Message)
	}
	a.move(10 * time.Minute)
	a.catchUp()
	if len(a.scaling.targets) != 0 || len(a.agenda.events) != 0 {
		t.Errorf("%d targets and %d events are left", len(a.scaling.targets), len(a.agenda.events))
	}
}
