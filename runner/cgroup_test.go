package runner

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/fstest"
)

// What mountinfo says of the hierarchies that matter.
const (
	v2Mount   = "31 23 0:28 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	v1Mount   = "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 - cgroup cgroup rw,cpu,cpuacct\n"
	setMount  = "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	unified   = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	diskMount = "23 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
)

// tree is a root directory with the two files that say where this process is, and others given as name and content in turn.
func tree(mounts, member string, files ...string) fstest.MapFS {
	t := fstest.MapFS{
		"proc/self/mountinfo": {Data: []byte(diskMount + mounts)},
		"proc/self/cgroup":    {Data: []byte(member)},
	}
	for i := 0; i < len(files); i += 2 {
		t["sys/fs/cgroup/"+files[i]] = &fstest.MapFile{Data: []byte(files[i+1] + "\n")}
	}
	return t
}

var none = math.Inf(1)

var cgroupCases = []struct {
	name  string
	root  fstest.MapFS
	cores float64
}{
	{"no cgroups at all", fstest.MapFS{}, none},
	{"none mounted", tree("", "0::/\n"), none},
	{"half a core", tree(v2Mount, "0::/app\n", "app/cpu.max", "50000 100000"), .5},
	{"another period", tree(v2Mount, "0::/app\n", "app/cpu.max", "30000 20000"), 1.5},
	{"unlimited", tree(v2Mount, "0::/app\n", "app/cpu.max", "max 100000"), none},
	{"a parent's quota", tree(v2Mount, "0::/pod/app\n", "pod/cpu.max", "150000 100000", "pod/app/cpu.max", "max 100000"), 1.5},
	{"the least of a nest", tree(v2Mount, "0::/a/b/c\n", "a/cpu.max", "400000 100000", "a/b/cpu.max", "25000 100000", "a/b/c/cpu.max", "300000 100000"), .25},
	{"a sibling's quota", tree(v2Mount, "0::/pod/app\n", "pod/other/cpu.max", "10000 100000"), none},
	{"a container in its own namespace", tree(v2Mount, "0::/\n", "cpu.max", "200000 100000"), 2},
	{"a path that the container does not see", tree(v2Mount, "0::/kube/pod1/app\n", "cpu.max", "50000 100000"), .5},
	{"a path outside of the namespace", tree(v2Mount, "0::/../../kube/pod1\n", "cpu.max", "50000 100000"), .5},
	{"a mount of the container's group alone", tree(
		"31 23 0:28 /docker/4f /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/docker/4f/inner\n", "cpu.max", "70000 100000", "inner/cpu.max", "90000 100000",
	), .7},
	{"a mount of another group", tree(
		"31 23 0:28 /docker/4 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/docker/4f\n", "cpu.max", "70000 100000", "f/cpu.max", "10000 100000",
	), .7},
	{"the mount that shows the group", tree(
		"30 23 0:28 /other /sys/fs/cgroup/other rw - cgroup2 cgroup2 rw\n"+v2Mount, "0::/app\n", "other/cpu.max", "10000 100000", "app/cpu.max", "60000 100000",
	), .6},
	{"a space in the mount's path", tree(
		`31 23 0:28 / /sys/fs/cgroup/my\040groups rw - cgroup2 cgroup2 rw`+"\n", "0::/app\n", "my groups/app/cpu.max", "40000 100000",
	), .4},
	{"a colon in the group's name", tree(v2Mount, "0::/app:1\n", "app:1/cpu.max", "40000 100000"), .4},
	{"version 1", tree(v1Mount, "4:cpu,cpuacct:/app\n", "cpu,cpuacct/app/cpu.cfs_quota_us", "50000", "cpu,cpuacct/app/cpu.cfs_period_us", "100000"), .5},
	{"version 1, unlimited", tree(v1Mount, "4:cpuacct,cpu:/app\n", "cpu,cpuacct/app/cpu.cfs_quota_us", "-1", "cpu,cpuacct/app/cpu.cfs_period_us", "100000"), none},
	{"version 1, a parent's quota", tree(v1Mount, "4:cpu,cpuacct:/pod/app\n", "cpu,cpuacct/pod/cpu.cfs_quota_us", "120000", "cpu,cpuacct/pod/cpu.cfs_period_us", "100000"), 1.2},
	{"version 1, a period of another group", tree(v1Mount, "4:cpu,cpuacct:/app\n", "cpu,cpuacct/app/cpu.cfs_quota_us", "50000"), none},
	{"cpuset is not cpu", tree(setMount, "3:cpuset:/app\n", "cpuset/app/cpu.cfs_quota_us", "50000", "cpuset/app/cpu.cfs_period_us", "100000"), none},
	{"both versions, CPU in the first", tree(
		v1Mount+setMount+unified, "4:cpu,cpuacct:/app\n3:cpuset:/app\n0::/app\n",
		"cpu,cpuacct/app/cpu.cfs_quota_us", "80000", "cpu,cpuacct/app/cpu.cfs_period_us", "100000", "unified/app/cpu.stat", "nr_periods 1",
	), .8},
	{"both versions, CPU in the second", tree(setMount+unified, "3:cpuset:/app\n0::/app\n", "unified/app/cpu.max", "80000 100000"), .8},
}

