package tui

import (
	"fmt"
	"strings"

	"sagetop/cwmetrics"
	"sagetop/internal/sizing"
)

// unit that carries the load.
func (f *frame) unit() sizing.Unit { return f.st.Info.Target.Unit() }

// component that is loaded, as last described; nil when the load is not of one.
func (f *frame) component() *cwmetrics.Component { return f.endpoint().Component }

// copiesText is "2 copies on", or how many are to come: "2 -> 4 copies on".
func copiesText(c *cwmetrics.Component) string {
	switch {
	case c.Status == "":
		return "? copies on"
	case c.Desired != c.Copies:
		return fmt.Sprintf("%d -> %s on", c.Copies, sizing.Copy.Count(c.Desired))
	}
	return sizing.Copy.Count(c.Copies) + " on"
}

// neighboursText is who shares the instances: "beside phi 3, gemma 1".
func neighboursText(c *cwmetrics.Component) string {
	var all []string
	for _, n := range c.Neighbours {
		all = append(all, fmt.Sprintf("%s %d", n.Name, n.Copies))
	}
	if len(all) == 0 {
		return ""
	}
	return "beside " + strings.Join(all, ", ")
}

// namesWidth is from where the header has room for the names of neighbours.
const namesWidth = 100

// besides is who shares the instances, for the header; "" when nobody does.
func (f *frame) besides() string {
	c := f.component()
	switch {
	case c == nil || len(c.Neighbours) == 0:
		return ""
	case f.layout.header.W < namesWidth:
		return "beside " + plural(len(c.Neighbours), "other")
	}
	return neighboursText(c)
}

// describeComponent is all that is known of c.
func describeComponent(c *cwmetrics.Component, add func(label, text string)) {
	if c == nil {
		return
	}
	if c.Status == "" {
		add("component", c.Name+", not described (sagemaker:DescribeInferenceComponent)")
		return
	}
	add("component", fmt.Sprintf("%s: %s %s, %s", c.Name, copiesText(c), c.Variant, strings.TrimSpace(c.Status+" "+c.FailureReason)))
	add("", reservedText(c))
	add("", neighboursText(c))
}

// reservedText is what a copy reserves: "a copy reserves 8 cores, 1 accelerator, 4096 MiB".
func reservedText(c *cwmetrics.Component) string {
	var all []string
	if c.Cores > 0 {
		all = append(all, fmt.Sprintf("%g cores", c.Cores))
	}
	if c.Accelerators > 0 {
		all = append(all, fmt.Sprintf("%g accelerators", c.Accelerators))
	}
	if c.MemoryMiB > 0 {
		all = append(all, fmt.Sprintf("%d MiB", c.MemoryMiB))
	}
	if len(all) == 0 {
		return "copies reserve nothing: shares are of what they may use"
	}
	return "a copy reserves " + strings.Join(all, ", ")
}
