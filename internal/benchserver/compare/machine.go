package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// machine says on what, and with which versions, the figures were measured.
func machine(ctx context.Context) string {
	line := fmt.Sprintf("%s, %d cores, %s, %s", processor(), runtime.NumCPU(), kernel(), runtime.Version())
	for _, pack := range []string{"wrk", "hey", "python3-locust", "python3-boto3"} {
		if v := packageVersion(ctx, pack); v != "" {
			line += fmt.Sprintf(", %s %s", pack, v)
		}
	}
	return line
}

func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo") // without it: the architecture
	_, rest, ok := strings.Cut(string(info), "model name")
	if !ok {
		return runtime.GOARCH
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Trim(line, " \t:")
}

func kernel() string {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return runtime.GOOS
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}

// packageVersion asks Debian's package system: not every one of the programs says its own.
func packageVersion(ctx context.Context, pack string) string {
	out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${Version}", pack).Output()
	if err != nil {
		return ""
	}
	return string(out)
}
