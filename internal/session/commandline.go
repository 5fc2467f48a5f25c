package session

import "sagetop/internal/shell"

// CommandLine is the run as a shell takes it; empty when it is not known.
func (i *Info) CommandLine() string { return shell.Line(i.Command...) }
