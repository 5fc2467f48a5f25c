package sizing

import "strings"

// The finding that says why no CPU figure sizes an endpoint.
const (
	noSizing      = "no-sizing"
	noSizingTitle = "not sized by CPU"
)

// exemption is a kind of endpoint that CPU figures cannot size.
type exemption struct {
	kind   string // as docs/findings.md lists it
	is     func(*Facts) bool
	reason string // TYPE stands for the instance type
	off    string // what is not concluded
	advice string
}

const byLatency = "Judge it by latency and errors alone."

// exemptions in the order in which they are asked.
var exemptions = [...]exemption{
	{
		"several variants", func(f *Facts) bool { return f.Variants > 1 },
		"several variants share the load, and the figures of one say nothing about all of it",
		"everything that CloudWatch says: its figures are those of one variant",
		"Give --variant NAME: then one variant gets the load and is judged.",
	}, {
		"inference components", func(f *Facts) bool { return f.Components },
		"inference components share its instances: their CPU share is not of this load alone",
		"the band, and all that rests on the share of CPU or GPU or on ModelLatency being of this load alone",
		"Give --inference-component NAME to load and judge one of them, or judge it by latency and errors alone.",
	}, {
		"serverless", func(f *Facts) bool { return f.Serverless },
		"a serverless endpoint publishes no CPUUtilization", "the band, and all that rests on the share of CPU", byLatency,
	}, {
		"Neuron", func(f *Facts) bool { return f.Neuron },
		"TYPE does its work on Neuron chips, which publish no utilisation here",
		"the band and `container`: an idle CPU says nothing about the chips", byLatency,
	}, {
		"GPU", func(f *Facts) bool { return f.GPUs > 0 },
		"TYPE does its work on GPUs, so its CPU share does not size it", "the band",
		"Watch GPUUtilization and latency as the load grows.",
	}, {
		"burstable, ml.t*", func(f *Facts) bool { return f.Burstable },
		"TYPE is burstable and its CPU credits are not published",
		"the band, `cpu-saturated` and `container`: without credits it is slow at any share",
		"Size on a type with full cores, such as ml.m5 or ml.c5.",
	}, {
		"container by its URL", func(f *Facts) bool { return f.Container },
		"a container by its URL publishes no CPUUtilization", "the band, and all that CloudWatch would say",
		"Judge it by latency and errors alone, and size the endpoint that it is deployed to.",
	}, {
		"unknown instance type", func(f *Facts) bool { return f.VCPUs <= 0 && !f.Copies },
		"the vCPUs of TYPE are not known, so CPUUtilization has no full mark", "the band, and all that rests on the share of CPU",
		"Give --vcpus N, the vCPUs of one instance.",
	},
}

// Unsizable is why CPU figures cannot size this endpoint and what would help, "" when they can.
func (f Facts) Unsizable() (reason, advice string) {
	for i := range exemptions {
		if e := &exemptions[i]; e.is(&f) {
			return strings.Replace(e.reason, "TYPE", typeName(f), 1), e.advice
		}
	}
	return "", ""
}

func typeName(f Facts) string {
	if f.InstanceType == "" {
		return "this instance type"
	}
	return f.InstanceType
}
