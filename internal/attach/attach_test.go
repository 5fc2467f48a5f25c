package attach

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/runner"
)

// scripted is a run that a test writes.
type scripted struct {
	*session.Book
	start   int64
	seconds int64
	looking atomic.Int32 // now
	came    atomic.Int32 // so far

	mu  sync.Mutex
	did []session.Verb
}

func newScripted(t *testing.T) *scripted {
	t.Helper()
	start := time.Date(2026, 10, 4, 14, 0, 0, 0, time.UTC)
	book, err := session.NewBook(session.Info{
		Version: "1", Started: start, Period: 10 * time.Second, CloudWatch: true, SLOs: []string{"p99<200ms"}, AbortOn: []string{"errors>50% for 10s"},
		Target: session.TargetInfo{Name: "e", Variant: "v", Endpoint: cwmetrics.Endpoint{Name: "e", Variants: []cwmetrics.Variant{{Name: "v", Instances: 1}}}},
		Plan:   runner.Plan{Users: 4, SpawnRate: 100},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &scripted{Book: book, start: start.Unix()}
}

// lasts n seconds more, of forty requests each; each tenth of which CloudWatch tells of ten.
func (r *scripted) lasts(t *testing.T, n int) {
	t.Helper()
	for range n {
		r.seconds++
		var h runner.Hist
		for i := range 38 {
			h.Record(time.Duration(40+i) * time.Millisecond)
		}
		d := runner.Delta{
			Seq: uint64(r.seconds), Second: r.start + r.seconds, Segment: 1, Final: true, Plan: runner.Plan{Users: 4}, Covered: time.Second, Users: 4,
			Counts: runner.Counts{Sent: 40, OK: 38, Failed: 2, BytesIn: 100}, Hist: runner.Hists{runner.Response: &h, runner.Service: &h},
			Errors: []runner.ErrorCount{{Failure: runner.Failure{Class: runner.Throttled, HTTPStatus: 400, Message: "slow down"}, Count: 2, First: r.start + r.seconds, Last: r.start + r.seconds}},
		}
		if err := r.Delta(&d); err != nil {
			t.Fatal(err)
		}
		if r.seconds%10 == 0 {
			r.points(t)
		}
	}
}

func (r *scripted) points(t *testing.T) {
	t.Helper()
	at := time.Unix(r.start+r.seconds-10, 0)
	share, invoked := 66.0, 400.0
	err := errors.Join(
		r.Sample(cwmetrics.Sample{At: at.Add(15 * time.Second), Period: 10 * time.Second, Points: []cwmetrics.Point{{
			At: at, Period: 10 * time.Second, Complete: true, CPU: &cwmetrics.Utilization{Average: share, Share: &share}, Invocations: &invoked,
		}}}),
		r.Event(session.Event{At: at.Add(15 * time.Second), Kind: session.KindNote, Text: fmt.Sprintf("%d s", r.seconds)}),
	)
	if err != nil {
		t.Fatal(err)
	}
}

func (r *scripted) Look() func() {
	r.looking.Add(1)
	r.came.Add(1)
	return func() { r.looking.Add(-1) }
}

func (r *scripted) Do(c session.Command) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.did = append(r.did, c.Verb)
	return nil
}

func (r *scripted) has(verbs ...session.Verb) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Equal(r.did, verbs)
}

// told is what the run was, in order.
func (r *scripted) told() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Trim(fmt.Sprint(r.did), "[]")
}

// until waits for ok; nothing is judged by how soon that comes.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// ours is a folder for sockets. Its path is short, whatever the test's name.
func ours(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sagetop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// serve a run; the folder is what to attach to it by.
func serve(t *testing.T, r Run, patience time.Duration) (*Server, string) {
	t.Helper()
	folder := t.TempDir()
	s, err := Serve(Config{Run: r, Version: "1", Folder: folder, Dirs: []string{ours(t)}, Every: time.Millisecond, Patience: patience})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-s.over:
		default:
			_ = s.Close()
		}
	})
	return s, folder
}

