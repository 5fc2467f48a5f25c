package cli

import (
	"testing"
	"testing/fstest"
)

// A session of Session Manager is known by the process it descends from, whatever the shells between are called.
func TestDescends(t *testing.T) {
	proc := fstest.MapFS{}
	for pid, stat := range map[string]string{
		"40": "40 (sagetop) S 30 40 30 34816 40 4194304 0",
		"30": "30 (a shell (2)) S 20 30 30 34816 40 4194304 0",
		"20": "20 (ssm-session-wor) S 10 1 1 0 -1 4194560 0",
		"10": "10 (ssm-agent-worke) S 1 1 1 0 -1 4194560 0",
		"1":  "1 (systemd) S 0 1 1 0 -1 4194560 0",
		"7":  "7 (odd) S 7 7 7 0 -1 4194560 0",
		"8":  "8 odd S 1",
	} {
		proc[pid+"/stat"] = &fstest.MapFile{Data: []byte(stat)}
	}
	for pid, want := range map[int]bool{40: true, 30: true, 20: true, 10: false, 1: false, 7: false, 8: false, 99: false} {
		if got := descends(proc, pid, sessionWorker); got != want {
			t.Errorf("%d: %v", pid, got)
		}
	}
}
