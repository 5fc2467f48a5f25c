package cli

import (
	"strings"

	"github.com/spf13/pflag"
)

// commandLine is this run as a command that repeats it: only what was given, and nothing secret among it.
func (r *rig) commandLine() []string {
	line := []string{"sagetop"}
	switch {
	case r.e.simulated:
		line = append(line, "demo")
	case r.e.watch:
		line = append(line, r.e.endpoint)
	default:
		line = append(line, "run", r.e.endpoint)
	}
	return append(line, r.o.given...)
}

// remember f, which was given, as it would be typed.
func (o *options) remember(f *pflag.Flag) {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		for _, v := range list.GetSlice() {
			o.given = append(o.given, "--"+f.Name, quote(v))
		}
		return
	}
	if f.Value.Type() == "bool" {
		o.given = append(o.given, "--"+f.Name)
		return
	}
	o.given = append(o.given, "--"+f.Name, quote(f.Value.String()))
}

// quote a word for a shell, where it needs it.
func quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@,%+=", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
