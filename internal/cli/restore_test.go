package cli_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"sagetop/internal/report"
	"sagetop/internal/simulator"
	"sagetop/internal/simulator/model"
)

// slow is quick, with instances that take so long to come.
func slow(boot time.Duration) simulator.EndpointConfig {
	e := quick()
	p := model.Fast()
	p.Boot = model.Duration(boot)
	e.Profile = &p
	return e
}

// scaling starts a run that is to put its instances back, and waits until they are asked for.
func (w *world) scaling() *process {
	p := w.headless("run", "fast", "-d", "hi", "-z", "1m", "--instances", "3", "--restore", "--yes=fast", "--no-cloudwatch", "--headless", "--out", "sagetop-runs/run")
	p.says("1 -> 3 instances asked")
	return p
}

func (w *world) owes() bool {
	_, err := os.Stat(w.path("sagetop-runs", "run", report.OwedFile))
	return err == nil
}

// A run that is killed while its instances are on their way leaves word of them: the next one on that endpoint says so, and restore puts
// them back once the endpoint takes an update.
func TestRestoreAfterAKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, slow(8*time.Second))
	p := w.scaling()
	alive := w.headless("restore", "run", "--yes=fast")
	alive.exits(1)
	if !strings.Contains(alive.stderr.String(), "run is still going on") {
		t.Errorf("it said\n%s", alive.said())
	}
	p.signal(syscall.SIGKILL)
	<-p.done
	if !w.owes() {
		t.Fatal("nothing is owed")
	}
	next := w.headless("run", "fast", "-d", "hi", "-n", "5", "--no-cloudwatch", "--headless", "--out", "next")
	next.exits(0)
	if !strings.Contains(next.stderr.String(), "run run still owes: 3 -> 1 instance of fast/AllTraffic: sagetop restore run") {
		t.Errorf("it said\n%s", next.said())
	}
	nobody := w.headless("restore", "run")
	nobody.exits(2)
	if !strings.Contains(nobody.stderr.String(), "add --yes=fast") || !w.owes() {
		t.Errorf("it said\n%s", nobody.said())
	}
	back := w.headless("restore", "run", "--yes=fast")
	back.says("endpoint fast is Updating, 1 -> 3 instances: waiting until it takes an update")
	back.exits(0)
	if !strings.Contains(back.stdout.String(), "fast/AllTraffic is InService with 1 instance, as before run") || w.owes() {
		t.Errorf("owes: %v; it said\n%s", w.owes(), back.said())
	}
}

// ctrl+c twice leaves what is owed to restore, and ctrl+c in restore leaves it owed.
func TestRestoreAfterInterrupts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow(time.Hour))
	p := w.scaling()
	p.signal(os.Interrupt)
	p.says("the load is over: back to 1 instance")
	p.signal(os.Interrupt)
	p.exits(130)
	if !w.owes() || !strings.Contains(p.stderr.String(), "run run still owes: 3 -> 1 instance of fast/AllTraffic: sagetop restore run") {
		t.Errorf("owes: %v; it said\n%s", w.owes(), p.said())
	}
	back := w.headless("restore", "run", "--yes=fast")
	back.says("waiting until it takes an update")
	back.signal(os.Interrupt)
	back.exits(130)
	if !w.owes() || !strings.Contains(back.stderr.String(), "still owed: 3 -> 1 instance") {
		t.Errorf("owes: %v; it said\n%s", w.owes(), back.said())
	}
}

// What restore finds that is not what the run left is not touched.
func TestRestoreRefuses(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Parallel()
	w := newWorld(t, slow(0))
	p := w.headless("run", "fast", "-d", "hi", "-z", "1m", "--instances", "3", "--restore", "--yes=fast", "--no-cloudwatch", "--headless", "--out", "run")
	p.says("InService after")
	p.signal(syscall.SIGKILL)
	<-p.done
	if err := w.server.Scale("fast", "AllTraffic", 4); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"something else changed them, so they stay", "to go back all the same: aws sagemaker update-endpoint-weights-and-capacities --endpoint-name fast", "rm run/owed.json"} {
		back := w.headless("restore", "run", "--yes=fast")
		back.exits(1)
		if !strings.Contains(back.stderr.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, back.said())
		}
	}
	owed := w.path("run", report.OwedFile)
	text, err := os.ReadFile(owed)
	if err != nil {
		t.Fatal(err)
	}
	foreign := strings.Replace(string(text), `"account": "`, `"account": "9`, 1)
	if err := os.WriteFile(owed, []byte(foreign), 0o600); err != nil {
		t.Fatal(err)
	}
	other := w.headless("restore", "run", "--yes=fast")
	other.exits(1)
	if !strings.Contains(other.stderr.String(), "and these credentials are of account") {
		t.Errorf("it said\n%s", other.said())
	}
	if err := os.WriteFile(owed, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.server.Scale("fast", "AllTraffic", 1); err != nil {
		t.Fatal(err)
	}
	over := w.headless("restore", "run", "--yes=fast")
	over.exits(0)
	if !strings.Contains(over.stdout.String(), "nothing to put back: fast/AllTraffic has 1 instance") {
		t.Errorf("it said\n%s", over.said())
	}
	again := w.headless("restore", "run")
	again.exits(0)
	if !strings.Contains(again.stdout.String(), "run owes no instances") {
		t.Errorf("it said\n%s", again.said())
	}
}

// On a terminal restore asks, and anything but a yes changes nothing; a screen on that endpoint says what is owed, too.
func TestRestoreAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, slow(0))
	p := w.scaling()
	p.says("InService after")
	p.signal(syscall.SIGKILL)
	<-p.done
	no := w.console("restore", "run")
	no.shows("it goes from 3 back to 1", "Put them back? [y/N]")
	no.press("\r")
	no.leaves(1)
	if !w.owes() {
		t.Fatal("nothing is owed any more")
	}
	screen := w.console("run", "fast", "-d", "hi", "--no-cloudwatch", "--out", "next")
	screen.shows("RUN  fast/AllTraffic")
	screen.press("L")
	screen.shows("still owes: 3 -> 1 instance")
	screen.press("\x03")
	screen.leaves(130)
	yes := w.console("restore", "run")
	yes.shows("Put them back? [y/N]")
	yes.press("y\r")
	yes.leaves(0)
	if w.owes() {
		t.Error("it is still owed")
	}
}
