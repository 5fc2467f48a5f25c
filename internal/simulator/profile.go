package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sagetop/internal/simulator/model"
)

// Profile is how a simulated endpoint behaves, and what goes wrong with it.
type Profile struct {
	model.Profile
	Faults []Fault `json:"faults,omitempty"`
}

const defaultProfile = "distilbert-m5"

// ProfileNames are those of the profiles that are ready.
func ProfileNames() []string { return []string{defaultProfile} }

// NamedProfile is a profile that is ready; false when none has the name.
func NamedProfile(name string) (Profile, bool) {
	return Profile{Profile: model.Default()}, name == defaultProfile
}

// ParseProfile reads a profile from JSON. What it does not say is as in the default one.
func ParseProfile(data []byte) (Profile, error) {
	p := Profile{Profile: model.Default()}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		if errors.Is(err, model.ErrProfile) || errors.Is(err, ErrFault) {
			return p, err
		}
		return p, fmt.Errorf("%w: %w", model.ErrProfile, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return p, fmt.Errorf("%w: more than one JSON object", model.ErrProfile)
	}
	for i := range p.Faults {
		if err := p.Faults[i].Validate(); err != nil {
			return p, err
		}
	}
	return p, p.Validate()
}
