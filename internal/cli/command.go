package cli

import "github.com/spf13/pflag"

// commandLine is this run as the words of a command that repeats it: only what was given. Nothing that can be given is a secret.
func (r *rig) commandLine() []string {
	line, endpoint := []string{"sagetop"}, r.e.endpoint
	if r.site.container != nil {
		endpoint = r.site.endpoint.Name
	}
	switch {
	case r.e.simulated:
		line = append(line, "demo")
	case r.e.verify != nil:
		line = append(line, "verify", r.e.verify.Run)
	case r.e.watch:
		line = append(line, endpoint)
	case r.o.find:
		line = append(line, "find", endpoint)
	default:
		line = append(line, "run", endpoint)
	}
	return append(line, r.o.given...)
}

// remember f, which was given, as it would be typed.
func (o *options) remember(f *pflag.Flag) {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		for _, v := range list.GetSlice() {
			o.given = append(o.given, "--"+f.Name, v)
		}
		return
	}
	if f.Value.Type() == "bool" {
		o.given = append(o.given, "--"+f.Name+"="+f.Value.String())
		return
	}
	o.given = append(o.given, "--"+f.Name, f.Value.String())
}
