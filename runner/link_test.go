package runner

import (
	"net/netip"
	"strconv"
	"testing"
	"testing/fstest"
	"time"
)

const mega = 1_000_000

var someAddr = netip.MustParseAddr("10.0.0.7")

// card is an interface of that speed which has received and sent so many megabytes.
func card(speed string, in, out int, more fstest.MapFS) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range map[string]string{
		"speed": speed, "statistics/rx_bytes": strconv.Itoa(in * mega), "statistics/tx_bytes": strconv.Itoa(out * mega),
	} {
		root["sys/class/net/eth0/"+name] = &fstest.MapFile{Data: []byte(text + "\n")}
	}
	for name, f := range more {
		root["sys/class/net/eth0/"+name] = f
	}
	return root
}

func uevent(text string) fstest.MapFS { return fstest.MapFS{"uevent": {Data: []byte(text)}} }

var hardware = fstest.MapFS{"device/vendor": {}}

// The link is as full as its fuller direction, over some seconds; where its speed is none, nothing is known.
func TestLinkPercent(t *testing.T) {
	start := time.Unix(1000, 0)
	for _, c := range []struct {
		name    string
		speed   string
		in, out int // megabytes in 10 s
		more    fstest.MapFS
		want    float64
	}{
		{"mostly out", "1000", 100, 1000, hardware, 80},
		{"mostly in", "1000", 500, 100, hardware, 40},
		{"more than it can, by its own counters", "1000", 0, 2000, hardware, 100},
		{"a bond", "25000", 0, 3125, uevent("DEVTYPE=bond\nINTERFACE=eth0\n"), 10},
		{"a part of a card", "1000", 0, 125, uevent("DEVTYPE=vlan\n"), 10},
		{"a speed that is not known", "-1", 0, 1000, hardware, 0},
		{"a speed that cannot be read", "", 0, 1000, hardware, 0},
		{"a container's end", "10000", 0, 1000, uevent("INTERFACE=eth0\nIFINDEX=2\n"), 0},
		{"a tunnel", "10", 0, 1, uevent("INTERFACE=eth0\n"), 0},
		{"counters of another card of the same name", "1000", -7, 1000, hardware, 0},
	} {
		l := link{root: card(c.speed, 7, 7, c.more), named: func(netip.Addr) string { return "eth0" }}
		if got := l.percent(someAddr, start); got != 0 {
			t.Errorf("%s: %v at once", c.name, got)
		}
		l.root = card(c.speed, 7+c.in, 7+c.out, c.more)
		if got := l.percent(someAddr, start.Add(lookAgain-1)); got != 0 {
			t.Errorf("%s: %v too soon", c.name, got)
		}
		if got := l.percent(someAddr, start.Add(10*time.Second)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := l.percent(someAddr, start.Add(11*time.Second)); got != c.want {
			t.Errorf("%s: then %v", c.name, got)
		}
	}
}

// With connections that go by another interface it begins anew, and of one that has no name nothing is known.
func TestLinkChanges(t *testing.T) {
	start := time.Unix(1000, 0)
	other := netip.MustParseAddr("10.9.0.1")
	l := link{root: card("1000", 0, 0, hardware), named: func(a netip.Addr) string {
		return map[netip.Addr]string{someAddr: "eth0"}[a]
	}}
	l.percent(someAddr, start)
	l.root = card("1000", 0, 1000, hardware)
	if got := l.percent(someAddr, start.Add(10*time.Second)); got != 80 {
		t.Errorf("%v, want 80", got)
	}
	for _, after := range []time.Duration{11, 30} {
		if got := l.percent(other, start.Add(after*time.Second)); got != 0 {
			t.Errorf("%v of an interface that has no name", got)
		}
	}
}

func TestInterfaceOf(t *testing.T) {
	for _, a := range []netip.Addr{{}, netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1"), netip.MustParseAddr("192.0.2.1")} {
		if got := interfaceOf(a); got != "" {
			t.Errorf("%v: %q", a, got)
		}
	}
}
