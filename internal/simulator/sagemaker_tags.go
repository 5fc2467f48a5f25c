package simulator

import (
	"maps"
	"slices"

	"sagetop/internal/simulator/wire"
)

// SageMaker: tags of endpoints and of their configurations.

const maxTags = 50

type tag struct{ Key, Value string }

// tags of a resource. A value does not change.
type tags struct{ values map[string]string }

func tagsOf(values map[string]string) tags { return tags{maps.Clone(values)} }

// with is t and more.
func (t tags) with(more []tag) (tags, *wire.Error) {
	var c constraints
	next := map[string]string{}
	maps.Copy(next, t.values)
	for _, m := range more {
		switch {
		case !c.required(m.Key, "tags.member.key"):
		case len(m.Key) > 128:
			c.add(quoted(m.Key), "tags.member.key", "have length less than or equal to 128")
		case len(m.Value) > 256:
			c.add(quoted(m.Value), "tags.member.value", "have length less than or equal to 256")
		}
		next[m.Key] = m.Value
	}
	if fault := c.fault(); fault != nil {
		return t, fault
	}
	if len(next) > maxTags {
		return t, limitExceeded("Number of tags per resource", "Tags", maxTags, len(t.values), len(next)-len(t.values))
	}
	return tags{next}, nil
}

func (t tags) without(keys []string) tags {
	next := maps.Clone(t.values)
	for _, key := range keys {
		delete(next, key)
	}
	return tags{next}
}

// list is in order of the keys.
func (t tags) list() []tag {
	out := []tag{}
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		out = append(out, tag{key, t.values[key]})
	}
	return out
}

// SetTags replaces the tags of an endpoint.
func (s *Server) SetTags(endpoint string, values map[string]string) error {
	s.change()
	defer s.changes.Unlock()
	e, err := s.find(endpoint)
	if err != nil {
		return err
	}
	e.tags = tagsOf(values)
	return nil
}

// tagged are the tags of the resource with that ARN.
func (s *Server) tagged(arn string) (*tags, *wire.Error) {
	for _, e := range s.endpoints.all() {
		if arn == s.endpointARN(e) {
			return &e.tags, nil
		}
	}
	for _, c := range s.configs.all() {
		if arn == s.configARN(c.name) {
			return &c.tags, nil
		}
	}
	return nil, wire.Invalid("Could not find resource \"%.256s\".", arn)
}

type tagsInput struct {
	ResourceArn string
	Tags        []tag
	TagKeys     []string
}

type tagsOutput struct{ Tags []tag }

func (s *Server) listTags(in *tagsInput) (*tagsOutput, *wire.Error) {
	s.change()
	defer s.changes.Unlock()
	of, fault := s.tagged(in.ResourceArn)
	if fault != nil {
		return nil, fault
	}
	return &tagsOutput{of.list()}, nil
}

func (s *Server) addTags(in *tagsInput) (*tagsOutput, *wire.Error) {
	var c constraints
	c.some(len(in.Tags), "tags", maxTags)
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	s.change()
	defer s.changes.Unlock()
	of, fault := s.tagged(in.ResourceArn)
	if fault != nil {
		return nil, fault
	}
	next, fault := of.with(in.Tags)
	if fault != nil {
		return nil, fault
	}
	*of = next
	return &tagsOutput{of.list()}, nil
}

func (s *Server) deleteTags(in *tagsInput) (*struct{}, *wire.Error) {
	var c constraints
	c.some(len(in.TagKeys), "tagKeys", maxTags)
	if fault := c.fault(); fault != nil {
		return nil, fault
	}
	s.change()
	defer s.changes.Unlock()
	of, fault := s.tagged(in.ResourceArn)
	if fault != nil {
		return nil, fault
	}
	*of = of.without(in.TagKeys)
	return &struct{}{}, nil
}
