package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"sagetop/internal/session"
)

// action is one thing that a key, or its name on the command line, does.
type action struct {
	name   string      // on the command line; "" where only the key makes sense
	keys   key.Binding // with what the help says of it; a disabled one is neither obeyed nor shown
	arg    string      // what may follow the name: "", "N"
	short  string      // in the footer; "" not there
	steers bool        // is for changing the load: not offered before that begins, or once it is over
	do     func(m *model, arg string) tea.Cmd
}

func bind(help, desc string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, desc))
}

// keyMap is all that keys can do. The help, the footer and the command line are drawn from it, in this order.
func keyMap() []action {
	return []action{
		{"up", bind("+ = up", "one step more load: 10 %, at least 1", "+", "=", "up"), "N", "+/- load", true, steps(1)},
		{"down", bind("- down", "one step less", "-", "down"), "N", "", true, steps(-1)},
		{"", bind("pgup", "ten steps more", "pgup"), "", "", true, steps(10)},
		{"", bind("pgdn", "ten steps less", "pgdown"), "", "", true, steps(-10)},
		{"users", bind("u", "type a number of users", "u"), "N", "u users", true, (*model).askUsers},
		{"rate", bind("r", "type a rate: requests a second, in an open loop", "r"), "N", "r rate", true, (*model).askRate},
		{"find", bind("f", "find the highest TPS that holds the SLOs, or give that up (asks)", "f"), "", "f find", true, (*model).askFind},
		{"pause", bind("space", "pause the load, or resume it", "space"), "", "space pause", true, sends(session.Pause, "pause or resume asked")},
		{"instances", bind("i", "scale the variant to so many instances (asks)", "i"), "N", "i scale", true, (*model).askInstances},
		{"segment", bind("x", "measure afresh at the same load", "x"), "", "", true, sends(session.NewSegment, "a fresh segment asked")},
		{"view", bind("v", "latency: lines, TPS, percentiles, heat", "v"), "", "", false, (*model).nextView},
		{"finer", bind("[", "finer charts: fewer seconds a column", "["), "", "", false, rescales(-1)},
		{"coarser", bind("]", "coarser charts: more seconds a column", "]"), "", "", false, rescales(1)},
		{"errors", bind("e", "errors in full, with a sample of each", "e"), "", "e errors", false, opens(errorsOverlay)},
		{"logs", bind("l", "what the endpoint's containers log (CloudWatch Logs)", "l"), "", "l logs", false, (*model).openLogs},
		{"log", bind("L", "all of this run's log", "L"), "", "", false, (*model).openEvents},
		{"", bind("tab", "focus the next panel, enter zooms it", "tab"), "", "", false, focuses(1)},
		{"", bind("shift+tab", "focus the panel before", "shift+tab"), "", "", false, focuses(-1)},
		{"", bind("enter", "all of the room for the panel with the focus", "enter"), "", "", false, (*model).zoomFocus},
		{"tps", bind("1", "TPS over all of the room; again, or esc: back", "1"), "", "1-5 zoom", false, zoomsTo(panelTPS)},
		{"latency", bind("2", "the same of the latency chart, in the view of v", "2"), "", "", false, zoomsTo(panelLatency)},
		{"client", bind("3", "all figures of the client, and how they went", "3"), "", "", false, zoomsTo(panelClient)},
		{"table", bind("4", "all latencies; below them a row for each plan", "4"), "", "", false, zoomsTo(panelTable)},
		{"endpoint", bind("5", "the endpoint: a row for each of CloudWatch's periods", "5"), "", "", false, zoomsTo(panelEndpoint)},
		{"filter", bind("/", "only lines with a text: of what is open, or of the log", "/"), "TEXT", "/ filter", false, (*model).askFilter},
		{"describe", bind("d", "describe the endpoint, the account and the payload", "d"), "", "", false, opens(describeOverlay)},
		{"command", bind("c", "this run as a command line", "c"), "", "", false, opens(commandOverlay)},
		{"screen", bind("s", "save the screen as text beside the run", "s"), "", "", false, (*model).saveScreen},
		{"freeze", bind("z", "freeze the picture; the load goes on", "z"), "", "", false, (*model).freeze},
		{"", bind(":", "any of this by name, tab completes", ":"), "", ": command", false, (*model).askLine},
		{"help", bind("?", "this help", "?"), "", "? help", false, opens(helpOverlay)},
		{"", bind("esc", "back", "esc"), "", "", false, (*model).back},
		{"take", bind(":take", "steer from this screen, where another one does", ":take"), "", "", true, (*model).take},
		{"quit", bind("q", "stop or leave the run (asks), or skip the wait", "q"), "", "q quit", false, (*model).quit},
		{"", bind("ctrl+c", "stop: requests in flight end, then the report; twice: at once", "ctrl+c"), "", "", false, (*model).interrupt},
		{"", bind("ctrl+z", "does nothing: suspending would freeze the load", "ctrl+z"), "", "", false, says("ctrl+z does nothing: suspending would freeze the load")},
	}
}
