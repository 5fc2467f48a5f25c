package report

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// recorded is the folder of a whole run and its timeline.
func recorded(t *testing.T) (dir string, text []byte) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "run")
	f, err := Create(dir, info())
	if err != nil {
		t.Fatal(err)
	}
	play(t, &eventful{f})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(filepath.Join(dir, TimelineFile)); err != nil {
		t.Fatal(err)
	}
	return dir, text
}

// eventful makes a run's client run out of CPU in its second half, after instances were added and credentials renewed.
type eventful struct{ session.Journal }

func (e *eventful) Delta(d *runner.Delta) error {
	second := d.Second - start.Unix()
	if second >= 22 && d.Final {
		d.Client.CPUPercent, d.Client.SchedP99 = 100, time.Second
	}
	err := e.Journal.Delta(d)
	at := start.Add(time.Duration(second+1) * time.Second)
	switch change := (session.Scaling{From: 1, To: 2, Asked: start.Add(8 * time.Second)}); second {
	case 7:
		return errors.Join(err, e.Event(session.Event{At: at, Kind: session.KindScale, Text: "1 -> 2 instances asked", Scaling: &change}))
	case 12:
		change.Over = at
		return errors.Join(err, e.Event(session.Event{At: at, Kind: session.KindScale, Text: "2 instances are in service", Scaling: &change}))
	case 13:
		now := &session.AutoScaling{Min: 1, Max: 4}
		return errors.Join(err, e.Event(session.Event{At: at, Kind: session.KindAutoScaling, Text: "auto scaling is now 1-4", AutoScaling: now}))
	case 14:
		a := &session.Activity{ID: "1", Start: at, Description: "Setting desired instance count to 3.", Cause: "an alarm", Status: "InProgress"}
		return errors.Join(err, e.Event(session.Event{At: at, Kind: session.KindAutoScaling, Text: "auto scaling: 3", Activity: a}))
	case 15:
		return errors.Join(err, e.Event(session.Event{At: at, Kind: session.KindCreds, Text: "renewed", Expires: at.Add(time.Hour)}))
	}
	return err
}

// folderOf a timeline.
func folderOf(t testing.TB, text []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, TimelineFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// grow adds text to a timeline.
func grow(t *testing.T, dir string, text []byte) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, TimelineFile), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.Write(text)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// openReplay of what there is so far.
func openReplay(t testing.TB, dir string, most int) *Replay {
	t.Helper()
	r, err := newReplay(dir, most)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.file.Close() })
	r.read(context.Background())
	return r
}

// shownBy a replay, without what only a replay has.
func shownBy(r *Replay) *session.State {
	st := new(session.State)
	r.State(st)
	return comparable(st)
}

// comparable leaves out what a Book does not show, and that an empty list may be nil.
func comparable(st *session.State) *session.State {
	st.Place, st.Look, st.Lost, st.Logs = session.Here, session.Look{}, "", session.Logs{}
	if len(st.Points) == 0 {
		st.Points = nil
	}
	if len(st.Periods) == 0 {
		st.Periods = nil
	}
	return st
}

// Whatever was written last, what is shown is in one zone: that of who looks back, for the run may have been elsewhere.
func TestAllTimesAreInOneZone(t *testing.T) {
	dir, _ := recorded(t)
	r := openReplay(t, dir, mostBytes)
	for i := range r.moments.kept {
		var st session.State
		r.moments.show(i, &st)
		if zone := st.Now.Location(); zone != time.Local {
			t.Fatalf("moment %d is in %v", i, zone)
		}
		for _, e := range st.Events {
			if zone := e.At.Location(); zone != time.Local {
				t.Fatalf("at moment %d, %q is in %v", i, e.Text, zone)
			}
		}
	}
}

