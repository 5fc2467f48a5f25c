package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// options of the comparison.
type options struct {
	rounds   int
	seconds  float64       // of one load
	stall    time.Duration // of one stall test; 0: none
	requests uint64        // of the count
	many     int           // users of the memory and live tests
	cycles   int           // of the live test
	only     []string      // experiments; none: all
}

// each is the length of one load.
func (o *options) each() time.Duration { return time.Duration(o.seconds * float64(time.Second)) }

func parseOptions(args []string, errw io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	f.SetOutput(errw)
	f.IntVar(&o.rounds, "rounds", 3, "everything is measured so often, in turn")
	f.Float64Var(&o.seconds, "seconds", 2, "length of one load")
	f.DurationVar(&o.stall, "stall", 20*time.Second, "length of one stall test, whole periods of 10s; 0: none")
	f.Uint64Var(&o.requests, "requests", 1_000_000, "requests whose outcomes are counted")
	f.IntVar(&o.many, "many", 10_000, "users of the memory and the live test")
	f.IntVar(&o.cycles, "cycles", 10, "so often to all users and back to none")
	only := f.String("only", "", "comma-separated: "+strings.Join(experimentNames(), ","))
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	return o, o.validate()
}

func (o *options) validate() error {
	switch {
	case o.rounds < 1:
		return fmt.Errorf("-rounds %d, must be 1 or more", o.rounds)
	case !(o.seconds > 0):
		return fmt.Errorf("-seconds %v, must be more than 0", o.seconds)
	case o.stall < 0 || o.stall%stallEvery != 0:
		return fmt.Errorf("-stall %v, must be whole periods of %v", o.stall, stallEvery)
	case o.requests < 1 || o.many < 1 || o.cycles < 1:
		return fmt.Errorf("-requests %d -many %d -cycles %d, must be 1 or more", o.requests, o.many, o.cycles)
	}
	for _, name := range o.only {
		if !slices.Contains(experimentNames(), name) {
			return fmt.Errorf("-only %s, must be of %s", name, strings.Join(experimentNames(), ", "))
		}
	}
	return nil
}

func (o *options) wants(name string) bool { return len(o.only) == 0 || slices.Contains(o.only, name) }
