package main

import "sagetop/runner/sagemaker"

// Our own clients, by name.
const (
	lean = sagemaker.Lean
	sdk  = sagemaker.SDK
)

// ownClients are our own clients, the default one first.
func ownClients() []string { return []string{lean, sdk} }