// afterEach is what a Book shows after each line.
func afterEach(t *testing.T, text []byte) (all []*session.State) {
	t.Helper()
	var book *session.Book
	for raw := range bytes.Lines(text) {
		l, err := decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if l.Kind == kindConfig {
			if book, err = session.NewBook(*l.Config); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.write(book); err != nil {
			t.Fatal(err)
		}
		st := new(session.State)
		book.State(st)
		all = append(all, comparable(st))
	}
	return all
}

// booked is what a Book shows after the last line of each second, oldest first.
func booked(t *testing.T, text []byte) (all []*session.State) {
	t.Helper()
	for _, st := range afterEach(t, text) {
		if n := len(all); n > 0 && all[n-1].Now.Unix() == st.Now.Unix() {
			all = all[:n-1]
		}
		all = append(all, st)
	}
	return all
}

func do(t *testing.T, r *Replay, verb session.Verb, count int) {
	t.Helper()
	if err := r.Do(session.Command{Verb: verb, Count: count}); err != nil {
		t.Fatal(err)
	}
}

// Wherever a replay is moved, it shows what a Book showed at that moment, in every field.
func TestReplayShowsWhatTheBookShowed(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	dir, text := recorded(t)
	want := booked(t, text)
	r := openReplay(t, dir, mostBytes)
	last := want[len(want)-1]
	if len(want) < 40 || len(last.Points) < 3 || len(last.Counts) < 2 || last.Creds.IsZero() || len(last.Load.Segments) < 2 || len(last.Findings) == 0 || len(last.Load.Errors) == 0 || last.Phase != session.Done {
		t.Fatalf("the run is too plain to tell: %d moments, the last %+v", len(want), last)
	}
	same := func(i int) {
		t.Helper()
		if got := shownBy(r); !reflect.DeepEqual(got, want[i]) {
			t.Errorf("moment %d: got\n%+v\nwant\n%+v", i, got, want[i])
		}
	}
	same(len(want) - 1)
	do(t, r, session.SeekFirst, 0)
	for i := range want {
		same(i)
		do(t, r, session.Seek, 1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		same(i)
		do(t, r, session.Seek, -1)
	}
	for _, move := range []int{7, -3, 20, -12, 5} { // from everywhere to anywhere, by what there are lines of
		from := shownBy(r).Now
		do(t, r, session.Seek, move)
		if got := shownBy(r).Now.Unix() - from.Unix(); got != int64(move) && shownBy(r).Now.Before(last.Now.Add(-15*time.Second)) {
			t.Errorf("%d seconds were asked for, it moved by %d", move, got)
		}
	}
}

// However little may be kept, what is shown is a moment as it was, and the begin and the end are among them.
func TestReplayThinsOut(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	dir, text := recorded(t)
	want := booked(t, text)
	for _, most := range []int{0, 3 * momentSize, 10 * momentSize, 30 * momentSize} {
		r := openReplay(t, dir, most)
		if got := shownBy(r); !reflect.DeepEqual(got, want[len(want)-1]) {
			t.Errorf("%d bytes: the end is lost", most)
		}
		do(t, r, session.SeekFirst, 0)
		if got := shownBy(r); !reflect.DeepEqual(got, want[0]) {
			t.Errorf("%d bytes: the begin is lost", most)
		}
		n := 1
		for i := 0; i < len(want)-1; n++ {
			do(t, r, session.Seek, 1)
			got := shownBy(r)
			for i++; i < len(want) && !want[i].Now.Equal(got.Now); i++ {
			}
			if i == len(want) || !reflect.DeepEqual(got, want[i]) {
				t.Fatalf("%d bytes: what is shown of %v never was", most, got.Now)
			}
		}
		if n > max(2, most/momentSize) || n < most/momentSize/3 {
			t.Errorf("%d bytes: %d moments", most, n)
		}
	}
}

// A long run is kept within bounds, as moments that are evenly far apart.
func TestMomentsOfALongRun(t *testing.T) {
	const length, most = 6_000, mostBytes / 16
	k := newMoments(most)
	seconds := make([]runner.Second, length)
	var st session.State
	for i := range length {
		st.Now = start.Add(time.Duration(i) * time.Second)
		st.Load.Seconds = seconds[: i+1 : i+1]
		if i%60 == 0 {
			st.Points = append(st.Points[:len(st.Points):len(st.Points)], cwmetrics.Point{At: st.Now})
			st.Periods = append(st.Periods[:len(st.Periods):len(st.Periods)], sizing.Period{Server: &sizing.Server{From: st.Now}})
		}
		k.add(&st)
	}
	if k.bytes > most || len(k.kept) < most/momentSize/2 || len(k.points.changes) > length/60+1 || len(k.periods.changes) > length/60+1 {
		t.Errorf("%d moments of %d bytes, %d points, %d periods", len(k.kept), k.bytes, len(k.points.changes), len(k.periods.changes))
	}
	for i := range k.kept[:len(k.kept)-1] {
		k.show(i, &st)
		n := i * k.stride
		if !st.Now.Equal(start.Add(time.Duration(n)*time.Second)) || len(st.Load.Seconds) != n+1 || len(st.Points) != n/60+1 || !st.Points[n/60].At.Equal(start.Add(time.Duration(n/60)*time.Minute)) {
			t.Fatalf("moment %d of %d a piece is %v, of %d seconds and %d points", i, k.stride, st.Now, len(st.Load.Seconds), len(st.Points))
		}
	}
}

// Beyond its begin and its end there is nothing to see.
func TestSeekingClamps(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	dir, text := recorded(t)
	want := booked(t, text)
	r := openReplay(t, dir, mostBytes)
	for _, tt := range []struct {
		verb  session.Verb
		count int
		want  *session.State
	}{
		{session.Seek, 1, want[len(want)-1]},
		{session.Seek, -1 << 62, want[0]},
		{session.Seek, -1, want[0]},
		{session.Seek, 1 << 62, want[len(want)-1]},
		{session.SeekFirst, 0, want[0]},
		{session.SeekLast, 0, want[len(want)-1]},
		{session.Seek, 0, want[len(want)-1]},
	} {
		do(t, r, tt.verb, tt.count)
		if got := shownBy(r).Now; !got.Equal(tt.want.Now) {
			t.Errorf("%s %d: at %v, want %v", tt.verb, tt.count, got, tt.want.Now)
		}
	}
}

// A run of which nothing but the first line was written can be looked at.
func TestReplayOfNoSeconds(t *testing.T) {
	text := timeline(t)
	first, _, _ := bytes.Cut(text, []byte("\n"))
	r := openReplay(t, folderOf(t, append(first, '\n')), mostBytes)
	for _, verb := range []session.Verb{session.Seek, session.SeekFirst, session.SeekLast, session.Pause} {
		do(t, r, verb, 1)
	}
	var st session.State
	r.State(&st)
	if st.Place != session.Past || !st.Now.Equal(start) || !st.Look.End.Equal(start) || st.Info.Target.Name != "distilbert" || st.Look.Speed != 0 {
		t.Errorf("it shows %+v", st)
	}
}

// Lines are read as they come, in whatever pieces. Who stands at the end sees them; who went back stays there.
func TestReplayFollows(t *testing.T) {
	whole := timeline(t)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	head := len(lines[0]) + len(lines[1])
	dir := folderOf(t, whole[:head])
	written(t, dir)
	r := openReplay(t, dir, mostBytes)
	want := afterEach(t, whole)
	var st, back session.State
	for i, left := head, false; i < len(whole); i += 3777 {
		before := shownBy(r)
		to := min(i+3777, len(whole))
		grow(t, dir, whole[i:to])
		r.read(t.Context())
		r.State(&st)
		end := want[bytes.Count(whole[:to], []byte("\n"))-1]
		switch now := shownBy(r); {
		case left && !reflect.DeepEqual(now, comparable(&back)):
			t.Fatalf("it went back to %v and did not stay there: it shows %v", back.Now, now.Now)
		case !left && !reflect.DeepEqual(now, end):
			t.Fatalf("after %d bytes it shows %v, want %v; before %v", to, now.Now, end.Now, before.Now)
		}
		if !st.Look.End.Equal(end.Now) || st.Look.GoesOn != (end.Phase != session.Done) || st.Lost != "" || st.Look.Read != 1 {
			t.Fatalf("after %d bytes: %+v, lost %q", to, st.Look, st.Lost)
		}
		switch i % 5 {
		case 0:
			do(t, r, session.Seek, -4)
			r.State(&back)
			left = true
		case 1:
			do(t, r, session.SeekLast, 0)
			left = false
		}
	}
}

// broken makes a timeline that nobody has written to for so long.
func broken(t *testing.T, dir string, since time.Duration) {
	t.Helper()
	at := time.Now().Add(-since)
	if err := os.Chtimes(filepath.Join(dir, TimelineFile), at, at); err != nil {
		t.Fatal(err)
	}
}

// written as by a process that goes on.
func written(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, TimelineFile))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	lock(f)
}

