package report

import (
	"path/filepath"
	"strconv"

	"sagetop/internal/shell"
	"sagetop/internal/sizing"
)

// VerifyCommand is what would prove the target that a search has an answer for; empty where there is none, or where it was proven. dir
// is the run's folder. What was simulated is gone.
func (s *Summary) VerifyCommand(dir string) string {
	o := s.Sizing
	if dir == "" || !s.Find || s.Endpoint.Simulated || o.TargetTPS == 0 || o.Problem != "" || o.Outcome != sizing.Held.String() || o.Verification != nil {
		return ""
	}
	if filepath.Dir(dir) == BaseDir {
		dir = filepath.Base(dir)
	}
	return shell.Line(
		"sagetop", "verify", dir, "--target-tps", strconv.FormatFloat(o.TargetTPS, 'f', -1, 64), "--instances", strconv.Itoa(o.Instances), "--restore",
	)
}

// proof is a command to be copied, so it may not be broken between words.
func (t *text) proof(s *Summary, dir string) {
	if command := s.VerifyCommand(dir); command != "" {
		t.WriteString("To verify it: " + command + "\n")
	}
}