func dial(t *testing.T, folder string, role Role) *Client {
	t.Helper()
	c, err := Dial(folder, "1", role)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// shows waits until c has the State of the run, all but from where it is looked at.
func (r *scripted) shows(t *testing.T, c *Client) {
	t.Helper()
	differs := ""
	until(t, "the run's State", func() bool {
		var live, there session.State
		r.State(&live)
		c.State(&there)
		live.Place, live.Aside = session.Away, there.Aside
		differs = sameState(&live, &there)
		return differs == ""
	})
	if t.Failed() {
		t.Log(differs)
	}
}

// Many screens see the run as it grows, all the same, and how it ends.
func TestScreensSeeTheRun(t *testing.T) {
	r := newScripted(t)
	r.lasts(t, 25)
	s, folder := serve(t, r, 0)
	var all []*Client
	for range 5 {
		all = append(all, dial(t, folder, Screen))
		r.lasts(t, 9)
	}
	for _, c := range all {
		r.shows(t, c)
	}
	if n := r.looking.Load(); n != 5 {
		t.Errorf("%d look, want 5", n)
	}
	if err := r.Event(session.Event{At: time.Unix(r.start+100, 0), Kind: session.KindPhase, Phase: session.Done, Reason: session.EndStopped}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, c := range all {
		<-c.Done()
		r.shows(t, c)
		if c.Err() != nil {
			t.Error(c.Err())
		}
	}
	if n := r.looking.Load(); n != 0 {
		t.Errorf("%d look at a run that is over", n)
	}
	if _, err := Dial(folder, "1", Screen); !errors.Is(err, ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.cfg.Dirs[0], "*")); len(left) > 0 {
		t.Errorf("left %q", left)
	}
}

// A screen that reads nothing holds up neither the run nor another screen.
func TestAScreenThatReadsNothing(t *testing.T) {
	r := newScripted(t)
	r.lasts(t, 400) // more than a socket holds
	s, folder := serve(t, r, time.Hour)
	s.farewell = 10 * time.Millisecond
	stuck(t, s, r)
	c := dial(t, folder, Screen)
	r.lasts(t, 10)
	r.shows(t, c)
	if err := c.Do(session.Command{Verb: session.Take}); err != nil { // the stuck one came first
		t.Error(err)
	}
	if err := c.Do(session.Command{Verb: session.Pause}); err != nil {
		t.Error(err)
	}
	until(t, "a pause", func() bool { return r.has(session.Pause) })
	if n := r.looking.Load(); n != 2 {
		t.Errorf("%d look, want 2", n)
	}
	if err := s.Close(); err != nil { // which does not wait for it
		t.Error(err)
	}
}

// After a while it is dropped.
func TestAStuckScreenIsDropped(t *testing.T) {
	r := newScripted(t)
	r.lasts(t, 400)
	s, _ := serve(t, r, 50*time.Millisecond)
	stuck(t, s, r)
	until(t, "the end of patience", func() bool { return r.looking.Load() == 0 })
}

// stuck is a screen that says who it is and then reads nothing.
func stuck(t *testing.T, s *Server, r *scripted) {
	t.Helper()
	if err := s.wire.send(knock(t, s), hello{helloText, "1", Screen}); err != nil {
		t.Fatal(err)
	}
	until(t, "the stuck screen", func() bool { return r.came.Load() == 1 })
}

// knock at the socket, without a word.
func knock(t *testing.T, s *Server) *net.UnixConn {
	t.Helper()
	c, err := net.DialUnix("unix", nil, s.listener.Addr().(*net.UnixAddr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// What is no sagetop gets no answer, and the run takes no harm.
func TestGarbage(t *testing.T) {
	r := newScripted(t)
	s, folder := serve(t, r, 0)
	length := func(n uint32, rest string) string { return string(binary.BigEndian.AppendUint32(nil, n)) + rest }
	for name, text := range map[string]string{
		"text":            "GET / HTTP/1.1\r\n\r\n",
		"a huge frame":    length(1<<31, "x"),
		"no item":         length(1, "\xff"),
		"another item":    length(1, "\x01"),
		"nested too deep": length(200, strings.Repeat("\x81", 200)),
		"half a frame":    length(100, "\xa1"),
	} {
		c := knock(t, s)
		if _, err := c.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		_ = c.CloseWrite()
		if n, err := c.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%s: answered %d bytes, %v", name, n, err)
		}
	}
	c := dial(t, folder, Screen)
	r.shows(t, c)
	if _, err := c.conn.Write([]byte(length(1<<31, "x"))); err != nil {
		t.Fatal(err)
	}
	<-c.Done()
	if !errors.Is(c.Err(), ErrBroken) {
		t.Errorf("a client that sends garbage: %v", c.Err())
	}
	until(t, "its leave", func() bool { return r.looking.Load() == 0 })
	if !r.has() {
		t.Errorf("the run was told %v", r.did)
	}
}

// nobody is a number that no process has.
const nobody = math.MaxInt32

// Who cannot attach is told why.
func TestRefusals(t *testing.T) {
	r := newScripted(t)
	s, folder := serve(t, r, 0)
	if _, err := Dial(folder, "2", Screen); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), "the run is sagetop 1, this is sagetop 2") {
		t.Errorf("another version: %v", err)
	}
	if _, err := Dial(folder, "1", "owner"); !errors.Is(err, ErrOther) {
		t.Errorf("another role: %v", err)
	}
	for range mostClients {
		dial(t, folder, Screen)
	}
	if _, err := Dial(folder, "1", Screen); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), "32 look at it already") {
		t.Errorf("one too many: %v", err)
	}
	killed, none := t.TempDir(), filepath.Join(s.cfg.Dirs[0], "none.sock")
	if err := (Where{Socket: none, PID: nobody}).write(killed); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(killed, "1", Screen); !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), strconv.Itoa(nobody)) {
		t.Errorf("of a killed run: %v", err)
	}
	if err := (Where{Socket: none, PID: os.Getpid()}).write(killed); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(killed, "1", Screen); !errors.Is(err, ErrSilent) || !strings.Contains(err.Error(), none) {
		t.Errorf("of a run whose socket was removed: %v", err)
	}
	if err := os.WriteFile(filepath.Join(killed, File), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(killed, "1", Screen); err == nil || !strings.Contains(err.Error(), "does not say where") {
		t.Errorf("of a broken file: %v", err)
	}
}