// A run that was killed says so at once, and one that hangs once nothing came for long; and that its last line is torn. In front of its
// end it is like any other.
func TestReplayOfAKilledRun(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	text := timeline(t)
	lines := bytes.SplitAfter(text, []byte("\n"))
	head := bytes.Join(lines[:20], nil)
	want := afterEach(t, text)
	torn := append(head[:len(head):len(head)], lines[20][:50]...)
	settling := bytes.Join(lines[:len(lines)-2], nil)
	for _, tt := range []struct {
		name   string
		text   []byte
		lives  bool // its process
		since  time.Duration
		broken bool
		lost   string
	}{
		{"going on", head, true, time.Second, false, ""},
		{"going on, in the middle of a line", torn, true, time.Second, false, ""},
		{"hanging", head, true, time.Minute, true, ""},
		{"killed just now", head, false, 0, true, ""},
		{"killed in the middle of a line", torn, false, time.Minute, true, "torn"},
		{"over", text, false, time.Hour, false, ""},
		{"over just now", text, true, 0, false, ""},
		{"awaiting CloudWatch", settling, true, time.Minute, false, ""},
		{"hanging while awaiting CloudWatch", settling, true, time.Hour, true, ""},
		{"killed while awaiting CloudWatch", settling, false, time.Second, true, ""},
	} {
		dir := folderOf(t, tt.text)
		broken(t, dir, tt.since)
		if tt.lives {
			written(t, dir)
		}
		r := openReplay(t, dir, mostBytes)
		var st session.State
		r.State(&st)
		if st.Look.Broken != tt.broken || st.Look.GoesOn != (!tt.broken && st.Phase != session.Done) || (tt.lost == "") != (st.Lost == "") || !strings.Contains(st.Lost, tt.lost) {
			t.Errorf("%s: %+v, lost %q", tt.name, st.Look, st.Lost)
		}
		if got := shownBy(r); !reflect.DeepEqual(got, want[bytes.Count(tt.text, []byte("\n"))-1]) {
			t.Errorf("%s: it shows %v", tt.name, got.Now)
		}
	}
}

