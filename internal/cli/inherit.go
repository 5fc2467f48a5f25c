package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sagetop/internal/session"
)

// inherit gives the flags of those names that were not given the values that they had in the run that info describes.
func inherit(cmd *cobra.Command, info *session.Info, names ...string) error {
	then, err := flagsOf(info)
	if err != nil {
		return err
	}
	f := cmd.Flags()
	for _, name := range names {
		old := then.Lookup(name)
		if old == nil || !old.Changed || f.Changed(name) {
			continue
		}
		if err := inheritFlag(f, old); err != nil {
			return err
		}
	}
	return nil
}

func inheritFlag(f *pflag.FlagSet, old *pflag.Flag) error {
	list, ok := old.Value.(pflag.SliceValue)
	if !ok {
		return f.Set(old.Name, old.Value.String())
	}
	for _, v := range list.GetSlice() {
		if err := f.Set(old.Name, v); err != nil {
			return err
		}
	}
	return nil
}

// flagsOf the command line of a run, as its journal has it.
func flagsOf(info *session.Info) (*pflag.FlagSet, error) {
	cmd := &cobra.Command{}
	(&options{}).allFlags(cmd)
	f := cmd.Flags()
	f.ParseErrorsAllowlist.UnknownFlags = true // those of one command alone
	begin := slices.IndexFunc(info.Command, func(w string) bool { return strings.HasPrefix(w, "--") })
	if begin < 0 {
		return f, nil
	}
	return f, f.Parse(info.Command[begin:])
}
