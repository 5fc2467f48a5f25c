package main

import (
	"fmt"
	"slices"

	"sagetop/runner/sagemaker"
)

// Our own clients, by name.
const (
	lean = "lean"
	sdk  = "sdk"
)

// ownClients are those that can be measured, the default one first. This and choose are all that knows which there are.
func ownClients() []string { return []string{sdk} }

// choose has cfg use the client name.
func choose(cfg *sagemaker.Config, name string) error {
	if !slices.Contains(ownClients(), name) {
		return fmt.Errorf("no client %q: there are %q", name, ownClients())
	}
	// Here cfg gets its client, once it can be chosen.
	_ = cfg
	return nil
}
