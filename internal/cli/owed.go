package cli

import (
	"fmt"
	"strings"

	"sagetop/internal/report"
	"sagetop/internal/session"
)

// debts of a run that is to put its instances back. What is simulated is gone with the run.
func (r *rig) debts(folder *report.Folder) session.Debts {
	if !r.o.restore || r.e.simulated {
		return nil
	}
	return folder
}

// owing says what earlier runs still owe of the endpoint; empty when that is nothing.
func (r *rig) owing() string {
	var all []string
	for _, d := range report.Owing(&report.Endpoint{Name: r.site.endpoint.Name, Account: r.site.identity.Account, Region: r.site.region()}) {
		all = append(all, owes(d.Dir, &d.Owed))
	}
	return strings.Join(all, "; ")
}

func owes(dir string, o *report.Owed) string {
	return fmt.Sprintf("run %s still owes: %s: %s", runName(dir), o, command("restore", runName(dir)))
}

// sayOwed at the end of a run says what it could not put back.
func (r *rig) sayOwed(dir string) {
	if o, err := report.ReadOwed(dir); err == nil {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %s\n", owes(dir, o))
	}
}
