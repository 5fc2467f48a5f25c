package session

import (
	"slices"
	"strings"

	"sagetop/internal/shell"
)

// CommandLine is the run as a command that does it again, as a shell takes it; empty when it is not known. Its files get a folder of
// their own: that of the run is taken.
func (i *Info) CommandLine() string {
	return shell.Line(i.withFlags(func(name, value string) []string {
		if name == "--out" {
			return nil
		}
		return []string{name, value}
	})...)
}

// mostText of a payload is passed on with a command line.
const mostText = 200

// PassedOn is CommandLine for others to read. A TEXT for a payload that is long stays with who gave it, and its
// place has a file that is not there; left says whether it did.
func (i *Info) PassedOn() (line string, left bool) {
	passed := *i
	passed.Command = i.withFlags(func(name, value string) []string {
		if name == "--payload" && len(value) > mostText && !strings.HasPrefix(value, "@") {
			value, left = "@payload", true
		}
		return []string{name, value}
	})
	return passed.CommandLine(), left
}

// withFlags are the words of the command, each flag that has a value in the words that change makes of it.
func (i *Info) withFlags(change func(name, value string) []string) []string {
	begin := slices.IndexFunc(i.Command, func(w string) bool { return strings.HasPrefix(w, "--") })
	if begin < 0 {
		return i.Command
	}
	line := slices.Clone(i.Command[:begin])
	for rest := i.Command[begin:]; len(rest) > 0; {
		if strings.Contains(rest[0], "=") || len(rest) == 1 { // yes or no
			line, rest = append(line, rest[0]), rest[1:]
			continue
		}
		line, rest = append(line, change(rest[0], rest[1])...), rest[2:]
	}
	return line
}
