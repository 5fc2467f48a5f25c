package simulator

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sagetop/internal/simulator/wire"
)

const document = "../../docs/simulator.md"

// section of the document, from its heading to the next one.
func section(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %s", document, heading)
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

var codeWord = regexp.MustCompile("`([^`]+)`")

// firstCells are the codeWord words of the first cell of each row that begins with one.
func firstCells(text string) (words []string) {
	for line := range strings.Lines(text) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, m := range codeWord.FindAllStringSubmatch(cells[1], -1) {
				words = append(words, m[1])
			}
		}
	}
	return words
}

func wantSame(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s has %s\n%v, the code\n%v", document, what, got, want)
	}
}

func TestDocumentHasEveryOperation(t *testing.T) {
	services := map[string]*wire.Service{
		"SageMaker Runtime": wire.Runtime, "SageMaker": wire.SageMaker, "CloudWatch": wire.CloudWatch, "CloudWatch Logs": wire.Logs,
		"Application Auto Scaling": wire.AutoScaling, "Price List": wire.Pricing, "Service Quotas": wire.Quotas, "STS": wire.STS,
	}
	if len(services) != len(operations) {
		t.Errorf("%d services here, %d in the code", len(services), len(operations))
	}
	text := section(t, "Operations")
	for name, service := range services {
		_, row, found := strings.Cut(text, "\n| "+name+" |")
		row, _, _ = strings.Cut(row, "\n")
		var words []string
		for _, m := range codeWord.FindAllStringSubmatch(row, -1) {
			words = append(words, m[1])
		}
		if !found {
			t.Errorf("%s lacks the service %s", document, name)
		}
		wantSame(t, "of "+name, words, slices.Collect(maps.Keys(operations[service])))
	}
}

func TestDocumentHasEveryFault(t *testing.T) {
	fields, kinds, _ := strings.Cut(section(t, "Faults"), "| Kind |")
	wantSame(t, "the kinds", firstCells(kinds), faultKinds())
	wantSame(t, "the fields", firstCells(fields), slices.Collect(maps.Keys(faultFields)))
}

func TestDocumentHasEveryControl(t *testing.T) {
	text := section(t, "The control path")
	for pattern := range controls {
		if !strings.Contains(text, "| `"+strings.ReplaceAll(pattern, "{id}", "1")+"`") {
			t.Errorf("%s lacks %s", document, pattern)
		}
	}
}
