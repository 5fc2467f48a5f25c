package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
)

// OwedFile in a run's folder says which instances the run has still to put back: it is there before the first of them is asked for, and
// gone once they are.
const OwedFile = "owed.json"

// Owed is what a run owes of the instances of a variant.
type Owed struct {
	Endpoint  string    `json:"endpoint"`
	Variant   string    `json:"variant"`
	Component string    `json:"component,omitempty"` // whose copies are counted, in place of the variant's instances
	Region    string    `json:"region"`
	Account   string    `json:"account,omitempty"`
	Before    int       `json:"instances_before"`
	Asked     []int     `json:"instances_asked"` // by the run, the last one last
	Since     time.Time `json:"since"`
}

func (o *Owed) String() string {
	return fmt.Sprintf("%d -> %s of %s", o.Asked[len(o.Asked)-1], o.Unit().Count(o.Before), o.Of())
}

// Unit that is owed.
func (o *Owed) Unit() sizing.Unit { return unitOf(o.Component) }

// Of is whose they are: "demo/AllTraffic", "demo/llama".
func (o *Owed) Of() string { return o.Endpoint + "/" + cmp.Or(o.Component, o.Variant) }

// Owner takes the updates: an endpoint, or a component.
func (o *Owed) Owner() string {
	if o.Component != "" {
		return "inference component " + o.Component
	}
	return "endpoint " + o.Endpoint
}

// Undo is the command that settles it by hand.
func (o *Owed) Undo() string {
	return undo(o, o.Before, "")
}

func owedBy(info *session.Info) Owed {
	t := &info.Target
	return Owed{Endpoint: t.Name, Variant: t.Variant, Component: ComponentOf(&t.Endpoint), Region: t.Region, Account: info.Identity.Account}
}

// Owe keeps, on the disk, that to instances are about to be asked for, and that those before are to come back. It is not for several
// goroutines at once.
func (f *Folder) Owe(before, to int) error {
	o := &f.owed
	o.Before, o.Asked = before, append(slices.Clip(o.Asked), to)
	if o.Since.IsZero() {
		o.Since = utc(time.Now())
	}
	text, err := indented(o)
	if err != nil {
		return err
	}
	path := filepath.Join(f.dir, OwedFile)
	if err := replace(path, text); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, withoutPath(err))
	}
	return nil
}

// Forget what was owed.
func (f *Folder) Forget() error {
	f.owed.Asked, f.owed.Since = nil, time.Time{}
	return Forget(f.dir)
}

// Forget what the run in dir owed.
func Forget(dir string) error {
	err := os.Remove(filepath.Join(dir, OwedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ErrNothingOwed is of a run that has nothing to put back.
var ErrNothingOwed = errors.New("owes no instances")

// ReadOwed is what the run in dir owes.
func ReadOwed(dir string) (*Owed, error) {
	path := filepath.Join(dir, OwedFile)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s %w", dir, ErrNothingOwed)
	case err != nil:
		return nil, err
	}
	var o Owed
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if o.Endpoint == "" || o.Variant == "" || o.Region == "" || o.Before < 1 || len(o.Asked) == 0 {
		return nil, fmt.Errorf("%s does not say which instances are owed of which endpoint", path)
	}
	return &o, nil
}

// Debt is what a run that is over still owes.
type Debt struct {
	Dir string
	Owed
}

// Owing are the runs under BaseDir that are over and owe instances of that endpoint.
func Owing(e *Endpoint) (all []Debt) {
	files, _ := filepath.Glob(filepath.Join(BaseDir, "*", OwedFile)) // the pattern is a good one
	for _, file := range files {
		dir := filepath.Dir(file)
		o, err := ReadOwed(dir)
		if err != nil || o.Endpoint != e.Name || o.Region != e.Region || o.Account != e.Account || Alive(dir) {
			continue
		}
		all = append(all, Debt{Dir: dir, Owed: *o})
	}
	return all
}

// Began is how the run in dir described itself at its start.
func Began(dir string) (*session.Info, error) {
	f, err := os.Open(filepath.Join(dir, TimelineFile))
	if err != nil {
		return nil, missing(dir, err)
	}
	defer f.Close()
	info, err := newReading(f).config()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return info, nil
}
