package runner

import (
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// cgroups reads what the control groups of this process, and their parents, say of its CPU time. Quotas are in cpu.max in version 2
// and in cpu.cfs_quota_us and cpu.cfs_period_us in version 1; where both versions are mounted, only one of them has the files.
type cgroups struct {
	root   fs.FS            // the system's root directory
	before map[string]stops // by directory, at the last look
}

// stops counts the periods of a quota, and those in which it ran out.
type stops struct{ periods, throttled uint64 }

// look is the least quota in cores, +Inf where there is none, and in what percentage of its periods since the last look a quota ran
// out. What cannot be read or understood is no limit.
func (c *cgroups) look() (cores, throttled float64) {
	cores = math.Inf(1)
	now := make(map[string]stops)
	for _, dir := range c.directories() {
		quota := c.quota(dir)
		if quota == 0 {
			continue
		}
		cores = min(cores, quota)
		now[dir] = c.stops(dir)
		if before, ok := c.before[dir]; ok {
			throttled = max(throttled, now[dir].since(before))
		}
	}
	c.before = now
	return cores, throttled
}

// directories of all groups that may limit this process, the innermost first.
func (c *cgroups) directories() []string {
	var dirs []string
	mounts := cgroupMounts(c.text("proc/self/mountinfo"))
	for kind, group := range memberships(c.text("proc/self/cgroup")) {
		dirs = append(dirs, levels(mounts, kind, group)...)
	}
	return dirs
}

// quota of one group in cores, 0 when it has none.
func (c *cgroups) quota(dir string) float64 {
	if limit := strings.Fields(c.text(path.Join(dir, "cpu.max"))); len(limit) == 2 {
		return ratio(limit[0], limit[1])
	}
	return ratio(c.text(path.Join(dir, "cpu.cfs_quota_us")), c.text(path.Join(dir, "cpu.cfs_period_us")))
}

// ratio is 0 unless both are numbers above 0: no limit is written as "max" in version 2 and as -1 in version 1.
func ratio(quota, period string) float64 {
	q, err1 := strconv.ParseInt(quota, 10, 64)
	p, err2 := strconv.ParseInt(period, 10, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return 0
	}
	return float64(q) / float64(p)
}

func (c *cgroups) stops(dir string) stops {
	var s stops
	for line := range strings.Lines(c.text(path.Join(dir, "cpu.stat"))) {
		name, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseUint(number, 10, 64)
		switch {
		case err != nil:
		case name == "nr_periods":
			s.periods = n
		case name == "nr_throttled":
			s.throttled = n
		}
	}
	return s
}

// since is how many percent of the periods after before ran out. Counters that went back belong to another group of the same name.
func (s stops) since(before stops) float64 {
	if s.periods <= before.periods || s.throttled < before.throttled {
		return 0
	}
	return min(100, 100*float64(s.throttled-before.throttled)/float64(s.periods-before.periods))
}

// text of a file without the space around it, "" when it cannot be read.
func (c *cgroups) text(name string) string {
	data, err := fs.ReadFile(c.root, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// The types of the file systems that show control groups.
const (
	cgroupV1 = "cgroup"
	cgroupV2 = "cgroup2"
)

// memberships reads /proc/self/cgroup: by type of file system, the group that may limit the process's CPU.
func memberships(text string) map[string]string {
	groups := make(map[string]string, 2)
	for line := range strings.Lines(text) {
		number, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), ":")
		controllers, group, _ := strings.Cut(rest, ":")
		switch {
		case !strings.HasPrefix(group, "/"):
		case number == "0" && controllers == "":
			groups[cgroupV2] = group
		case named(controllers, "cpu"):
			groups[cgroupV1] = group
		}
	}
	return groups
}

func named(list, name string) bool { return slices.Contains(strings.Split(list, ","), name) }

// cgroupMount shows the groups below one of them at a directory.
type cgroupMount struct{ kind, group, at string }

// cgroupMounts reads /proc/self/mountinfo: where groups that may limit CPU are shown.
func cgroupMounts(text string) []cgroupMount {
	var mounts []cgroupMount
	for line := range strings.Lines(text) {
		where, what, ok := strings.Cut(line, " - cgroup")
		if !ok {
			continue
		}
		w, t := strings.Fields(where), strings.Fields("cgroup"+what)
		if len(w) < 5 || len(t) < 3 || t[0] != cgroupV2 && !named(t[2], "cpu") {
			continue
		}
		if at, absolute := strings.CutPrefix(path.Clean(mountEscapes.Replace(w[4])), "/"); absolute {
			mounts = append(mounts, cgroupMount{t[0], mountEscapes.Replace(w[3]), at})
		}
	}
	return mounts
}

// mountEscapes are how mountinfo writes the characters that would break its lines.
var mountEscapes = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// levels are the directories of group and of its parents, as far as one mount shows them, innermost first. A container may be told
// a path that its mount does not show: then what the mount shows first is the container's own group.
func levels(mounts []cgroupMount, kind, group string) []string {
	var at, below string
	for _, m := range mounts {
		if m.kind != kind {
			continue
		}
		rest, shown := m.shows(group)
		if at == "" || shown {
			at, below = m.at, rest
		}
		if shown {
			break
		}
	}
	if at == "" {
		return nil
	}
	dirs := []string{path.Join(at, below)}
	for dir := dirs[0]; dir != at; {
		dir = path.Dir(dir)
		dirs = append(dirs, dir)
	}
	return dirs
}

// shows says where below m group is. One outside of the process's namespace is told as a path with "..".
func (m cgroupMount) shows(group string) (below string, ok bool) {
	below, ok = strings.CutPrefix(group, strings.TrimSuffix(m.group, "/"))
	if !ok || below != "" && below[0] != '/' || slices.Contains(strings.Split(below, "/"), "..") {
		return "", false
	}
	return below, true
}
