package cli

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"sagetop/internal/session"
)

// demoVerifyFor is shorter than in life, as all of the demo's instances are.
const (
	demoVerifyFor = 2 * time.Minute
	demoCPUHold   = time.Minute
)

// proveForFlag is how long a search that goes on to its target holds that.
func (o *options) proveForFlag(f *pflag.FlagSet, length time.Duration) {
	f.DurationVar(&o.verifyFor, "verify-for", length, "how long the target is held to be verified")
}

// proves says whether a search goes on to prove its target.
func (o *options) proves() bool { return o.find && o.verify && o.sizing.TPS > 0 }

// validateProve refuses a target that cannot be proven.
func (o *options) validateProve() error {
	switch {
	case o.set["verify"] && o.verify && o.sizing.TPS == 0:
		return usage("--verify: no target: add --target-tps, the successes a second that are to be carried")
	case o.set["verify-for"] && !o.proves():
		return usage("--verify-for %v: nothing is to be verified: it belongs to a search with --verify and --target-tps", o.verifyFor)
	case o.set["verify-for"] && (o.verifyFor < time.Second || o.verifyFor > maxDuration):
		return usage("--verify-for %v: must be 1s to %v", o.verifyFor, maxDuration)
	case !o.proves():
		return nil
	case o.readOnly:
		return usage("--verify with --read-only: the one may change what the other forbids")
	case o.maxRate > 0 && o.sizing.TPS > o.maxRate:
		return usage("--target-tps %v to be verified: is above --max-rate %v", o.sizing.TPS, o.maxRate)
	}
	return nil
}

// first is how many instances are asked for before the load, 0 for as many as there are. With a target to prove they come after the search.
func (o *options) first() int {
	if o.proves() {
		return 0
	}
	return o.instances
}

// prove is how the search goes on; nil when it ends with its answer.
func (r *rig) prove() *session.Prove {
	if !r.o.proves() {
		return nil
	}
	return &session.Prove{For: r.o.verifyFor, Settle: verifySettle, Instances: r.o.instances, Consent: r.agreed()}
}

// agreed says whether other instances were agreed to. What is simulated costs nothing.
func (r *rig) agreed() session.Consent {
	switch {
	case r.e.simulated || r.o.yes == r.site.endpoint.Name:
		return session.Agreed
	case !r.view.headless:
		return session.ToBeAsked
	}
	return session.NoConsent
}

// unasked says that a target will not be proven for want of a word; empty when it may be.
func (r *rig) unasked() string {
	if !r.o.proves() || r.agreed() != session.NoConsent || r.o.instances > 0 { // so many are refused, not left
		return ""
	}
	return fmt.Sprintf("--verify changes no %s without a screen to ask on: if the target takes others than there are, it stays projected (or add --yes=%s)", r.site.unit().Many(), r.site.endpoint.Name)
}

// cpuHold is as short as the demo's periods of ten seconds allow.
func (r *rig) cpuHold() time.Duration {
	if r.e.simulated {
		return demoCPUHold
	}
	return 0
}

// provePromise is what --dry-run says of what follows a search.
func (r *rig) provePromise() string {
	o, unit := r.o, r.site.unit()
	if !o.proves() {
		return ""
	}
	with := "as many " + unit.Many() + " as that takes"
	if o.instances > 0 {
		with = unit.Count(o.instances)
	}
	text := fmt.Sprintf("\nwould then hold %v requests/s for %v with %s, once that is agreed to", o.sizing.TPS, o.verifyFor, with)
	if r.agreed() != session.Agreed {
		text += ": " + r.wouldAsk()
	}
	return text
}
