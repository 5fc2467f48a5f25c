package attach

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// filled sets everything that v has to something else than nothing, so that what does not travel is missed. *n makes each value its own.
func filled(t *testing.T, v reflect.Value, n *int) {
	*n++
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(int64(*n), int64(*n)).Local()))
		return
	case reflect.TypeFor[error]():
		v.Set(reflect.ValueOf(errors.New("error " + fmt.Sprint(*n))))
		return
	case reflect.TypeFor[sizing.Rule]():
		r, err := sizing.ParseAbort(fmt.Sprintf("p99 < %dms for 20s", *n))
		if err != nil {
			t.Fatal(err)
		}
		v.Set(reflect.ValueOf(r))
		return
	case reflect.TypeFor[runner.Hists](): // seconds that are closed carry none
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(1) // of a few names
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.1)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			filled(t, v.Index(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			filled(t, v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Field(i).CanSet() {
				t.Fatalf("%s.%s does not travel: it is not exported", v.Type(), v.Type().Field(i).Name)
			}
			filled(t, v.Field(i), n)
		}
	default:
		t.Fatalf("a %s in a State: teach this test about it", v.Type())
	}
}

// differing is where a and b are not the same, or nothing. An empty list is as good as none, and errors are their words.
func differing(path string, a, b reflect.Value) string {
	switch {
	case a.Type() == reflect.TypeFor[time.Time]():
		if !a.Interface().(time.Time).Equal(b.Interface().(time.Time)) {
			return path
		}
		return ""
	case a.Type() == reflect.TypeFor[error]():
		if fmt.Sprint(a.Interface()) != fmt.Sprint(b.Interface()) {
			return path
		}
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return path
			}
			return ""
		}
		return differing(path, a.Elem(), b.Elem())
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: %d and %d of them", path, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := differing(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if d := differing(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
	default:
		if !a.Equal(b) {
			return path
		}
	}
	return ""
}

func sameState(a, b *session.State) string {
	return differing("State", reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem())
}

// pair is both ends without a socket between.
type pair struct {
	t      *testing.T
	wire   wire
	differ differ
	*patcher
	frames int
	sent   int // changes
}

func newPair(t *testing.T) *pair {
	t.Helper()
	w, err := newWire()
	if err != nil {
		t.Fatal(err)
	}
	return &pair{t: t, wire: w, differ: differ{wire: w, fields: fields()}, patcher: newPatcher(w)}
}

// travels sends st and compares what arrived.
func (p *pair) travels(what string, st session.State) {
	p.t.Helper()
	p.frames, p.sent = 0, 0
	err := p.differ.update(&st, func(u *update) error {
		p.frames++
		p.sent += len(u.Changes)
		item, err := p.wire.enc.Marshal(u)
		if err != nil {
			return err
		}
		var got update
		if err := p.wire.dec.Unmarshal(item, &got); err != nil {
			return err
		}
		for i := range got.Changes {
			if err := p.apply(&got.Changes[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
	if d := sameState(&st, &p.state); d != "" {
		p.t.Errorf("%s: %s did not travel", what, d)
	}
}

// Whatever a State has travels: what is added to it later, too, or this fails.
func TestEveryFieldTravels(t *testing.T) {
	p := newPair(t)
	n := 0
	var full session.State
	filled(t, reflect.ValueOf(&full).Elem(), &n)
	p.travels("all of it", full)
	if p.sent != len(p.fields) {
		t.Errorf("%d of %d fields were sent", p.sent, len(p.fields))
	}
	p.travels("the same", full)
	if p.frames != 0 {
		t.Errorf("%d frames for nothing new", p.frames)
	}
	for _, f := range fields() {
		next := full
		v := reflect.ValueOf(&next).Elem().FieldByIndex(f.at)
		v.SetZero()
		p.travels("without "+f.name, next)
		if p.sent != 1 {
			t.Errorf("without %s: %d changes", f.name, p.sent)
		}
		filled(t, v, &n)
		p.travels("another "+f.name, next)
		full = next
	}
	p.travels("nothing", session.State{})
}

// Of a list that grows only what is new travels; one that was made anew is compared, and its end replaced.
func TestListsTravelInPart(t *testing.T) {
	p := newPair(t)
	var st session.State
	add := func(k int) {
		for range k {
			st.Load.Seconds = append(st.Load.Seconds, runner.Second{Delta: runner.Delta{Second: int64(len(st.Load.Seconds))}})
		}
	}
	add(2*most + 5)
	p.travels("long", st)
	if p.frames != 3 {
		t.Errorf("%d frames", p.frames)
	}
	before := p.state
	kept := func(want int) {
		t.Helper()
		if err := p.differ.update(&st, func(u *update) error {
			if got := u.Changes[0].Keep; got != want {
				t.Errorf("%d kept, want %d", got, want)
			}
			return p.apply(&u.Changes[0])
		}); err != nil {
			t.Fatal(err)
		}
		if d := sameState(&st, &p.state); d != "" {
			t.Error(d)
		}
	}
	add(1)
	kept(2*most + 5)
	anew := make([]runner.Second, len(st.Load.Seconds))
	copy(anew, st.Load.Seconds)
	anew[2*most].OK = 7
	st.Load.Seconds = anew
	kept(2 * most)
	st.Load.Seconds = anew[3:10]
	kept(0)
	if len(before.Load.Seconds) != 2*most+5 || before.Load.Seconds[2*most].OK != 0 {
		t.Error("what a screen still holds was changed")
	}
}

// What no sagetop sends is refused, not shown.
func TestOddChangesAreRefused(t *testing.T) {
	w, err := newWire()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]change{
		"no such field": {Field: "Loan", Value: []byte{0xf6}},
		"too many kept": {Field: "Events", Keep: 1, Value: []byte{0x80}},
		"fewer than 0":  {Field: "Events", Keep: -1, Value: []byte{0x80}},
		"another kind":  {Field: "Events", Value: []byte{0x01}},
		"no error":      {Field: "Err", Value: []byte{0x01}},
		"no item":       {Field: "Now", Value: []byte{0xff}},
	} {
		if err := newPatcher(w).apply(&c); !errors.Is(err, errFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
