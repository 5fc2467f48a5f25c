package cli

import (
	"math"

	"github.com/spf13/pflag"

	"sagetop/internal/sizing"
)

// sizingFlags ask how many instances a target takes.
func (o *options) sizingFlags(f *pflag.FlagSet) {
	f.Float64Var(&o.sizing.TPS, "target-tps", 0, "say how many instances carry so many successes a second (`TPS`)")
	f.Float64Var(&o.sizing.CPU, "target-cpu", sizing.DefaultCPU, "share of all cores to size for, in `PERCENT`")
	f.Float64Var(&o.sizing.Price, "price", 0, "of one instance for an hour, in `USD`")
}

// validateSizing refuses what no target can be.
func (o *options) validateSizing() error {
	above := func(x float64) bool { return x > 0 && !math.IsInf(x, 0) }
	switch a := &o.sizing; {
	case o.set["target-tps"] && !above(a.TPS):
		return usage("--target-tps %v: must be above 0", a.TPS)
	case !(a.CPU >= sizing.LeastCPU && a.CPU <= sizing.MostCPU):
		return usage("--target-cpu %v: must be %.0f to %.0f percent of all cores", a.CPU, sizing.LeastCPU, sizing.MostCPU)
	case o.set["price"] && !above(a.Price):
		return usage("--price %v: must be above 0, in USD for one instance and hour", a.Price)
	case o.set["growth"] && !above(a.Growth):
		return usage("--growth %v: must be above 0, in percent a minute", a.Growth)
	}
	return nil
}

// asked is what the run is to answer.
func (o *options) asked() sizing.Ask {
	ask := o.sizing
	if !o.set["target-cpu"] {
		ask.CPU = 0 // a journal says what was asked for
	}
	return ask
}
