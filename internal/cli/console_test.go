package cli_test

import (
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"syscall"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/term"
)

// console is a terminal with the real program in it: a pseudo-terminal, what a person sees on it, and that person's keys.
type console struct {
	*process
	master, slave *os.File
	before        *term.State
	read          chan struct{} // closed when everything that was written has been read

	reading sync.Mutex // held while nobody reads
	mu      sync.Mutex
	emu     *vt.Emulator
	cursor  bool // visible
}

// console starts the program on a terminal of 80x24.
func (w *world) console(args ...string) *console {
	w.t.Helper()
	return w.consoleWith(nil, args...)
}

// consoleWith is console with another stdin than the terminal.
func (w *world) consoleWith(stdin *os.File, args ...string) *console {
	t := w.t
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	c := &console{
		process: &process{t: t, cmd: w.command(args...), done: make(chan struct{})},
		master:  master, slave: slave, read: make(chan struct{}), emu: vt.NewEmulator(80, 24), cursor: true,
	}
	c.emu.SetCallbacks(vt.Callbacks{CursorVisibility: func(on bool) { c.cursor = on }})
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	if c.before, err = term.GetState(int(slave.Fd())); err != nil {
		t.Fatal(err)
	}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = slave, slave, slave
	if stdin != nil {
		c.cmd.Stdin = stdin
	}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}
	c.begin(c.cmd.Start)
	go func() {
		defer close(c.done)
		_ = c.cmd.Wait()
	}()
	go c.watch()
	go func() { _, _ = io.Copy(master, c.emu) }() // what a terminal answers by itself
	t.Cleanup(c.close)
	return c
}

// watch reads until nobody has the terminal open any more.
func (c *console) watch() {
	defer close(c.read)
	buf := make([]byte, 32<<10)
	for {
		n, err := c.master.Read(buf)
		c.take(buf[:n])
		if err != nil {
			return
		}
	}
}

func (c *console) take(p []byte) {
	c.reading.Lock()
	defer c.reading.Unlock()
	_, _ = c.stdout.Write(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.emu.Write(p)
}

func (c *console) close() {
	_ = c.cmd.Process.Kill()
	<-c.done
	_ = c.slave.Close()
	_ = c.master.Close()
	<-c.read
	if keys, ok := c.emu.InputPipe().(io.Closer); ok {
		_ = keys.Close()
	}
}

// text is what stands on the screen.
func (c *console) text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for y := range c.emu.Height() {
		var row strings.Builder
		for x := range c.emu.Width() {
			if cell := c.emu.CellAt(x, y); cell != nil {
				row.WriteString(cell.Content)
			}
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return b.String()
}

// shows waits until all of the texts stand on the screen at once.
func (c *console) shows(texts ...string) {
	c.t.Helper()
	all := func() bool {
		screen := c.text()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	}
	until(c.t, "the text "+strings.Join(texts, " and "), func() bool { return all() || c.gone() }, c.text)
	if !all() {
		c.t.Fatalf("it ended without showing %q; the screen is\n%s", texts, c.text())
	}
}

// onScreen says whether a screen is on the terminal.
func (c *console) onScreen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.emu.IsAltScreen()
}

// hides waits until text does not stand on the screen any more.
func (c *console) hides(text string) {
	c.t.Helper()
	until(c.t, "a screen without "+text, func() bool { return !strings.Contains(c.text(), text) }, c.text)
}

// press keys, as a terminal sends them.
func (c *console) press(keys string) {
	c.t.Helper()
	if _, err := io.WriteString(c.master, keys); err != nil {
		c.t.Fatal(err)
	}
}

// resize the window.
func (c *console) resize(width, height int) {
	c.t.Helper()
	c.mu.Lock()
	c.emu.Resize(width, height)
	c.mu.Unlock()
	if err := pty.Setsize(c.master, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		c.t.Fatal(err)
	}
}

// leaves waits for the end and checks the exit code, and that the terminal is as it was: its modes, its cursor, its screen.
func (c *console) leaves(code int) {
	c.t.Helper()
	c.exits(code)
	c.sameModes()
	c.readAll()
	c.mu.Lock()
	alternate, cursor := c.emu.IsAltScreen(), c.cursor
	c.mu.Unlock()
	if alternate || !cursor {
		c.t.Errorf("alternate screen %v, cursor %v", alternate, cursor)
	}
	if c.t.Failed() {
		c.t.Logf("the screen is\n%s", c.text())
	}
}

// sameModes checks that the modes of the terminal are those of before the program.
func (c *console) sameModes() {
	c.t.Helper()
	after, err := term.GetState(int(c.slave.Fd()))
	if err != nil {
		c.t.Fatal(err)
	}
	if !reflect.DeepEqual(after, c.before) {
		c.t.Errorf("the terminal's modes are %+v, were %+v", after, c.before)
	}
}

// hangUp takes the terminal away, as a connection does that breaks.
func (c *console) hangUp() {
	c.t.Helper()
	for _, end := range []*os.File{c.slave, c.master} {
		if err := end.Close(); err != nil {
			c.t.Fatal(err)
		}
	}
}

// readAll reads what the ended program has left in the terminal.
func (c *console) readAll() {
	c.t.Helper()
	if err := c.slave.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		c.t.Fatal(err)
	}
	select {
	case <-c.read:
	case <-c.t.Context().Done():
	}
}

// printed is what was written after the screen was left: what a person sees above the next prompt, and can scroll back to.
func (c *console) printed() string {
	all := strings.ReplaceAll(c.stdout.String(), "\x00", "") // stall wrote those, and the last of them may come late
	i := strings.LastIndex(all, leaveScreen)
	if i < 0 {
		return ""
	}
	return all[i+len(leaveScreen):]
}

const leaveScreen = "\x1b[?1049l"
