package runner

import (
	"io/fs"
	"net"
	"net/netip"
	"path"
	"strconv"
	"strings"
	"time"
)

// link reads how full the network interface is that the load's connections go by, with all that goes there: other traffic fills it,
// too. It knows nothing where the system does not say how fast the interface is, as on most virtual machines, and on loopback.
type link struct {
	root  fs.FS                   // the system's root directory
	named func(netip.Addr) string // the interface that has an address, "" for none

	addr  netip.Addr
	name  string
	last  octets
	at    time.Time
	share float64 // at the last look that could tell
}

// octets that an interface has received and sent since it was there.
type octets struct{ in, out uint64 }

func newLink(root fs.FS) link { return link{root: root, named: interfaceOf} }

// percent of what the interface with the address local can carry, in the direction that is the fuller one, over the last lookAgain. It
// is 0 while that is not known.
func (l *link) percent(local netip.Addr, now time.Time) float64 {
	switch {
	case local != l.addr:
		*l = link{root: l.root, named: l.named, addr: local, name: l.named(local), at: now}
		l.last, _ = l.counted()
	case l.name != "" && now.Sub(l.at) >= lookAgain:
		l.look(now)
	}
	return l.share
}

func (l *link) look(now time.Time) {
	before, took := l.last, now.Sub(l.at)
	bits := l.speed()
	counted, ok := l.counted()
	l.last, l.at, l.share = counted, now, 0
	if !ok || bits == 0 || counted.in < before.in || counted.out < before.out {
		return
	}
	most := max(counted.in-before.in, counted.out-before.out)
	l.share = min(100, 100*8*float64(most)/(bits*took.Seconds()))
}

// speed in bits a second, 0 when unknown.
func (l *link) speed() float64 {
	megabits, err := strconv.ParseFloat(l.text("speed"), 64)
	if err != nil || megabits <= 0 || !l.carries() {
		return 0
	}
	return 1e6 * megabits
}

// carries says whether what the interface calls its speed is one: of hardware, and of what only bundles or divides it. Tunnels and the
// ends of containers name a number that stands for nothing.
func (l *link) carries() bool {
	if _, err := fs.Stat(l.root, l.file("device")); err == nil {
		return true
	}
	for line := range strings.Lines(l.text("uevent")) {
		if kind, ok := strings.CutPrefix(strings.TrimSpace(line), "DEVTYPE="); ok {
			return kind == "bond" || kind == "vlan"
		}
	}
	return false
}

func (l *link) counted() (o octets, ok bool) {
	in, err1 := strconv.ParseUint(l.text("statistics/rx_bytes"), 10, 64)
	out, err2 := strconv.ParseUint(l.text("statistics/tx_bytes"), 10, 64)
	return octets{in, out}, err1 == nil && err2 == nil
}

func (l *link) file(name string) string { return path.Join("sys/class/net", l.name, name) }

func (l *link) text(name string) string {
	data, err := fs.ReadFile(l.root, l.file(name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// interfaceOf is the name of the interface that has the address, "" when that is none or loopback.
func interfaceOf(a netip.Addr) string {
	if !a.IsValid() || a.IsLoopback() {
		return ""
	}
	all, err := net.Interfaces()
	if err != nil {
		return ""
	}
	for i := range all {
		addrs, _ := all[i].Addrs() // one that cannot be read has not ours
		for _, own := range addrs {
			if p, err := netip.ParsePrefix(own.String()); err == nil && p.Addr() == a.WithZone("") {
				return all[i].Name
			}
		}
	}
	return ""
}
