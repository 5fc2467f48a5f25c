package simulator

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sagetop/internal/simulator/model"
)

func TestParseProfile(t *testing.T) {
	p, err := ParseProfile([]byte(`{
		"base": "gpu-small",
		"name": "mine",
		"workers": 4,
		"service": {"median": "31ms"},
		"warmup": {"initial": true},
		"faults": [{"kind": "slow", "delay": "2s", "from": "30s", "for": "10s"}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := model.Named("gpu-small")
	want.Name, want.Workers, want.Service.Median, want.Warmup.Initial = "mine", 4, model.Duration(31*time.Millisecond), true
	if p.Profile != want {
		t.Errorf("%+v, want %+v", p.Profile, want)
	}
	if len(p.Faults) != 1 || p.Faults[0].From != model.Duration(30*time.Second) {
		t.Errorf("faults %+v", p.Faults)
	}
	if p, err = ParseProfile([]byte("{}")); err != nil || p.Profile != model.Default() {
		t.Errorf("an empty profile is %+v, error %v", p, err)
	}
}

// A ready profile that is written down is read back as it is.
func TestProfilesReadBack(t *testing.T) {
	for _, name := range ProfileNames() {
		p, _ := NamedProfile(name)
		data, err := json.MarshalIndent(p, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseProfile(data)
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("%s: %+v, error %v", name, got, err)
		}
		if _, err := New(Config{Endpoints: []EndpointConfig{{Name: "a", Profile: &p.Profile}}, Faults: p.Faults}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// An error names the line, the parameter, its value and what it must be.
func TestBadProfiles(t *testing.T) {
	for file, want := range map[string]string{
		"{\n\"workers\": 0}":                            `line 2: workers 0, must be a whole number, 1 to 1024`,
		"{\n\n\"workers\": \"many\"}":                   `line 3: workers "many", must be a whole number, 1 to 1024`,
		`{"workers": null}`:                             `line 1: workers null, must be a whole number, 1 to 1024`,
		`{"workers": 1.5}`:                              `line 1: workers 1.5, must be a whole number, 1 to 1024`,
		"{\"service\":\n{\"median\": \"soon\"}}":        `line 2: service.median "soon", must be a time such as 250ms, 0s to 24h0m0s`,
		`{"service": {"mean": "1s"}}`:                   `line 1: no parameter is named "service.mean"`,
		`{"service": "1s"}`:                             `line 1: service must be an object {...}`,
		`{"worker": 3}`:                                 `line 1: no parameter is named "worker"`,
		`{"name": 3}`:                                   `line 1: name 3, must be text`,
		`{"base": "none"}`:                              `line 1: base "none", must be one of distilbert-m5, `,
		`{"warmup": {"initial": 1}}`:                    `line 1: warmup.initial 1, must be true or false`,
		"{\"faults\":\n[{\"kind\": \"flood\"}]}":        `line 2: faults: number 1: simulator: bad fault: kind "flood": must be one of `,
		`{"faults": [{"kind": "stall", "share": "x"}]}`: `share "x": must be 0 to 1`,
		`{"components": [{"name": "a", "copys": 2}]}`:   `line 1: components: must be a list of {"name", "copies", "cores", "memory_mb", "accelerators"}: json: unknown field "copys"`,
		`[]`:                `line 1: a profile must be an object {...}`,
		`{"workers": 3`:     `line 1: the profile ends before its last brace }`,
		`{"workers": 3} x`:  `line 1: there is more after the profile's end`,
		"{\n\"workers\" 3}": `line 2: this is no JSON: `,
		``:                  `line 1: the profile ends before its last brace }`,
		`{"stall": {"every": "1s", "mean": "2s"}}`:        `stall.every 1s, must be 0, or at least 1s and stall.mean`,
		`{"answer": {"chunk": ""}, "base": "llm-stream"}`: `answer.chunk "", must not be empty with llm.batch`,
	} {
		_, err := ParseProfile([]byte(file))
		if !errors.Is(err, model.ErrProfile) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
}

// Every member that a profile has in JSON is known, as a number with its range or as text.
func TestAllParametersAreKnown(t *testing.T) {
	known := slices.Clone(texts)
	for _, p := range new(model.Default()).Parameters() {
		known = append(known, p.Name)
	}
	var walk func(path string, of reflect.Type)
	var all []string
	walk = func(path string, of reflect.Type) {
		for i := range of.NumField() {
			f := of.Field(i)
			name := path + f.Tag.Get("json")
			if f.Type.Kind() == reflect.Struct {
				walk(name+".", f.Type)
			} else {
				all = append(all, name)
			}
		}
	}
	walk("", reflect.TypeFor[model.Profile]())
	slices.Sort(known)
	slices.Sort(all)
	if !slices.Equal(known, all) {
		t.Errorf("known %v\nmembers %v", known, all)
	}
}

// FuzzParseProfile: whatever it is, it is refused or can be served.
func FuzzParseProfile(f *testing.F) {
	for _, name := range ProfileNames() {
		p, _ := NamedProfile(name)
		data, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"base": "llm-stream", "faults": [{"kind": "stall"}], "cpu": {"idle": 1e400}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParseProfile(data)
		if err != nil {
			if !errors.Is(err, model.ErrProfile) {
				t.Fatalf("%v is no ErrProfile", err)
			}
			return
		}
		p.Faults = nil // their endpoints are not there
		if _, err := New(Config{Endpoints: []EndpointConfig{{Name: "a", InstanceType: "ml.m5.large", Profile: &p.Profile}}}); err != nil {
			t.Fatal(err)
		}
	})
}
