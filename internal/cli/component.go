package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	awssagemaker "github.com/aws/aws-sdk-go-v2/service/sagemaker"

	"sagetop/cwmetrics"
	"sagetop/internal/cloud"
	"sagetop/internal/sizing"
)

// describeComponent describes the inference component that is to be loaded, and takes the variant that it is on for the one under load.
// One that cannot be described can still be loaded.
func (s *site) describeComponent(ctx context.Context, api cwmetrics.ComponentAPI, o *options) error {
	name := o.inferenceComponent
	if name == "" {
		return nil
	}
	err := cwmetrics.DescribeComponent(ctx, api, s.endpoint, name)
	switch {
	case errors.Is(err, cwmetrics.ErrNoComponent):
		there, _ := cwmetrics.Components(ctx, api, s.endpoint.Name) // without names the error says less
		return cloud.NoComponent(s.endpoint.Name, name, there)
	case err != nil:
		err = s.cloud.Explain(err)
		if cloud.Fatal(err) {
			return err
		}
		s.unknown = append(s.unknown, "inference component "+name+": "+oneLine(err))
	}
	if on := s.endpoint.Component.Variant; on != "" && o.variant != "" && on != o.variant {
		return fmt.Errorf("inference component %s is on variant %s of %s, not on %s\nleave --variant away", name, on, s.endpoint.Name, o.variant)
	} else if v := s.endpoint.Variant(on); v != nil {
		s.variant = v
	}
	return nil
}

// unnamed says that requests must name an inference component and none was given, or nil.
func (s *site) unnamed(ctx context.Context, o *options) error {
	if s.variant == nil || !s.variant.Components || o.inferenceComponent != "" {
		return nil
	}
	there, err := cwmetrics.Components(ctx, awssagemaker.NewFromConfig(s.cloud.AWS()), s.endpoint.Name)
	switch {
	case err != nil:
		return fmt.Errorf("endpoint %s serves inference components, and requests must name one: add --inference-component NAME\ntheir names: %s", s.endpoint.Name, oneLine(s.cloud.Explain(err)))
	case len(there) == 0:
		return fmt.Errorf("endpoint %s is made for inference components and has none yet\ncreate one: aws sagemaker create-inference-component", s.endpoint.Name)
	}
	return fmt.Errorf("endpoint %s serves inference components, and requests must name one: it has %s\nadd --inference-component %s", s.endpoint.Name, strings.Join(there, ", "), there[0])
}

// unit that carries the load.
func (s *site) unit() sizing.Unit {
	if s.endpoint.Component != nil {
		return sizing.Copy
	}
	return sizing.Instance
}

// count of what carries the load; 0 when it is not known.
func (s *site) count() int {
	n, _, _ := s.endpoint.Count(s.variantName())
	return n
}

// sharing is with whom the copies share the instances, "" when nobody is known.
func (s *site) sharing() string {
	c, v := s.endpoint.Component, s.variant
	if c == nil || v == nil || len(c.Neighbours) == 0 {
		return ""
	}
	var all []string
	for _, n := range c.Neighbours {
		all = append(all, fmt.Sprintf("%s (%s)", n.Name, sizing.Copy.Count(n.Copies)))
	}
	return fmt.Sprintf("%s shares %s with %s", c.Name, sizing.Instance.Count(v.Instances), strings.Join(all, ", "))
}

// componentNotes are caveats of the component that is loaded.
func (s *site) componentNotes() (notes []string) {
	c := s.endpoint.Component
	if c == nil {
		return nil
	}
	if text := s.sharing(); text != "" {
		notes = append(notes, text+": its CPU and memory are shares of what its own copies reserve")
	}
	switch {
	case c.Status == "":
	case c.Copies == 0:
		notes = append(notes, c.Name+" has no copy: requests are refused until it has (--instances N)")
	case c.Status != "InService":
		notes = append(notes, strings.TrimSuffix("inference component "+c.Name+" is "+c.Status+": "+c.FailureReason, ": "))
	}
	if c.Status != "" && c.Cores == 0 && c.Accelerators == 0 {
		notes = append(notes, c.Name+" reserves no cores: its CPU is a share of what it may use, which neighbours use too")
	}
	return notes
}
