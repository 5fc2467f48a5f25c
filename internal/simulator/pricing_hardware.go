package simulator

// hardware of one instance of a type.
type hardware struct {
	vcpus        int
	memory       float64 // GiB
	accelerators int
	gpuMemory    int // GiB of each; 0 when the accelerators are no GPUs
}

// Simulated prices are in USD an hour, round, and none of AWS's.
const (
	pricePerVCPU        = 0.05
	pricePerGiB         = 0.005
	pricePerAccelerator = 1
)

func (h hardware) price() float64 {
	return pricePerVCPU*float64(h.vcpus) + pricePerGiB*h.memory + pricePerAccelerator*float64(h.accelerators)
}

// instanceTypes that can host.
var instanceTypes = map[string]hardware{
	"ml.t2.medium":  {vcpus: 2, memory: 4},
	"ml.t2.large":   {vcpus: 2, memory: 8},
	"ml.t2.xlarge":  {vcpus: 4, memory: 16},
	"ml.t2.2xlarge": {vcpus: 8, memory: 32},

	"ml.m5.large":     {vcpus: 2, memory: 8},
	"ml.m5.xlarge":    {vcpus: 4, memory: 16},
	"ml.m5.2xlarge":   {vcpus: 8, memory: 32},
	"ml.m5.4xlarge":   {vcpus: 16, memory: 64},
	"ml.m5.12xlarge":  {vcpus: 48, memory: 192},
	"ml.m5.24xlarge":  {vcpus: 96, memory: 384},
	"ml.m6i.large":    {vcpus: 2, memory: 8},
	"ml.m6i.xlarge":   {vcpus: 4, memory: 16},
	"ml.m7i.large":    {vcpus: 2, memory: 8},
	"ml.m7i.xlarge":   {vcpus: 4, memory: 16},
	"ml.m7i.48xlarge": {vcpus: 192, memory: 768},

	"ml.c5.large":     {vcpus: 2, memory: 4},
	"ml.c5.xlarge":    {vcpus: 4, memory: 8},
	"ml.c5.2xlarge":   {vcpus: 8, memory: 16},
	"ml.c5.4xlarge":   {vcpus: 16, memory: 32},
	"ml.c5.9xlarge":   {vcpus: 36, memory: 72},
	"ml.c5.18xlarge":  {vcpus: 72, memory: 144},
	"ml.c6i.large":    {vcpus: 2, memory: 4},
	"ml.c6i.xlarge":   {vcpus: 4, memory: 8},
	"ml.c7i.large":    {vcpus: 2, memory: 4},
	"ml.c7i.xlarge":   {vcpus: 4, memory: 8},
	"ml.c7i.48xlarge": {vcpus: 192, memory: 384},

	"ml.r5.large":   {vcpus: 2, memory: 16},
	"ml.r5.4xlarge": {vcpus: 16, memory: 128},

	"ml.g4dn.xlarge":   {vcpus: 4, memory: 16, accelerators: 1, gpuMemory: 16},
	"ml.g4dn.2xlarge":  {vcpus: 8, memory: 32, accelerators: 1, gpuMemory: 16},
	"ml.g4dn.4xlarge":  {vcpus: 16, memory: 64, accelerators: 1, gpuMemory: 16},
	"ml.g4dn.8xlarge":  {vcpus: 32, memory: 128, accelerators: 1, gpuMemory: 16},
	"ml.g4dn.12xlarge": {vcpus: 48, memory: 192, accelerators: 4, gpuMemory: 16},
	"ml.g4dn.16xlarge": {vcpus: 64, memory: 256, accelerators: 1, gpuMemory: 16},
	"ml.g5.xlarge":     {vcpus: 4, memory: 16, accelerators: 1, gpuMemory: 24},
	"ml.g5.2xlarge":    {vcpus: 8, memory: 32, accelerators: 1, gpuMemory: 24},
	"ml.g5.12xlarge":   {vcpus: 48, memory: 192, accelerators: 4, gpuMemory: 24},
	"ml.g5.24xlarge":   {vcpus: 96, memory: 384, accelerators: 4, gpuMemory: 24},
	"ml.g5.48xlarge":   {vcpus: 192, memory: 768, accelerators: 8, gpuMemory: 24},
	"ml.g6.xlarge":     {vcpus: 4, memory: 16, accelerators: 1, gpuMemory: 24},
	"ml.g6.2xlarge":    {vcpus: 8, memory: 32, accelerators: 1, gpuMemory: 24},
	"ml.g6.12xlarge":   {vcpus: 48, memory: 192, accelerators: 4, gpuMemory: 24},
	"ml.g6.24xlarge":   {vcpus: 96, memory: 384, accelerators: 4, gpuMemory: 24},
	"ml.g6.48xlarge":   {vcpus: 192, memory: 768, accelerators: 8, gpuMemory: 24},
	"ml.g6e.xlarge":    {vcpus: 4, memory: 32, accelerators: 1, gpuMemory: 48},
	"ml.g6e.2xlarge":   {vcpus: 8, memory: 64, accelerators: 1, gpuMemory: 48},
	"ml.g6e.12xlarge":  {vcpus: 48, memory: 384, accelerators: 4, gpuMemory: 48},
	"ml.g6e.24xlarge":  {vcpus: 96, memory: 768, accelerators: 4, gpuMemory: 48},
	"ml.g6e.48xlarge":  {vcpus: 192, memory: 1536, accelerators: 8, gpuMemory: 48},
	"ml.p4d.24xlarge":  {vcpus: 96, memory: 1152, accelerators: 8, gpuMemory: 40},
	"ml.p5.4xlarge":    {vcpus: 16, memory: 256, accelerators: 1, gpuMemory: 80},
	"ml.p5.48xlarge":   {vcpus: 192, memory: 2048, accelerators: 8, gpuMemory: 80},

	"ml.inf1.xlarge":   {vcpus: 4, memory: 8, accelerators: 1},
	"ml.inf1.6xlarge":  {vcpus: 24, memory: 48, accelerators: 4},
	"ml.inf2.xlarge":   {vcpus: 4, memory: 16, accelerators: 1},
	"ml.inf2.8xlarge":  {vcpus: 32, memory: 128, accelerators: 1},
	"ml.inf2.24xlarge": {vcpus: 96, memory: 384, accelerators: 6},
	"ml.inf2.48xlarge": {vcpus: 192, memory: 768, accelerators: 12},
	"ml.trn1.2xlarge":  {vcpus: 8, memory: 32, accelerators: 1},
	"ml.trn1.32xlarge": {vcpus: 128, memory: 512, accelerators: 16},
}
