package attach

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"

	"sagetop/internal/session"
)

// change of one field of a State. Of a list it tells how many of the elements known before still stand, and what comes after them.
type change struct {
	Field string
	Keep  int
	Value cbor.RawMessage
}

// field of a State, or of the load's figures in it.
type field struct {
	name string
	at   []int // as reflect.Value.FieldByIndex takes it
}

// fields are all there are, so one that is added to State travels too.
func fields() []field {
	state := reflect.TypeFor[session.State]()
	var all []field
	for _, f := range reflect.VisibleFields(state) {
		if f.Name != "Load" {
			all = append(all, field{f.Name, f.Index})
			continue
		}
		for _, g := range reflect.VisibleFields(f.Type) {
			all = append(all, field{f.Name + "." + g.Name, append(f.Index[:1:1], g.Index...)})
		}
	}
	return all
}

// differ finds what changed from the State that the other side knows.
type differ struct {
	wire   wire
	fields []field
	known  session.State
}

// most elements of a list in one frame: a day has 86,400 seconds of a kilobyte or two.
const most = 1000

// update the other side to now, in as many frames as it takes. Nothing is sent where nothing changed.
func (d *differ) update(now *session.State, send func(*update) error) error {
	before, after := reflect.ValueOf(&d.known).Elem(), reflect.ValueOf(now).Elem()
	last := update{}
	for _, f := range d.fields {
		a, b := before.FieldByIndex(f.at), after.FieldByIndex(f.at)
		keep := 0
		if b.Kind() == reflect.Slice {
			if keep = kept(a, b); keep == a.Len() && keep == b.Len() {
				continue
			}
			for ; b.Len()-keep > most; keep += most {
				part, err := d.change(f, keep, b.Slice(keep, keep+most))
				if err != nil {
					return err
				}
				if err := send(&update{Changes: []change{part}, More: true}); err != nil {
					return err
				}
			}
			b = b.Slice(keep, b.Len())
		} else if reflect.DeepEqual(a.Interface(), b.Interface()) {
			continue
		}
		c, err := d.change(f, keep, b)
		if err != nil {
			return err
		}
		last.Changes = append(last.Changes, c)
	}
	d.known = *now
	if len(last.Changes) == 0 {
		return nil
	}
	return send(&last)
}

// kept is how many elements b begins with that are a's. What the lists of a State hold never changes, so those of one array need no
// look.
func kept(a, b reflect.Value) int {
	n := min(a.Len(), b.Len())
	if n > 0 && a.UnsafePointer() == b.UnsafePointer() {
		return n
	}
	for i := range n {
		if !reflect.DeepEqual(a.Index(i).Interface(), b.Index(i).Interface()) {
			return i
		}
	}
	return n
}

// change of f. An error travels as its text.
func (d *differ) change(f field, keep int, v reflect.Value) (change, error) {
	value := v.Interface()
	if err, ok := value.(error); ok {
		value = err.Error()
	}
	raw, err := d.wire.enc.Marshal(value)
	if err != nil {
		return change{}, fmt.Errorf("%s: %w", f.name, err)
	}
	return change{f.name, keep, raw}, nil
}

// patcher makes a State of the changes that come.
type patcher struct {
	wire   wire
	fields map[string]field
	state  session.State
}

func newPatcher(w wire) *patcher {
	p := &patcher{wire: w, fields: map[string]field{}}
	for _, f := range fields() {
		p.fields[f.name] = f
	}
	return p
}

// apply c. Whoever still holds the State of before keeps it: lists grow behind its end, or are made anew.
func (p *patcher) apply(c *change) error {
	f, ok := p.fields[c.Field]
	if !ok {
		return fmt.Errorf("%w: a field %q", errFrame, c.Field)
	}
	v := reflect.ValueOf(&p.state).Elem().FieldByIndex(f.at)
	if v.Type() == reflect.TypeFor[error]() {
		return p.applyError(c, v)
	}
	fresh := reflect.New(v.Type())
	if err := p.wire.dec.Unmarshal(c.Value, fresh.Interface()); err != nil {
		return fmt.Errorf("%w: %s: %w", errFrame, c.Field, err)
	}
	if v.Kind() != reflect.Slice {
		v.Set(fresh.Elem())
		return nil
	}
	if c.Keep < 0 || c.Keep > v.Len() {
		return fmt.Errorf("%w: %d of %d elements of %s", errFrame, c.Keep, v.Len(), c.Field)
	}
	head := v
	if c.Keep < v.Len() {
		head = v.Slice3(0, c.Keep, c.Keep)
	}
	v.Set(reflect.AppendSlice(head, fresh.Elem()))
	return nil
}

func (p *patcher) applyError(c *change, v reflect.Value) error {
	var text *string
	if err := p.wire.dec.Unmarshal(c.Value, &text); err != nil {
		return fmt.Errorf("%w: %s: %w", errFrame, c.Field, err)
	}
	v.SetZero()
	if text != nil {
		v.Set(reflect.ValueOf(errors.New(*text)))
	}
	return nil
}
