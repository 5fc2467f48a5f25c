package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"sagetop/internal/session"
	"sagetop/runner"
)

// soon bounds how long a test waits for what must come; nothing is judged by how fast it comes.
const soon = 30 * time.Second

// feed is what the terminal sends: keys and replies. Writing to it never blocks, so a reply never holds up the picture that asked.
type feed struct {
	mu     sync.Mutex
	more   *sync.Cond
	buf    bytes.Buffer
	closed bool
}

func newFeed() *feed {
	f := &feed{}
	f.more = sync.NewCond(&f.mu)
	return f
}

func (f *feed) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.more.Signal()
	return f.buf.Write(p)
}

func (f *feed) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.buf.Len() == 0 && !f.closed {
		f.more.Wait()
	}
	if f.closed {
		return 0, io.EOF
	}
	return f.buf.Read(p)
}

func (f *feed) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.more.Broadcast()
	return nil
}

// console is a terminal emulator with somebody at its keys.
type console struct {
	t       *testing.T
	in      *feed
	mu      sync.Mutex
	emu     *vt.Emulator
	visible bool // the cursor
	synced  bool // a picture was sent as one whole
}

func newConsole(t *testing.T, w, h int) *console {
	c := &console{t: t, emu: vt.NewEmulator(w, h), in: newFeed(), visible: true}
	c.emu.SetCallbacks(vt.Callbacks{CursorVisibility: func(on bool) { c.visible = on }})
	go io.Copy(c.in, c.emu)
	t.Cleanup(func() {
		c.in.Close()
		if keys, ok := c.emu.InputPipe().(io.Closer); ok {
			keys.Close()
		}
	})
	return c
}

// Write does what a terminal's driver does to line feeds.
func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if bytes.Contains(p, []byte(ansi.SetModeSynchronizedOutput)) {
		c.synced = true
	}
	if _, err := c.emu.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for y := range c.emu.Height() {
		for x := range c.emu.Width() {
			if cell := c.emu.CellAt(x, y); cell != nil {
				b.WriteString(cell.Content)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// modes of the terminal.
func (c *console) modes() (alternate, cursor, synced bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.emu.IsAltScreen(), c.visible, c.synced
}

// until waits for ok; what is waited for names it when it does not come.
func (c *console) until(what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(soon); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s did not come; the screen shows\n%s", what, c.text())
		}
	}
}

func (c *console) shows(text string) {
	c.t.Helper()
	c.until("the text "+text, func() bool { return strings.Contains(c.text(), text) })
}

func (c *console) press(keys ...rune) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		c.emu.SendKey(uv.KeyPressEvent{Code: k, Text: string(k)})
	}
}

// start runs the screen on the console.
func (c *console) start(ctx context.Context, conductor session.Conductor, out io.Writer) <-chan error {
	return c.startAs(ctx, conductor, out, "TERM=xterm-256color", "SSH_TTY=/dev/pts/0", "TTY_FORCE=1")
}

// startAs is start in some environment. TTY_FORCE says that the console is a terminal, which has colours. What the footer says stays.
func (c *console) startAs(ctx context.Context, conductor session.Conductor, out io.Writer, environ ...string) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, c.in, out, conductor, Options{Environ: environ, Now: func() time.Time { return start }}, 100*time.Millisecond, tea.WithWindowSize(80, 24))
	}()
	return ended
}

func (c *console) returns(ended <-chan error) error {
	c.t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(soon):
		c.t.Fatalf("the screen did not return; it shows\n%s", c.text())
		return nil
	}
}

// left checks that the terminal is as it was.
func (c *console) left() {
	c.t.Helper()
	alternate, cursor, _ := c.modes()
	if alternate {
		c.t.Error("the alternate screen is still on")
	}
	if !cursor {
		c.t.Error("the cursor is still hidden")
	}
}

// obeying is a run that does what it is told, and can be looked at from elsewhere.
type obeying struct {
	mu    sync.Mutex
	st    session.State
	did   []session.Command
	looks int
	bomb  bool
}

func (o *obeying) State(st *session.State) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.looks++; o.bomb && o.looks > 2 {
		panic("a figure that cannot be")
	}
	*st = o.st
}

func (o *obeying) Do(c session.Command) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.did = append(o.did, c)
	switch c.Verb {
	case session.SetUsers:
		o.st.Load.Plan, o.st.Load.Users = runner.Plan{Users: c.Count}, c.Count
	case session.Stop, session.Interrupt:
		o.st.Phase = session.Done
	}
	return nil
}

func (o *obeying) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.st.Phase = session.Done
}

// The whole program in a terminal: it paints, obeys, and leaves the terminal as it was once the run is over.
func TestProgram(t *testing.T) {
	c := newConsole(t, 80, 24)
	run := &obeying{st: well().State}
	ended := c.start(t.Context(), run, c)
	c.shows("CPU 67% 3216/4800")
	if alternate, cursor, _ := c.modes(); !alternate || cursor {
		t.Errorf("alternate screen %v, cursor %v", alternate, cursor)
	}
	c.press('u')
	c.shows("now 135/s")
	if _, cursor, _ := c.modes(); !cursor {
		t.Error("the prompt has no cursor")
	}
	c.press('7', '7', '\r')
	c.shows("77 users asked")
	c.shows("users         77")
	c.press('?')
	c.shows("one step more load")
	c.press('q')
	c.shows("Stop the run? y/N")
	c.press('y')
	if err := c.returns(ended); err != nil {
		t.Errorf("Run returned %v", err)
	}
	c.left()
	if _, _, synced := c.modes(); !synced {
		t.Error("over SSH no picture was sent as one whole")
	}
	want := []session.Command{{Verb: session.SetUsers, Count: 77}, {Verb: session.Stop}}
	if len(run.did) != 2 || run.did[0] != want[0] || run.did[1] != want[1] {
		t.Errorf("the run was told %v, want %v", run.did, want)
	}
}

