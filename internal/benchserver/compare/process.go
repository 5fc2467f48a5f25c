package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// usage is what a process has cost over its whole life.
type usage struct {
	CPU  time.Duration // user and system
	Wall time.Duration
	Peak float64 // MB resident, NaN where the system does not say
	Out  []byte
	Errs string // the end of what it complained of
}

// errProgram is a program that failed: its rows are left out.
var errProgram = errors.New("failed")

// measure runs cmd to its end. A program that ends with an error is measured all the same if accept says so.
func measure(cmd *exec.Cmd, accept func(exit int) bool) (u usage, err error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return u, fmt.Errorf("%s %w: %w", cmd.Path, errProgram, err)
	}
	watch := watchPeak(cmd.Process.Pid)
	err = cmd.Wait()
	u.Wall = time.Since(began)
	u.Peak, u.Out, u.Errs = watch.stop(), out.Bytes(), tail(errs.String())
	u.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if err != nil && (accept == nil || !accept(cmd.ProcessState.ExitCode())) {
		return u, fmt.Errorf("%s %w: %w: %s", cmd.Path, errProgram, err, u.Errs)
	}
	return u, nil
}

// tail is the end of a program's complaint, on one line.
func tail(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return text[max(0, len(text)-300):]
}

// peakWatch reads a process's greatest resident size while it runs. The one in its rusage is no less than its parent's was.
type peakWatch struct {
	quit context.CancelFunc
	work sync.WaitGroup
	peak float64
}

func watchPeak(pid int) *peakWatch {
	ctx, quit := context.WithCancel(context.Background())
	w := &peakWatch{quit: quit, peak: unknown}
	w.work.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			if mb, ok := residentPeak(pid); ok {
				w.peak = mb
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return w
}

func (w *peakWatch) stop() float64 {
	w.quit()
	w.work.Wait()
	return w.peak
}

// residentPeak is VmHWM in MB.
func residentPeak(pid int) (mb float64, ok bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, false
	}
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	if fields := strings.Fields(rest); ok && len(fields) > 0 {
		kb, err := strconv.ParseFloat(fields[0], 64)
		return kb / 1024, err == nil
	}
	return 0, false
}
