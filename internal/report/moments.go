package report

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"sagetop/cwmetrics"
	"sagetop/internal/session"
	"sagetop/internal/sizing"
	"sagetop/runner"
)

// mostBytes of moments that are kept: each second of two hours, or some thousands of seconds of a longer run.
const mostBytes = 48 << 20

// moments are what a Book has shown, one for each second in which something came, oldest first. Where they would take more than most
// bytes, every second one goes, and so on; the newest always stays.
type moments struct {
	most   int
	kept   []*moment
	came   int
	stride int // of those that came one in so many is kept
	bytes  int

	newest  session.State
	points  versions[cwmetrics.Point]
	periods versions[sizing.Period]
}

// moment is a State without the lists of which the newest State has all that it had, but for their length, and without those of which
// it had other versions.
type moment struct {
	number                             int // of those that came
	state                              session.State
	seconds, windows, segments, events int
	points, periods                    version
}

func newMoments(most int) *moments {
	return &moments{
		most: most, stride: 1,
		points:  versions[cwmetrics.Point]{same: func(a, b *cwmetrics.Point) bool { return *a == *b }},
		periods: versions[sizing.Period]{same: func(a, b *sizing.Period) bool { return a.Server == b.Server && a.Client.From == b.Client.From }},
	}
}

// add keeps what st shows. Of the same second only the newest State stays.
func (k *moments) add(st *session.State) {
	m := &moment{number: k.came, state: *st}
	if last := k.last(); last != nil && last.at().Unix() == st.Now.Unix() {
		m.number = last.number
		k.drop()
	} else if last != nil && last.number%k.stride != 0 {
		k.drop()
	}
	k.came = m.number + 1
	k.newest = *st
	s := &m.state
	m.seconds, m.windows, m.segments, m.events = len(s.Load.Seconds), len(s.Load.Periods), len(s.Load.Segments), len(s.Events)
	s.Load.Seconds, s.Load.Periods, s.Load.Segments, s.Events = nil, nil, nil, nil
	m.points, m.periods = k.points.add(s.Points), k.periods.add(s.Periods)
	s.Points, s.Periods = nil, nil
	k.kept = append(k.kept, m)
	k.bytes += m.bytes()
	k.thin()
}

func (k *moments) last() *moment {
	if len(k.kept) == 0 {
		return nil
	}
	return k.kept[len(k.kept)-1]
}

func (k *moments) drop() {
	n := len(k.kept) - 1
	k.bytes -= k.kept[n].bytes()
	k.kept[n] = nil
	k.kept = k.kept[:n]
}

func (k *moments) thin() {
	for k.bytes > k.most && len(k.kept) > 2 {
		k.stride *= 2
		last := k.last()
		k.kept = slices.DeleteFunc(k.kept, func(m *moment) bool { return m != last && m.number%k.stride != 0 })
		k.bytes = 0
		for _, m := range k.kept {
			k.bytes += m.bytes()
		}
	}
}

// show writes moment i of those that are kept to st.
func (k *moments) show(i int, st *session.State) {
	if i == len(k.kept)-1 {
		*st = k.newest
		return
	}
	m, all := k.kept[i], &k.newest
	*st = m.state
	st.Load.Seconds, st.Load.Periods = begin(all.Load.Seconds, m.seconds), begin(all.Load.Periods, m.windows)
	st.Load.Segments, st.Events = begin(all.Load.Segments, m.segments), begin(all.Events, m.events)
	st.Points, st.Periods = k.points.get(m.points), k.periods.get(m.periods)
}

// after is the first moment that is not before that second, else the last one.
func (k *moments) after(second int64) int {
	i, _ := k.search(second)
	return min(i, len(k.kept)-1)
}

// before is the last moment that is not after that second, else the first one.
func (k *moments) before(second int64) int {
	i, found := k.search(second)
	if !found {
		i--
	}
	return max(i, 0)
}

func (k *moments) search(second int64) (int, bool) {
	return slices.BinarySearchFunc(k.kept, second, func(m *moment, second int64) int { return cmp.Compare(m.at().Unix(), second) })
}

// of is where the moment of that number is, or the one before it where it is not kept any more.
func (k *moments) of(number int) int {
	i, found := slices.BinarySearchFunc(k.kept, number, func(m *moment, n int) int { return cmp.Compare(m.number, n) })
	if !found {
		i--
	}
	return max(i, 0)
}

func (m *moment) at() time.Time { return m.state.Now }

var (
	momentSize = int(reflect.TypeFor[moment]().Size())
	errorSize  = int(reflect.TypeFor[runner.ErrorCount]().Size())
)

// bytes that m has for itself: its lists of failures are made for each State anew, and may be long.
func (m *moment) bytes() int {
	l := &m.state.Load
	n := len(l.Errors) + len(l.Last.Errors) + len(l.Ten.Errors) + len(l.Plan10.Errors) + len(l.Run.Errors) + len(l.Steady.Errors) + len(l.Segment.Errors)
	return momentSize + n*errorSize
}

// begin is the first elements of a list, nil where there are none.
func begin[T any](list []T, n int) []T {
	if n == 0 {
		return nil
	}
	return list[:n:n]
}

// versions of a list: what changed from each to the next. The list of a day has thousands of elements, and thousands of copies of it
// would be gigabytes.
type versions[T any] struct {
	same    func(a, b *T) bool
	newest  []T
	changes []edit[T]
}

type edit[T any] struct {
	at    int
	value T
}

// version is how many changes there were by then, and the list's length.
type version struct{ changes, length int }

func (v *versions[T]) add(list []T) version {
	if len(list) != len(v.newest) || len(list) > 0 && &list[0] != &v.newest[0] {
		for i := range list {
			if i >= len(v.newest) || !v.same(&list[i], &v.newest[i]) {
				v.changes = append(v.changes, edit[T]{i, list[i]})
			}
		}
		v.newest = list
	}
	return version{len(v.changes), len(list)}
}

func (v *versions[T]) get(at version) []T {
	if at.length == 0 {
		return nil
	}
	list := make([]T, at.length)
	for i := range v.changes[:at.changes] {
		if c := &v.changes[i]; c.at < len(list) {
			list[c.at] = c.value
		}
	}
	return list
}