// Follow reads what there is at once, looks for more twice a second, and ends with its context.
func TestFollow(t *testing.T) {
	text := timeline(t)
	lines := bytes.SplitAfter(text, []byte("\n"))
	dir := folderOf(t, bytes.Join(lines[:10], nil))
	synctest.Test(t, func(t *testing.T) {
		r, err := NewReplay(dir)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { r.Follow(ctx); close(ended) }()
		<-r.Whole()
		began := shownBy(r).Now
		grow(t, dir, bytes.Join(lines[10:15], nil))
		synctest.Wait()
		if now := shownBy(r).Now; !now.Equal(began) {
			t.Errorf("it looked for more at once: %v", now)
		}
		time.Sleep(followEvery)
		synctest.Wait()
		if now := shownBy(r).Now; now.Sub(began) < 4*time.Second {
			t.Errorf("half a second later it still shows %v", now)
		}
		cancel()
		<-ended
	})
}

// It is played as fast as it was, or so many times as fast, and stops at its end.
func TestPlaying(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	dir, text := recorded(t)
	want := booked(t, text)
	begin, last := want[0].Now, want[len(want)-1].Now
	synctest.Test(t, func(t *testing.T) {
		r := openReplay(t, dir, mostBytes)
		at := func(second int, speed int) {
			t.Helper()
			var st session.State
			r.State(&st)
			if got := st.Now.Unix() - begin.Unix(); got != int64(second) || st.Look.Speed != speed {
				t.Errorf("it is at second %d at %d times the speed, want second %d at %d", got, st.Look.Speed, second, speed)
			}
		}
		if err := r.Do(session.Command{Verb: session.Step, Count: 1}); err == nil {
			t.Error("faster, though it stands still")
		}
		do(t, r, session.SeekFirst, 0)
		time.Sleep(5 * time.Second)
		at(0, 0)
		do(t, r, session.Pause, 0)
		at(0, 1)
		time.Sleep(5 * time.Second)
		at(5, 1)
		do(t, r, session.Step, 1)
		time.Sleep(4 * time.Second)
		at(13, 2)
		do(t, r, session.Step, 2)
		time.Sleep(time.Second)
		at(21, 8)
		do(t, r, session.Step, -3)
		time.Sleep(time.Second)
		at(22, 1)
		do(t, r, session.Seek, -10)
		time.Sleep(3 * time.Second)
		at(15, 1)
		do(t, r, session.Pause, 0)
		time.Sleep(time.Hour)
		at(15, 0)
		do(t, r, session.Pause, 0)
		do(t, r, session.Step, 100)
		at(15, mostSpeed)
		time.Sleep(time.Minute)
		at(int(last.Unix()-begin.Unix()), 0)
		do(t, r, session.Pause, 0) // from the begin
		at(0, mostSpeed)
	})
}