// The socket of a run that was killed goes with the first who finds nobody there.
func TestTheSocketOfAKilledRun(t *testing.T) {
	folder, where := t.TempDir(), Where{PID: 4711}
	l, err := listen([]string{ours(t)})
	if err != nil {
		t.Fatal(err)
	}
	where.Socket = l.Addr().String()
	if err := where.write(folder); err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	for range 2 {
		if _, err := Dial(folder, "1", Screen); !errors.Is(err, ErrGone) {
			t.Errorf("%v", err)
		}
		if _, err := os.Lstat(where.Socket); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the socket: %v", err)
		}
	}
}

// A run that is killed leaves its screens with the last they saw, and they know.
func TestTheRunIsKilled(t *testing.T) {
	r := newScripted(t)
	r.lasts(t, 5)
	s, folder := serve(t, r, 0)
	c := dial(t, folder, Screen)
	r.shows(t, c)
	_ = s.listener.Close()
	s.cutOff()
	<-c.Done()
	if !errors.Is(c.Err(), ErrGone) {
		t.Errorf("%v", c.Err())
	}
	r.shows(t, c)
}

// A screen that is dropped, as one is that was stopped for long, does not take the run for killed.
func TestTheConnectionBreaks(t *testing.T) {
	r := newScripted(t)
	s, folder := serve(t, r, 0)
	c := dial(t, folder, Screen)
	s.cutOff()
	<-c.Done()
	if !errors.Is(c.Err(), ErrBroken) {
		t.Errorf("%v", c.Err())
	}
}

// What says where to attach is there whole or not at all, and goes through no link that somebody laid.
func TestWhereIsWrittenWhole(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other")
	if err := os.Symlink(other, filepath.Join(folder, File)); err != nil {
		t.Fatal(err)
	}
	w := Where{Socket: "here", PID: 1, Started: time.Unix(1, 0).UTC()}
	if err := w.write(folder); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(folder); err != nil || got != w {
		t.Errorf("found %+v, %v", got, err)
	}
	if _, err := os.Lstat(other); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link was followed: %v", err)
	}
	if err := w.write(filepath.Join(folder, "none")); err == nil {
		t.Error("written into no folder")
	}
}

// buggy is a run whose State cannot be had any more.
type buggy struct {
	*scripted
	broken atomic.Bool
}

func (b *buggy) State(st *session.State) {
	if b.broken.Load() {
		panic("a figure that cannot be")
	}
	b.scripted.State(st)
}

// A bug in serving a screen costs that screen alone.
func TestABugCostsOneScreen(t *testing.T) {
	r := &buggy{scripted: newScripted(t)}
	_, folder := serve(t, r, 0)
	c := dial(t, folder, Screen)
	r.broken.Store(true)
	<-c.Done()
	if !errors.Is(c.Err(), ErrBroken) {
		t.Errorf("%v", c.Err())
	}
	until(t, "its leave", func() bool { return r.looking.Load() == 0 })
	r.broken.Store(false)
	r.shows(t, dial(t, folder, Screen))
}