func TestCgroupQuota(t *testing.T) {
	for _, c := range cgroupCases {
		groups := cgroups{root: c.root}
		if cores, throttled := groups.look(); cores != c.cores || throttled != 0 {
			t.Errorf("%s: %v cores, throttled %v; want %v", c.name, cores, throttled, c.cores)
		}
	}
}

func TestCgroupFilesThatMakeNoSense(t *testing.T) {
	for _, text := range []string{"", "max", "50000", "x y", "50000 x", "0 100000", "-1 100000", "50000 0", "50000 -1", "1 2 3", "99999999999999999999 1"} {
		groups := cgroups{root: tree(v2Mount, "0::/app\n", "app/cpu.max", text, "cpu.max", "300000 100000")}
		if cores, _ := groups.look(); cores != 3 {
			t.Errorf("cpu.max of %q: %v cores, want the parent's 3", text, cores)
		}
	}
	for _, text := range []string{"", "\n", "0", "0:", "0::", "0::app", "::/app", "4:cpu", "garbage"} {
		groups := cgroups{root: tree(v2Mount+v1Mount, text, "app/cpu.max", "50000 100000")}
		if cores, _ := groups.look(); cores != none {
			t.Errorf("cgroup file of %q: %v cores", text, cores)
		}
	}
	for _, text := range []string{"", " - cgroup2", "1 2 3 / - cgroup2 cgroup2 rw", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2", "31 23 0:28 / /sys/fs/cgroup rw cgroup2 cgroup2 rw"} {
		groups := cgroups{root: tree(text+"\n", "0::/app\n", "app/cpu.max", "50000 100000")}
		if cores, _ := groups.look(); cores != none {
			t.Errorf("mountinfo of %q: %v cores", text, cores)
		}
	}
}

func TestCgroupQuotaThatChanges(t *testing.T) {
	root := tree(v2Mount, "0::/app\n", "app/cpu.max", "200000 100000")
	groups := cgroups{root: root}
	for _, want := range []float64{2, .5} {
		if cores, _ := groups.look(); cores != want {
			t.Errorf("%v cores, want %v", cores, want)
		}
		root["sys/fs/cgroup/app/cpu.max"] = &fstest.MapFile{Data: []byte("50000 100000\n")}
	}
	root["proc/self/cgroup"] = &fstest.MapFile{Data: []byte("0::/elsewhere\n")}
	if cores, _ := groups.look(); cores != none {
		t.Errorf("moved to a group without a quota: %v cores", cores)
	}
}

func TestPeriodsInWhichTheQuotaRanOut(t *testing.T) {
	root := tree(v2Mount, "0::/pod/app\n", "pod/app/cpu.max", "50000 100000", "pod/cpu.max", "90000 100000", "cpu.max", "max 100000")
	groups := cgroups{root: root}
	stat := func(dir string, periods, throttled int) {
		text := fmt.Sprintf("usage_usec 4711\nnr_periods %d\nnr_throttled %d\nthrottled_usec 99\n", periods, throttled)
		root["sys/fs/cgroup/"+dir+"cpu.stat"] = &fstest.MapFile{Data: []byte(text)}
	}
	for i, c := range []struct{ appPeriods, app, podPeriods, pod, unlimited, want int }{
		{1000, 900, 1000, 0, 0, 0}, // before the first look
		{1050, 910, 1050, 0, 50, 20},
		{1100, 910, 1100, 15, 50, 30}, // the parent's
		{1100, 910, 1100, 15, 50, 0},  // nothing ran
		{10, 5, 1150, 15, 50, 0},      // a new group of the same name
		{20, 15, 1160, 15, 50, 100},
	} {
		stat("pod/app/", c.appPeriods, c.app)
		stat("pod/", c.podPeriods, c.pod)
		stat("", 1000+c.unlimited, c.unlimited)
		if _, throttled := groups.look(); throttled != float64(c.want) {
			t.Errorf("look %d: %v %%, want %v", i, throttled, c.want)
		}
	}
}

// Whatever the files hold, looking neither panics nor leaves the mount.
func FuzzCgroups(f *testing.F) {
	f.Add(v2Mount, "0::/pod/app\n", "50000 100000")
	f.Add(v1Mount+unified, "4:cpu,cpuacct:/app\n0::/../x\n", "max 100000")
	f.Add("1 2 3 / - cgroup2 a b\n", "::", "")
	f.Add("1 2 3 / dir/ - cgroup2 a b\n", "0::/a/../b\n", "1 1")
	f.Add("1 2 3 / /.. - cgroup2 a b\n", "0::/a\n", "1 1")
	f.Fuzz(func(t *testing.T, mounts, member, limit string) {
		groups := cgroups{root: tree(mounts, member, "cpu.max", limit)}
		if cores, throttled := groups.look(); !(cores > 0) || throttled != 0 {
			t.Fatalf("%v cores, throttled %v", cores, throttled)
		}
		for _, m := range cgroupMounts(mounts) {
			for kind, group := range memberships(member) {
				for _, dir := range levels([]cgroupMount{m}, kind, group) {
					if !strings.HasPrefix(dir, m.at) {
						t.Fatalf("%q is not below %q", dir, m.at)
					}
				}
			}
		}
	})
}