// A run that is followed stands still when it is paused, and is followed again from its end.
func TestPausingWhatIsFollowed(t *testing.T) {
	text := timeline(t)
	lines := bytes.SplitAfter(text, []byte("\n"))
	dir := folderOf(t, bytes.Join(lines[:10], nil))
	r := openReplay(t, dir, mostBytes)
	do(t, r, session.Pause, 0)
	stood := shownBy(r)
	grow(t, dir, bytes.Join(lines[10:20], nil))
	r.read(t.Context())
	if got := shownBy(r); !reflect.DeepEqual(got, stood) {
		t.Errorf("it does not stand still at %v: it shows %v", stood.Now, got.Now)
	}
	do(t, r, session.Seek, 1000)
	grow(t, dir, bytes.Join(lines[20:30], nil))
	r.read(t.Context())
	if got := shownBy(r); !reflect.DeepEqual(got, afterEach(t, text)[29]) {
		t.Errorf("it does not follow again: it shows %v", got.Now)
	}
}

// What would change the run is refused in words, and so are logs, which no folder has.
func TestReplayIsNotSteered(t *testing.T) {
	if testing.Short() {
		t.Skip("long, and nothing in it runs at the same time as another")
	}
	dir, _ := recorded(t)
	r := openReplay(t, dir, mostBytes)
	before := shownBy(r)
	for _, v := range []session.Verb{
		session.SetUsers, session.SetRate, session.SetInstances, session.NewSegment, session.Take, session.SkipSettle,
		session.Stop, session.Interrupt, session.Hangup, session.Terminate, session.Abort,
	} {
		if err := r.Do(session.Command{Verb: v}); !errors.Is(err, session.ErrPast) {
			t.Errorf("%s: %v", v, err)
		}
	}
	var st session.State
	r.State(&st)
	if err := r.Do(session.Command{Verb: session.ReadLogs}); err == nil || st.Logs.Problem != err.Error() {
		t.Errorf("logs: %v, the screen says %q", err, st.Logs.Problem)
	}
	if after := shownBy(r); !reflect.DeepEqual(after, before) {
		t.Error("something changed all the same")
	}
}

// A screen that is saved is in the run's folder, named after the moment that it shows, and the log says so for a while of it.
func TestSavingAScreenOfThePast(t *testing.T) {
	dir, _ := recorded(t)
	synctest.Test(t, func(t *testing.T) {
		r := openReplay(t, dir, mostBytes)
		do(t, r, session.SeekFirst, 0)
		do(t, r, session.Seek, 21)
		events := len(shownBy(r).Events)
		for range 2 {
			if err := r.Do(session.Command{Verb: session.SaveScreen, Text: "what is seen"}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for _, name := range []string{"screen-00m21s.txt", "screen-00m21s-2.txt"} {
			if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != "what is seen" {
				t.Errorf("%s: %q, %v", name, text, err)
			}
		}
		st := shownBy(r)
		if n := len(st.Events); n != events+2 || st.Events[n-1].Text != "saved screen-00m21s-2.txt in "+dir || !st.Events[n-1].At.Equal(st.Now) {
			t.Errorf("the log has %+v", st.Events)
		}
		for seek, want := range map[int]int{-1: 0, 1: 2, 10: 0} {
			do(t, r, session.Seek, seek)
			if n := len(shownBy(r).Events) - events; n != want {
				t.Errorf("%d seconds from there it has %d events more, want %d", seek, n, want)
			}
			do(t, r, session.Seek, -seek)
		}
	})
}

func TestReplayOfNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := NewReplay(dir); !errors.Is(err, ErrNoRun) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := NewReplay(folderOf(t, []byte("{}\n"))); !errors.Is(err, ErrTimeline) || !strings.Contains(err.Error(), TimelineFile) {
		t.Errorf("another file: %v", err)
	}
}
