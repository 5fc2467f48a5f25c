package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sagetop/internal/simulator/model"
)

// Profile is how a simulated endpoint behaves, what goes wrong with it, and which inference components share its instances.
type Profile struct {
	model.Profile
	Faults     []Fault     `json:"faults,omitempty"`
	Components []Component `json:"components,omitempty"`
}

// ProfileNames are those of the profiles that are ready.
func ProfileNames() []string { return model.Names() }

// NamedProfile is a profile that is ready; false when none has the name.
func NamedProfile(name string) (Profile, bool) {
	p, ok := model.Named(name)
	return Profile{Profile: p}, ok
}

// texts are the parameters of a profile that are no numbers.
var texts = []string{
	"name", "hardware.instance_type",
	"answer.content_type", "answer.body", "answer.stream_content_type", "answer.chunk", "answer.last",
}

// ParseProfile reads a profile from JSON. What it does not say is as in the ready profile that it names as its base, else as in
// distilbert-m5. An error says in which line what is wrong, and what it must be.
func ParseProfile(data []byte) (Profile, error) {
	p := Profile{Profile: model.Default()}
	r := profileReader{data: data, d: json.NewDecoder(bytes.NewReader(data)), parameters: map[string]model.Parameter{}, base: &p}
	for _, q := range p.Parameters() {
		r.parameters[q.Name] = q
	}
	if err := r.read(); err != nil {
		return p, err
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("%w: %w", model.ErrProfile, err)
	}
	return p, p.Validate()
}

// profileReader reads a profile's members one by one, only to say where and why one of them is wrong.
type profileReader struct {
	data       []byte
	d          *json.Decoder
	parameters map[string]model.Parameter
	base       *Profile // what the file starts from
}

func (r *profileReader) read() error {
	if err := r.object(""); err != nil {
		return err
	}
	if _, err := r.d.Token(); !errors.Is(err, io.EOF) {
		return r.wrong("there is more after the profile's end")
	}
	return nil
}

// wrong is an error in the line that was read last.
func (r *profileReader) wrong(format string, args ...any) error {
	line := 1 + bytes.Count(r.data[:r.d.InputOffset()], []byte{'\n'})
	return fmt.Errorf("%w: line %d: %w", model.ErrProfile, line, fmt.Errorf(format, args...))
}

// object reads the members of one whose path ends in a dot, or is empty.
func (r *profileReader) object(path string) error {
	if open, err := r.d.Token(); err != nil {
		return r.wrong("%w", malformed(err))
	} else if open != json.Delim('{') {
		return r.wrong("%s must be an object {...}", cmp.Or(strings.TrimSuffix(path, "."), "a profile"))
	}
	for r.d.More() {
		key, err := r.d.Token()
		if err != nil {
			return r.wrong("%w", malformed(err))
		}
		if err := r.member(path + key.(string)); err != nil { // between braces, what comes before a colon is a string
			return err
		}
	}
	if _, err := r.d.Token(); err != nil {
		return r.wrong("%w", malformed(err))
	}
	return nil
}

// malformed is err without the decoder's own name.
func malformed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the profile ends before its last brace }")
	}
	return fmt.Errorf("this is no JSON: %w", err)
}

func (r *profileReader) member(path string) error {
	if r.group(path + ".") {
		return r.object(path + ".")
	}
	var value json.RawMessage
	if err := r.d.Decode(&value); err != nil {
		return r.wrong("%w", malformed(err))
	}
	p, number := r.parameters[path]
	switch {
	case number && !p.Accepts(value):
		return r.wrong("%s %.64s, must be %s", path, value, p.Wanted())
	case number:
	case path == "base":
		return r.startFrom(value)
	case path == "faults":
		return r.faults(value)
	case path == "components":
		return r.components(value)
	case !slices.Contains(texts, path):
		return r.wrong("no parameter is named %.64q", path)
	case value[0] != '"':
		return r.wrong("%s %.64s, must be text", path, value)
	}
	return nil
}

// group says whether there are parameters below a path.
func (r *profileReader) group(path string) bool {
	for name := range r.parameters {
		if strings.HasPrefix(name, path) {
			return true
		}
	}
	return strings.HasPrefix("answer.body", path)
}

func (r *profileReader) startFrom(value json.RawMessage) error {
	var name string
	_ = json.Unmarshal(value, &name) // what is no text is no name
	p, ok := NamedProfile(name)
	if !ok {
		return r.wrong("base %.64s, must be one of %s", value, strings.Join(ProfileNames(), ", "))
	}
	*r.base = p
	return nil
}

func (r *profileReader) faults(value json.RawMessage) error {
	var all []Fault
	if err := json.Unmarshal(value, &all); err != nil {
		return r.wrong("faults: %w", err)
	}
	for i := range all {
		if err := all[i].Validate(); err != nil {
			return r.wrong("faults: number %d: %w", i+1, err)
		}
	}
	return nil
}

// components are checked against the hardware when the endpoint is made.
func (r *profileReader) components(value json.RawMessage) error {
	var all []Component
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		return r.wrong("components: must be a list of {\"name\", \"copies\", \"cores\", \"memory_mb\", \"accelerators\"}: %w", err)
	}
	return nil
}
