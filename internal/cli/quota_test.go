package cli_test

import (
	"strings"
	"testing"

	"sagetop/internal/simulator"
)

// limited is a world whose account may have four of the instances that fast has one of.
func limited(t *testing.T, faults ...simulator.Fault) *world {
	t.Helper()
	return newWorldOf(t, simulator.Config{Endpoints: []simulator.EndpointConfig{quick()}, Quotas: map[string]int{"ml.m5.12xlarge": 4}, Faults: faults})
}

// listed is how often quotas were listed, with or without success.
func (w *world) listed() (n uint64) {
	for answer, times := range w.server.Counts() {
		if strings.HasSuffix(answer.Operation, "ServiceQuotas") {
			n += times
		}
	}
	return n
}

// The question says the quota; what is beyond it is said plainly, and left to the person. Refused, the quota is left out.
func TestAsksWithTheQuota(t *testing.T) {
	t.Parallel()
	denied := simulator.Fault{Kind: simulator.FaultAccessDenied, Operation: "servicequotas:*"}
	for name, c := range map[string]struct {
		faults    []simulator.Fault
		instances string
		says      []string
		not       string
	}{
		"within": {nil, "4", []string{"; quota: 4 ml.m5.12xlarge for endpoint usage in this account and region, 4 asked for; other endpoints' count too"}, "warning"},
		"beyond": {nil, "5", []string{
			"above the quota of 4 ml.m5.12xlarge for endpoint usage in this account and region: 5 asked for, which AWS will likely refuse",
			"ask for more: aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-", "--desired-value 5 --region us-east-1",
			"from 1 to 5 x ml.m5.12xlarge, which cost money until they are scaled back; that is above the quota",
		}, "quota: 4"},
		"denied": {[]simulator.Fault{denied}, "5", []string{"from 1 to 5 x ml.m5.12xlarge"}, "quota"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := limited(t, c.faults...)
			p := w.console("run", "fast", "-d", "hi", "-n", "20", "--instances", c.instances, "--no-cloudwatch", "--out", "run")
			p.shows("Scale and load it? [y/N]")
			said := strings.ReplaceAll(p.stdout.String(), "\r\n", "\n")
			for _, text := range c.says {
				if !strings.Contains(said, text) {
					t.Errorf("it does not say %q:\n%s", text, said)
				}
			}
			if strings.Contains(said, c.not) {
				t.Errorf("it says %q:\n%s", c.not, said)
			}
			p.press("\r")
			p.leaves(1)
			if n := w.listed(); n != 1 {
				t.Errorf("quotas were listed %d times", n)
			}
		})
	}
}

// Without a person it is said as well, and tried all the same. What asks for no instances reads no quota.
func TestQuotaWithoutAPerson(t *testing.T) {
	if testing.Short() {
		t.Skip("what commands say: nothing in it is only seen by the race detector")
	}
	t.Parallel()
	w := limited(t)
	run := func(code int, flags ...string) string {
		t.Helper()
		p := w.headless(append([]string{"run", "fast", "-d", "hi", "-n", "5", "--no-cloudwatch", "--headless"}, flags...)...)
		p.exits(code)
		return p.stderr.String()
	}
	if run(0); w.listed() != 0 {
		t.Errorf("quotas were listed %d times for a run that scales nothing", w.listed())
	}
	said := run(1, "--instances", "5", "--yes=fast")
	for _, text := range []string{
		"sagetop: warning: above the quota of 4 ml.m5.12xlarge for endpoint usage in this account and region: 5 asked for",
		"\nask for more: aws service-quotas request-service-quota-increase --service-code sagemaker --quota-code L-",
		"5 instances of fast/AllTraffic are above a quota of this account",
	} {
		if !strings.Contains(said, text) {
			t.Errorf("it does not say %q:\n%s", text, said)
		}
	}
	if said := run(1, "--instances", "5", "--yes=fast", "--quiet"); !strings.Contains(said, "above the quota of 4") {
		t.Errorf("quiet:\n%s", said)
	}
	if said := run(0, "--instances", "5", "--yes=fast", "--dry-run"); !strings.Contains(said, "above the quota of 4") {
		t.Errorf("of what it would do:\n%s", said)
	}
	if said := run(0, "--instances", "4", "--yes=fast"); strings.Contains(said, "quota") {
		t.Errorf("of what is within the quota:\n%s", said)
	}
	if said := run(0, "--instances", "2", "--yes=fast"); strings.Contains(said, "quota") {
		t.Errorf("of fewer instances:\n%s", said)
	}
}

// On the screen the question has it as soon as it is known, and a service that never answers is in nobody's way.
func TestQuotaOnTheScreen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults []simulator.Fault
		says   string
		knows  bool
	}{
		"known":         {nil, "!quota        above the quota of 4 ml.m5.12xlarge for endpoint usage in this", true},
		"never answers": {[]simulator.Fault{{Kind: simulator.FaultStall, Operation: "servicequotas:*"}}, "auto scaling  none", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := limited(t, c.faults...)
			p := w.console("run", "fast", "-d", "hi", "-c", "2", "--cw-wait", "0s", "--out", "run")
			p.shows("RUN  fast/AllTraffic")
			p.press("i5\r")
			p.shows(c.says, "Scale 1 -> 5 x ml.m5.12xlarge? y/N")
			if strings.Contains(p.text(), "quota") != c.knows {
				t.Errorf("the quota is known: %v\n%s", c.knows, p.text())
			}
			p.press("n\x03")
			p.leaves(130)
		})
	}
}

// Copies of a component count for no quota.
func TestCopiesHaveNoQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sharing(0))
	p := w.console("run", "fast", "-d", "hi", "-n", "5", "--inference-component", "llama", "--instances", "9", "--no-cloudwatch", "--out", "run")
	p.shows("Scale and load it? [y/N]")
	if said := p.stdout.String(); strings.Contains(said, "quota") || w.listed() != 0 {
		t.Errorf("quotas were listed %d times:\n%s", w.listed(), said)
	}
	p.press("\r")
	p.leaves(1)
}
