package cwmetrics

import (
	"strconv"
	"strings"
)

// HardwareOf an instance type such as ml.m5.12xlarge; the zero Hardware when it is not known. No SageMaker API tells this.
func HardwareOf(instanceType string) Hardware {
	name := strings.TrimPrefix(instanceType, "ml.")
	if h, ok := irregular[name]; ok {
		return h
	}
	family, size, _ := strings.Cut(name, ".")
	perVCPU, ok := memoryPerVCPU[family]
	vcpus := vcpusOfSize(size)
	if !ok || vcpus == 0 {
		return Hardware{}
	}
	return Hardware{VCPUs: vcpus, MemoryGiB: float64(vcpus) * perVCPU, GPUs: gpusOf(family, vcpus)}
}

// memoryPerVCPU in GiB, of the families whose sizes follow the rule of vcpusOfSize.
var memoryPerVCPU = map[string]float64{
	"m4": 4, "m5": 4, "m5d": 4, "m6i": 4, "m6g": 4, "m6gd": 4, "m7i": 4, "m8g": 4,
	"c5": 2, "c5d": 2, "c6i": 2, "c6in": 2, "c6g": 2, "c6gd": 2, "c6gn": 2, "c7g": 2, "c7i": 2, "c8g": 2,
	"r5": 8, "r5d": 8, "r6i": 8, "r6g": 8, "r6gd": 8, "r7i": 8, "r7gd": 8, "r8g": 8,
	"g4dn": 4, "g5": 4, "g6": 4, "g6e": 8,
}

// irregular types: those whose family has one size, or whose vCPUs, memory or accelerators do not grow with the size.
var irregular = map[string]Hardware{
	"t2.medium":  {VCPUs: 2, MemoryGiB: 4, Burstable: true},
	"t2.large":   {VCPUs: 2, MemoryGiB: 8, Burstable: true},
	"t2.xlarge":  {VCPUs: 4, MemoryGiB: 16, Burstable: true},
	"t2.2xlarge": {VCPUs: 8, MemoryGiB: 32, Burstable: true},

	"c4.large":   {VCPUs: 2, MemoryGiB: 3.75},
	"c4.xlarge":  {VCPUs: 4, MemoryGiB: 7.5},
	"c4.2xlarge": {VCPUs: 8, MemoryGiB: 15},
	"c4.4xlarge": {VCPUs: 16, MemoryGiB: 30},
	"c4.8xlarge": {VCPUs: 36, MemoryGiB: 60},

	"p2.xlarge":        {VCPUs: 4, MemoryGiB: 61, GPUs: 1},
	"p2.8xlarge":       {VCPUs: 32, MemoryGiB: 488, GPUs: 8},
	"p2.16xlarge":      {VCPUs: 64, MemoryGiB: 732, GPUs: 16},
	"p3.2xlarge":       {VCPUs: 8, MemoryGiB: 61, GPUs: 1},
	"p3.8xlarge":       {VCPUs: 32, MemoryGiB: 244, GPUs: 4},
	"p3.16xlarge":      {VCPUs: 64, MemoryGiB: 488, GPUs: 8},
	"p4d.24xlarge":     {VCPUs: 96, MemoryGiB: 1152, GPUs: 8},
	"p4de.24xlarge":    {VCPUs: 96, MemoryGiB: 1152, GPUs: 8},
	"p5.4xlarge":       {VCPUs: 16, MemoryGiB: 256, GPUs: 1},
	"p5.48xlarge":      {VCPUs: 192, MemoryGiB: 2048, GPUs: 8},
	"p5e.48xlarge":     {VCPUs: 192, MemoryGiB: 2048, GPUs: 8},
	"p5en.48xlarge":    {VCPUs: 192, MemoryGiB: 2048, GPUs: 8},
	"p6-b200.48xlarge": {VCPUs: 192, MemoryGiB: 2048, GPUs: 8},

	"inf1.xlarge":    {VCPUs: 4, MemoryGiB: 8, Neuron: true},
	"inf1.2xlarge":   {VCPUs: 8, MemoryGiB: 16, Neuron: true},
	"inf1.6xlarge":   {VCPUs: 24, MemoryGiB: 48, Neuron: true},
	"inf1.24xlarge":  {VCPUs: 96, MemoryGiB: 192, Neuron: true},
	"inf2.xlarge":    {VCPUs: 4, MemoryGiB: 16, Neuron: true},
	"inf2.8xlarge":   {VCPUs: 32, MemoryGiB: 128, Neuron: true},
	"inf2.24xlarge":  {VCPUs: 96, MemoryGiB: 384, Neuron: true},
	"inf2.48xlarge":  {VCPUs: 192, MemoryGiB: 768, Neuron: true},
	"trn1.2xlarge":   {VCPUs: 8, MemoryGiB: 32, Neuron: true},
	"trn1.32xlarge":  {VCPUs: 128, MemoryGiB: 512, Neuron: true},
	"trn1n.32xlarge": {VCPUs: 128, MemoryGiB: 512, Neuron: true},
}

// vcpusOfSize is 1 for medium, 2 for large, 4 for xlarge and 4 n for an nxlarge; 0 for anything else.
func vcpusOfSize(size string) int {
	switch size {
	case "medium":
		return 1
	case "large":
		return 2
	case "xlarge":
		return 4
	}
	times, ok := strings.CutSuffix(size, "xlarge")
	n, err := strconv.Atoi(times)
	if !ok || err != nil || n < 2 {
		return 0
	}
	return 4 * n
}

// gpusOf a size of the G families: the odd one is g4dn.16xlarge, with one GPU.
func gpusOf(family string, vcpus int) int {
	switch {
	case !strings.HasPrefix(family, "g"):
		return 0
	case vcpus == 192:
		return 8
	case vcpus == 48, vcpus == 96:
		return 4
	}
	return 1
}

// hardware of what a variant runs on. Neuron and burstable types are told by their family even where the size is not in the table.
func hardware(instanceTypes []string, vcpus int) Hardware {
	var h Hardware
	for i, t := range instanceTypes {
		one := HardwareOf(t)
		one.Neuron = one.Neuron || strings.HasPrefix(t, "ml.inf") || strings.HasPrefix(t, "ml.trn")
		one.Burstable = one.Burstable || strings.HasPrefix(t, "ml.t2.") || strings.HasPrefix(t, "ml.t3.")
		if i > 0 && one != h {
			one = Hardware{Neuron: h.Neuron || one.Neuron, Burstable: h.Burstable || one.Burstable}
		}
		h = one
	}
	if vcpus > 0 {
		h.VCPUs = vcpus
	}
	return h
}
