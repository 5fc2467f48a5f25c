package sizing

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/findings.md")

const findingsDoc = "../../docs/findings.md"

// TestDocumentedFindings holds docs/findings.md to the table that judges.
func TestDocumentedFindings(t *testing.T) {
	data, err := os.ReadFile(findingsDoc)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := document()
	if string(data) == want {
		return
	}
	if !*update {
		t.Fatalf("%s does not say what the table does; go test ./internal/sizing -update rewrites it", findingsDoc)
	}
	if err := os.WriteFile(findingsDoc, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every finding is explained, and every explanation is of one.
func TestEveryFindingIsExplained(t *testing.T) {
	all := Explain()
	for _, f := range all {
		if f.Rule == "" || f.Means == "" || f.Do == "" || f.Not == "" {
			t.Errorf("%s is not wholly explained: %+v", f.ID, f)
		}
		if strings.Contains(f.Rule, "%!") {
			t.Errorf("%s: %s", f.ID, f.Rule)
		}
	}
	if len(all) != len(explanations) {
		t.Errorf("%d findings, %d explanations", len(all), len(explanations))
	}
}

func document() string {
	var b strings.Builder
	b.WriteString(findingsHead)
	all := Explain()
	for _, f := range all {
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s |\n", f.ID, f.ID, f.Severity, f.Title)
	}
	b.WriteString(findingsQuiet)
	b.WriteString("\n## The findings\n")
	for _, f := range all {
		fmt.Fprintf(&b, "\n### %s\n%s: %s.\n\n- **Rule**: %s\n- **Meaning**: %s\n- **Advice**: %s\n- **Not to be confused with** %s\n",
			f.ID, f.Severity, f.Title, f.Rule, f.Means, f.Do, f.Not)
	}
	b.WriteString(findingsBars)
	for i := range bars {
		fmt.Fprintf(&b, "| %s | %s |\n", bars[i].name, bars[i].advice)
	}
	b.WriteString(findingsExempt)
	for i := range exemptions {
		e := &exemptions[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", e.kind, strings.Replace(e.reason, "TYPE", "the instance type", 1), e.off, e.advice)
	}
	b.WriteString(findingsElse)
	return b.String()
}

const findingsHead = `# Findings

<!-- written from the table in internal/sizing by go test ./internal/sizing -update -->

A finding says what limits a run, with its figures and the period they belong to. They are asked in this order; the first that holds is
the verdict, those after it hold as well. The client comes first, since an endpoint cannot be judged by a client that is itself the limit.
The three ` + "`client-*`" + ` findings make a run invalid. How sure all this is: [method.md](method.md#diagnosis).

| Finding | Severity | |
|---|---|---|
`

var findingsQuiet = fmt.Sprintf(`
## Words
**Quiet** is what the endpoint does when requests do not wait for each other: the first judged period of the run, with at most %s failures,
that had at most %d request in flight on average; or, without GPUs, less than %g %% of the cores busy and at most %g requests in the
container for each busy core, by Little's law (rate x ModelLatency). Low CPU alone is not quiet: a container with one worker keeps one
core of many busy, however many requests wait for it. A period in which all requests wait is none either. Where no quiet period was seen,
what needs one is not judged: begin with one user for a whole period.

**All requests wait** when the quickest of at least %d took longer in the container than the one request tried before the load took in
all, and the mean took %g times as long and %g ms more. One try says little about a mean, but is hardly ever quicker than the quickest
of a hundred.

Where a band is shown and a quiet period is not known, while more requests are in the container than cores are busy, the finding says so and
advises a quiet time, not fewer instances.

A CPU share is of all cores of an instance, a GPU share of all of its GPUs. A p99 of fewer than 100 requests is not used.
`, of100(mixedFailures), quietInFlight, quietCPU, threadsInside, enoughRequests, containerModel, containerLeast)

const findingsBars = `
## When nothing is judged
Client and server are compared over one closed period of CloudWatch, under one setting, or not at all. A period with any of these is not
judged; an earlier one that was stays the verdict, and says of which load and instances it is.

| In the period | What to do |
|---|---|
`

const findingsExempt = `
## What is not concluded
| Endpoint | Because | Not judged | Advice |
|---|---|---|---|
`

const findingsElse = `
Beside the verdict stands what else must be known before believing it:

- **One distinct payload** flatters a cache.
- **A multi-model endpoint** loads models as they are asked for: figures settle once ModelCacheHit does, which is not read.
- **Two minutes after a change** of the endpoint its instances warm up.
- **Instances that came or went, others' requests, lapsed credentials, a client in another region**: with one of these an SLO is
  inconclusive, whatever its figure.
- **vCPUs are often hyperthreads**: throughput is not linear in CPU up to 100 %, so what an instance carries at 65 % is quoted from
  periods between 55 and 75 %, else it is only about right.
`
