package tui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/tui/canvas"
)

// tick is how often numbers are pulled. Charts change when a second was closed.
const tick = 250 * time.Millisecond

type tickMsg struct{}

// model is the dashboard. It only looks: the run goes on without it.
type model struct {
	conductor session.Conductor
	keys      []action
	now       func() time.Time
	ascii     bool
	colours   colours
	light     bool // the background
	kind      kind
	environ   uv.Environ

	live  session.State // as pulled on the last tick
	next  session.State // pulled into on each tick
	still session.State // what a frozen screen shows

	width, height int
	layout        layout
	palette       palette
	charts        charts
	grid          canvas.Grid
	buf           []byte
	view          tea.View
	stale         bool // something changed since view was made

	timeScale   int // 0: the charts choose; else 1 + an index of scales
	shown       view
	focus       panel
	zoomed      zoomed
	told        int // events that were seen
	frozen      bool
	interrupted bool
	left        bool      // while the run goes on
	answered    time.Time // the Until of the proposal that was answered
	overlay     overlay
	prompt      *prompt
	flash       flash
}

func newModel(c session.Conductor, o Options) *model {
	environ := uv.Environ(o.Environ)
	kind := kindOf(environ.Getenv("TERM"))
	m := &model{
		conductor: c, keys: keyMap(), now: o.Now, ascii: o.ASCII || kind.ascii, kind: kind, environ: environ, stale: true,
	}
	if !o.NoColor && !kind.mono {
		m.colours = colours256 // until the terminal's are known
	}
	m.palette = newPalette(m.colours, !m.light)
	m.view.AltScreen = true
	if m.now == nil {
		m.now = time.Now
	}
	c.State(&m.live)
	m.told = len(m.live.Events)
	if m.live.Info.Find {
		m.shown = overTPS
	}
	if m.live.Place == session.Past {
		m.keys = pastKeys(m.keys)
	} else {
		m.keys = append(m.keys, presentKeys()...)
	}
	return m
}

// Init starts the tick and asks for the background's colour; the first picture does not wait for the answer.
func (m *model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.nextTick()}
	if !m.kind.old {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	if _, ssh := m.environ.LookupEnv("SSH_TTY"); ssh {
		cmds = append(cmds, synchronise)
	}
	return tea.Batch(cmds...)
}

// synchronise turns on pictures that are shown whole, never torn. Over SSH Bubble Tea does not ask the terminal whether it can;
// setting the mode is safe, because a terminal that does not know it ignores it.
func synchronise() tea.Msg {
	return tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset}
}

func (m *model) nextTick() tea.Cmd {
	return tea.Tick(tick, func(time.Time) tea.Msg { return tickMsg{} })
}

// pull looks at the run. Where nothing is new, nothing is drawn: a screen that stands still costs nothing.
func (m *model) pull() {
	m.conductor.State(&m.next)
	if !same(&m.next, &m.live) {
		m.live = m.next
		m.stale = true
		m.tell()
	}
	m.putProposal()
}

// state is what is shown.
func (m *model) state() *session.State {
	if m.frozen {
		return &m.still
	}
	return &m.live
}

// Update does no I/O: a terminal that stops reading would stop it.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ticks := msg.(tickMsg); !ticks {
		m.stale = true
	}
	switch msg := msg.(type) {
	case tickMsg:
		m.wantLogs()
		m.pull()
		m.expire()
		if m.live.Phase == session.Done && m.live.Place != session.Past {
			return m, tea.Quit
		}
		return m, m.nextTick()
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.place()
	case tea.BackgroundColorMsg:
		m.light = !msg.IsDark()
		m.palette = newPalette(m.colours, !m.light)
	case tea.ColorProfileMsg:
		m.colours = min(m.colours, coloursOf(msg.Profile))
		m.palette = newPalette(m.colours, !m.light)
	case tea.KeyPressMsg:
		return m, m.press(msg)
	case tea.PasteMsg:
		if m.prompt != nil && !m.prompt.yesNo() {
			m.edit(msg)
		}
	}
	return m, nil
}

// key does what a key means here: ctrl+c always the same, then what is in front, then the key map.
func (m *model) key(msg tea.KeyPressMsg) tea.Cmd {
	m.flash = flash{}
	name := msg.String()
	a := m.matching(msg)
	switch {
	case name == "ctrl+c":
		return m.interrupt("")
	case m.prompt != nil && name != "ctrl+z":
		return m.promptKey(msg)
	case m.front() != nil && m.front().scroll(name, m.page()):
		return nil
	case a != nil:
		return m.perform(a, "")
	}
	m.complain("no key " + name + ": ? shows all keys")
	return nil
}