// The first screen steers; the others look, until one takes over, or nobody steers any more.
func TestOneSteers(t *testing.T) {
	r := newScripted(t)
	_, folder := serve(t, r, 0)
	first := dial(t, folder, Screen)
	second := dial(t, folder, Screen)
	do := func(c *Client, v session.Verb) error { return c.Do(session.Command{Verb: v}) }
	aside := func(c *Client) string {
		var st session.State
		c.State(&st)
		return st.Aside
	}
	if aside(first) != "" || !strings.HasPrefix(aside(second), "another screen steers since ") {
		t.Fatalf("aside: %q and %q", aside(first), aside(second))
	}
	if err := do(first, session.Pause); err != nil {
		t.Error(err)
	}
	until(t, "a pause", func() bool { return r.has(session.Pause) })
	if err := do(second, session.Step); err == nil || err.Error() != aside(second) {
		t.Errorf("a step from aside: %v", err)
	}
	for _, v := range []session.Verb{session.SaveScreen, session.ReadLogs} {
		if err := do(second, v); err != nil {
			t.Errorf("%s from aside: %v", v, err)
		}
	}
	until(t, "what is each screen's own", func() bool { return r.has(session.Pause, session.SaveScreen, session.ReadLogs) })

	_ = do(second, session.Take)
	if err := do(second, session.Step); err != nil {
		t.Error(err)
	}
	until(t, "the step", func() bool { return r.has(session.Pause, session.SaveScreen, session.ReadLogs, session.Step) })
	until(t, "the first one's place aside", func() bool { return aside(first) != "" })
	first.commands <- session.Command{Verb: session.Stop} // past what the client itself refuses
	_ = first.Do(session.Command{Verb: session.ReadLogs})
	until(t, "the logs", func() bool {
		return r.has(session.Pause, session.SaveScreen, session.ReadLogs, session.Step, session.ReadLogs)
	})

	_ = second.Close()
	until(t, "a free seat", func() bool { return aside(first) == "" })
	if err := do(first, session.Pause); err != nil {
		t.Error(err)
	}
	until(t, "another pause", func() bool { return strings.HasSuffix(r.told(), "logs pause") })
	third := dial(t, folder, Screen)
	if aside(third) == "" {
		t.Error("a free seat is the next one's who sends a command")
	}
}

// Who only ends the run may do that whoever steers, and nothing else; it is no screen.
func TestAnEnder(t *testing.T) {
	r := newScripted(t)
	_, folder := serve(t, r, 0)
	ender := dial(t, folder, Ender)
	screen := dial(t, folder, Screen)
	r.shows(t, ender)
	if n := r.looking.Load(); n != 1 {
		t.Errorf("%d look", n)
	}
	for _, v := range []session.Verb{session.Step, session.Take, session.Stop} {
		if err := ender.Do(session.Command{Verb: v}); err != nil {
			t.Error(err)
		}
	}
	until(t, "the stop", func() bool { return r.has(session.Stop) })
	var st session.State
	if screen.State(&st); st.Aside != "" {
		t.Errorf("the screen is aside: %q", st.Aside)
	}
}

// A socket goes where nobody else can reach it, or nowhere.
func TestPlacesForASocket(t *testing.T) {
	base, err := os.MkdirTemp("", "sagetop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	open := filepath.Join(base, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(base, "link")
	if err := os.Symlink(base, link); err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(base, strings.Repeat("x", longestSocket))
	bad := []string{open, link, long, filepath.Join(base, "none", "deeper")}
	for _, dir := range bad {
		if l, err := listen([]string{dir}); err == nil {
			_ = l.Close()
			t.Errorf("%s was taken", dir)
		} else if !strings.Contains(err.Error(), "set XDG_RUNTIME_DIR") {
			t.Error(err)
		}
	}
	l, err := listen(append(bad, filepath.Join(base, "mine")))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Stat(l.Addr().String())
	if err != nil || info.Mode().Perm() != 0o600 || filepath.Dir(l.Addr().String()) != filepath.Join(base, "mine") {
		t.Errorf("%s, %v, %v", l.Addr(), info, err)
	}
}

// A process that is over is not alive, also while nothing has waited for it.
func TestAProcessThatWasNotWaitedFor(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("there is no /proc here")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe, "-test.run=^$")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	w := Where{PID: child.Process.Pid}
	for deadline := time.Now().Add(time.Minute); w.alive(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it is alive")
		}
	}
	if err := syscall.Kill(w.PID, 0); err != nil {
		t.Errorf("its number is gone already: %v", err)
	}
	_ = child.Wait()
	if !(Where{PID: os.Getpid()}).alive() {
		t.Error("this one is not alive")
	}
}