// What is on the terminal is what View drew: the picture and the diffs that lead to it agree.
func TestProgramPaintsTheView(t *testing.T) {
	c := newConsole(t, 80, 24)
	s := starting()
	run := &obeying{st: s.State}
	ended := c.start(t.Context(), run, c)
	c.shows("RAMP")
	for _, next := range []*scene{well(), saturated(), paused(), denied(), watching(), settling()} {
		run.mu.Lock()
		run.st = next.State
		run.mu.Unlock()
		m, _ := still(next, 80, 24, Options{})
		want := picture(t, m)
		c.until("the next picture\n"+want, func() bool { return trimmed(c.text()) == want })
	}
	run.end()
	if err := c.returns(ended); err != nil {
		t.Error(err)
	}
}

func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestProgramEndsWithContext(t *testing.T) {
	c := newConsole(t, 80, 24)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := c.start(ctx, &obeying{st: well().State}, c)
	c.shows("RUN")
	cause := errors.New("somebody hung up")
	cancel(cause)
	if err := c.returns(ended); !errors.Is(err, cause) || errors.Is(err, ErrTerminal) {
		t.Errorf("Run returned %v, want %v", err, cause)
	}
	c.left()
}

// broken is a terminal that is hung up at some time.
type broken struct {
	console *console
	hungUp  atomic.Bool
}

func (b *broken) Write(p []byte) (int, error) {
	if b.hungUp.Load() {
		return 0, errors.New("input/output error")
	}
	return b.console.Write(p)
}

func TestLostTerminal(t *testing.T) {
	c := newConsole(t, 80, 24)
	run := &obeying{st: well().State}
	out := &broken{console: c}
	ended := c.start(t.Context(), run, out)
	c.shows("RUN")
	out.hungUp.Store(true)
	c.press('?')
	if err := c.returns(ended); !errors.Is(err, ErrTerminal) {
		t.Errorf("Run returned %v, want %v", err, ErrTerminal)
	}
	if len(run.did) > 0 {
		t.Errorf("the run was told %v; what a lost terminal means is not the screen's to say", run.did)
	}
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	c := newConsole(t, 80, 24)
	ended := c.start(t.Context(), &obeying{st: well().State, bomb: true}, c)
	err := c.returns(ended)
	if !errors.Is(err, tea.ErrProgramPanic) || errors.Is(err, ErrTerminal) {
		t.Errorf("Run returned %v", err)
	}
	c.left()
}

// stalled is a terminal whose reader stopped.
type stalled struct {
	console *console
	stop    chan struct{} // closed: writes block from here on
	blocked chan struct{} // closed once one does
	release chan struct{}
	once    sync.Once
}

func (s *stalled) Write(p []byte) (int, error) {
	select {
	case <-s.stop:
		s.once.Do(func() { close(s.blocked) })
		<-s.release
	default:
	}
	return s.console.Write(p)
}

// A terminal that reads nothing holds up nothing: the run is neither asked nor told anything that waits for it, and when the run is
// over the screen gives the terminal up.
func TestStalledTerminal(t *testing.T) {
	c := newConsole(t, 80, 24)
	out := &stalled{console: c, stop: make(chan struct{}), blocked: make(chan struct{}), release: make(chan struct{})}
	run := &obeying{st: well().State}
	ended := c.start(t.Context(), run, out)
	c.shows("RUN")
	close(out.stop)
	c.press('?')
	select {
	case <-out.blocked:
	case <-time.After(soon):
		t.Fatal("nothing was written")
	}
	if err := run.Do(session.Command{Verb: session.SetUsers, Count: 5}); err != nil { // would hang if the screen held the run
		t.Error(err)
	}
	run.end()
	err := c.returns(ended)
	stuck, ok := errors.AsType[*StuckError](err)
	if !ok || !errors.Is(err, ErrTerminal) {
		t.Fatalf("Run returned %v, want a StuckError", err)
	}
	select {
	case <-stuck.Left:
		t.Error("a terminal that reads nothing cannot have been left")
	default:
	}
	close(out.release)
	select {
	case <-stuck.Left:
		c.left()
	case <-time.After(soon):
		t.Error("the screen was not taken off a terminal that reads again")
	}
}

// A terminal that goes on reading after a while shows the newest figures, not those that it missed.
func TestStalledTerminalCatchesUp(t *testing.T) {
	c := newConsole(t, 80, 24)
	out := &stalled{console: c, stop: make(chan struct{}), blocked: make(chan struct{}), release: make(chan struct{})}
	run := &obeying{st: starting().State}
	ended := c.start(t.Context(), run, out)
	c.shows("RAMP")
	close(out.stop)
	c.press('x')
	<-out.blocked
	run.mu.Lock()
	run.st = saturated().State
	run.mu.Unlock()
	close(out.release)
	c.shows("cpu-saturated")
	run.end()
	if err := c.returns(ended); err != nil {
		t.Errorf("Run returned %v", err)
	}
	c.left()
}
