package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagetop/internal/session"
)

// owing makes a run that owes one instance of five, and has not ended yet.
func owing(t *testing.T) (*Folder, Endpoint) {
	t.Helper()
	t.Chdir(t.TempDir())
	st := good(t)
	f, err := Create("", st.Info)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	for _, n := range []int{3, 5} {
		if err := f.Owe(1, n); err != nil {
			t.Fatal(err)
		}
	}
	return f, Endpoint{Name: st.Info.Target.Name, Region: st.Info.Target.Region, Account: st.Info.Identity.Account}
}

func TestWhatIsOwedIsSaidOnceTheRunIsOver(t *testing.T) {
	f, e := owing(t)
	if !Alive(f.Dir()) || len(Owing(&e)) > 0 {
		t.Errorf("alive: %v, owing %+v", Alive(f.Dir()), Owing(&e))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	all := Owing(&e)
	if len(all) != 1 || all[0].Dir != f.Dir() || all[0].String() != "5 -> 1 instance of "+all[0].Endpoint+"/"+all[0].Variant || len(all[0].Asked) != 2 {
		t.Fatalf("%+v", all)
	}
	if undo := all[0].Undo(); !strings.Contains(undo, "DesiredInstanceCount=1 --region "+e.Region) {
		t.Error(undo)
	}
	for _, other := range []Endpoint{{Name: "other", Region: e.Region, Account: e.Account}, {Name: e.Name, Region: "other", Account: e.Account}, {Name: e.Name, Region: e.Region, Account: "other"}} {
		if len(Owing(&other)) > 0 {
			t.Errorf("owing of %+v", other)
		}
	}
	if err := Forget(f.Dir()); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadOwed(f.Dir()); !errors.Is(err, ErrNothingOwed) || len(Owing(&e)) > 0 {
		t.Error(err)
	}
	if err := Forget(f.Dir()); err != nil {
		t.Error(err)
	}
}

func TestForgottenDebtsStayForgotten(t *testing.T) {
	f, _ := owing(t)
	if err := f.Forget(); err != nil {
		t.Fatal(err)
	}
	if err := f.Owe(1, 4); err != nil {
		t.Fatal(err)
	}
	if o, err := ReadOwed(f.Dir()); err != nil || len(o.Asked) != 1 || o.Asked[0] != 4 {
		t.Errorf("%+v, %v", o, err)
	}
}

// What cannot be kept is said with its path, and what cannot be read too.
func TestOwedTrouble(t *testing.T) {
	f, _ := owing(t)
	path := filepath.Join(f.Dir(), OwedFile)
	for _, text := range []string{"{", "{}", `{"endpoint":"e","variant":"v","region":"r","instances_before":1}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if o, err := ReadOwed(f.Dir()); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %+v, %v", text, o, err)
		}
	}
	f.dir = filepath.Join(f.dir, "gone")
	if err := f.Owe(1, 2); err == nil || !strings.Contains(err.Error(), OwedFile+" cannot be written") {
		t.Error(err)
	}
}

func TestBegan(t *testing.T) {
	f, e := owing(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := Began(f.Dir())
	if err != nil || info.Target.Name != e.Name {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := Began(t.TempDir()); !errors.Is(err, ErrNoRun) {
		t.Error(err)
	}
	var _ session.Debts = f
}
