package main

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the tests' program be the processes that the comparison starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"server", "client"}, os.Args[1]) {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestWholeComparison runs everything with the least load, without other programs. It looks at shape and exact figures, not at speed.
func TestWholeComparison(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	t.Setenv("PATH", t.TempDir())
	var out bytes.Buffer
	args := []string{"-rounds", "1", "-seconds", "0.2", "-stall", "0", "-requests", "1000", "-many", "50", "-cycles", "2"}
	if err := run(t.Context(), args, strings.NewReader(""), &out, t.Output()); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for _, want := range []string{
		"wrk left out: wrk is not installed: apt-get install wrk\n",
		"hey left out: hey is not installed: apt-get install hey\n",
		"locust left out: locust is not installed: apt-get install python3-locust python3-boto3\n",
		"sagetop left out: it cannot be built",
		"| " + ownClients()[0] + " ",
		"Left out: -stall 0.",
		"| equal ", "| 0 off ",
		"| nothing stays | +0 goroutines, +0 files, 0 connections,",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Contains(got, "DIFFER") {
		t.Error("counts differ")
	}
	t.Log(got)
}

func TestOptions(t *testing.T) {
	o, err := parseOptions(nil, io.Discard)
	if err != nil || o.rounds != 3 || !o.wants("load") || o.requests != 1_000_000 {
		t.Errorf("%+v %v", o, err)
	}
	o, err = parseOptions([]string{"-only", "stall,live", "-seconds", ".5"}, io.Discard)
	if err != nil || o.wants("load") || !o.wants("live") || o.each().Milliseconds() != 500 {
		t.Errorf("%+v %v", o, err)
	}
	for _, bad := range []string{"-rounds=0", "-seconds=0", "-seconds=NaN", "-stall=15s", "-stall=-10s", "-requests=0", "-many=0", "-cycles=0", "-only=x", "-x"} {
		if _, err := parseOptions([]string{bad}, io.Discard); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestChildrenRefuseNonsense(t *testing.T) {
	for name, args := range map[string][]string{
		"client": {"client", "-client", "x", "-users", "1", "-requests", "1"},
		"flag":   {"client", "-x"},
		"server": {"server"},
	} {
		if err := run(t.Context(), args, strings.NewReader("{}\n"), io.Discard, io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := serve(strings.NewReader(""), io.Discard); err == nil {
		t.Error("a server without a configuration")
	}
}