// perform a, unless it steers what cannot be steered now: the session would say so, but later, in the log. Who steers is settled at
// any time.
func (m *model) perform(a *action, arg string) tea.Cmd {
	if why := m.live.Phase.Unsteered(m.unit()); a.steers && a.name != "take" && why != "" && m.live.Place != session.Past {
		m.complain(why)
		return nil
	}
	return a.do(m, arg)
}

// View draws the state, if anything changed since it was drawn.
func (m *model) View() tea.View {
	if !m.stale {
		return m.view
	}
	m.stale = false
	m.grid.Reset(m.width, m.height)
	f := &frame{g: &m.grid, st: m.state(), layout: m.layout, ascii: m.ascii, frozen: m.frozen}
	m.charts.happened = happenings(f.st)
	m.charts.update(&f.st.Load, m.chartKey())
	f.dashboard(&m.charts)
	m.drawFocus(f)
	m.drawZoomed(f)
	m.drawOverlay(f)
	m.drawQuestion(f)
	m.view.Cursor = m.drawFooter(f)
	if m.ascii {
		sevenBit(&m.grid)
	}
	m.buf = compose(m.buf[:0], &m.grid, &m.palette)
	m.view.Content = string(m.buf)
	return m.view
}

func (m *model) chartKey() chartKey {
	k := chartKey{tps: m.layout.tps, latency: m.layout.latency, ascii: m.ascii, shades: m.colours < colours256, view: m.viewed(), scale: m.scale(), first: firstOf(&m.state().Load)}
	rules := make([]sizing.Rule, 0, 4)
	for i := range m.state().SLOs {
		rules = append(rules, m.state().SLOs[i].Rule)
	}
	k.slo, k.bracket, k.happened = latencySLO(rules), bracketOf(m.state().Search), len(m.charts.happened)
	if k.view == firstOverTime {
		k.slo = firstLimit(k.first, m.state().Info.Limits)
	}
	return k
}

// drawFooter writes the question that is open, else the latest message, else the keys that matter now.
func (m *model) drawFooter(f *frame) *tea.Cursor {
	r := m.layout.footer
	if r.Empty() {
		r = m.layout.line
	}
	if r.Empty() {
		return nil
	}
	blank := canvas.Rect{X: r.X, Y: r.Y, W: r.W, H: 1}
	switch {
	case m.prompt != nil:
		f.g.Fill(blank, ' ', plain)
		x, y := m.drawPrompt(f, r)
		return tea.NewCursor(x, y)
	case m.flash.text != "":
		f.g.Fill(blank, ' ', plain)
		m.drawFlash(f, r)
	case !m.layout.footer.Empty():
		m.drawKeys(f, r)
	}
	return nil
}

func (m *model) drawFlash(f *frame, r canvas.Rect) {
	style, x := strong, r.X+1
	if m.flash.wrong {
		style = bad
		x = f.g.Text(r.X, r.Y, r.X+r.W, "!", bad)
	}
	f.g.Text(x, r.Y, r.X+r.W, cut(m.flash.text, r.W-2, f.ascii), style)
}

// drawKeys leaves out what has no room, but never the help and the way out.
func (m *model) drawKeys(f *frame, r canvas.Rect) {
	const help, quit = "? help", "q quit"
	keys, last := m.shortKeys(), help
	if slices.Contains(keys, quit) {
		last = quit + "  " + help
	}
	end := r.X + r.W - 1
	x := r.X + 1
	for _, text := range keys {
		if text != help && text != quit && x+canvas.Width(text)+2+len(last) <= end {
			x = f.g.Text(x, r.Y, end, text, dim) + 2
		}
	}
	f.g.Text(x, r.Y, end, last, dim)
}

func (m *model) shortKeys() []string {
	phase := m.live.Phase
	noLoad := phase == session.Scale || phase == session.Drain || phase.LoadOver() || m.live.Aside != ""
	skips := phase == session.Settle && !m.away()
	if m.live.Place == session.Past { // its phase is not what keys go by
		noLoad, skips = false, false
	}
	var l []string
	if skips {
		l = append(l, "q skip the wait")
	}
	if m.live.Aside != "" {
		l = append(l, "another screen steers (:take)")
	}
	search := searching(&m.live) && !noLoad
	if search {
		l = append(l, "f give up")
	}
	for _, a := range m.keys {
		switch {
		case a.short == "" || !a.keys.Enabled() || a.steers && noLoad:
		case a.name == "quit" && skips, a.name == "find" && (search || proving(&m.live)):
		default:
			l = append(l, a.short)
		}
	}
	return m.inFront(m.byUrgency(l))
}
