package cli

import (
	"errors"
	"fmt"

	"sagetop/internal/report"
)

// keepSample writes the request that was tried before the load, and its answer, beside the run: only where that was asked for, as
// nobody but who runs it knows what is in them.
func (r *rig) keepSample(folder *report.Folder) {
	if r.kept == nil {
		return
	}
	if err := errors.Join(folder.Keep(report.SamplePayloadFile, r.kept.Payload), folder.Keep(report.SampleAnswerFile, r.kept.Answer)); err != nil {
		fmt.Fprintf(r.std.Err, "sagetop: warning: %v\n", err)
	}
}
