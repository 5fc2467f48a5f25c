package tui

import (
	"fmt"
	"strings"

	"sagetop/tui/canvas"
)

// row of a text: its pieces, one behind the other. A row that begins with a blank belongs to the one above it.
type row []piece

// text is what a pager shows: a title, a head that stays, and n rows that scroll, of which only those are made that are seen.
type text struct {
	title string
	head  []row
	n     int
	at    func(int) row
}

// list makes rows those of t.
func (t *text) list(rows []row) {
	t.n, t.at = len(rows), func(i int) row { return rows[i] }
}

// all rows of t.
func (t *text) all() []row {
	rows := make([]row, t.n)
	for i := range rows {
		rows[i] = t.at(i)
	}
	return rows
}

// pager is which part of a text is seen: the rows from top on, of those that contain the filter.
type pager struct {
	top    int
	follow bool // the newest rows are the last ones
	atEnd  bool // and stay in sight when more come
	filter string
}

// scroll moves the text; it says whether name is a key for that.
func (p *pager) scroll(name string, page int) bool {
	switch name {
	case "up":
		p.top--
	case "down":
		p.top++
	case "pgup":
		p.top -= page
	case "pgdown":
		p.top += page
	case "home":
		p.top = 0
	case "end":
		p.top = 1 << 20
	default:
		return false
	}
	p.atEnd = false
	return true
}

// place the text within what there is: last is the row from which its end is seen.
func (p *pager) place(last int) {
	if p.atEnd || p.top > last {
		p.top = last
	}
	p.top = max(p.top, 0)
	p.atEnd = p.follow && p.top == last
}

// draw covers r with the part of t that is looked at.
func (p *pager) draw(f *frame, r canvas.Rect, t *text) {
	f.g.Fill(r, ' ', plain)
	name := t.title
	if p.filter != "" {
		rows, kept, all := filtered(t.all(), p.filter)
		name = fmt.Sprintf("/%s %d of %d  %s", p.filter, kept, all, t.title)
		switch {
		case all == 0: // what stands there instead says so
		case kept == 0:
			t.list([]row{{{"no line has that", dim}}})
		default:
			t.list(rows)
		}
	}
	head := t.head[:min(len(t.head), max(r.H-2, 0))]
	seen := r.H - 1 - len(head)
	p.place(max(t.n-seen, 0))
	where := ""
	if t.n > seen {
		where = fmt.Sprintf(" %d-%d of %d ", p.top+1, p.top+seen, t.n)
	}
	f.heading(r, cut(name, r.W-3-len(where), f.ascii))
	f.g.Text(r.X+r.W-1-len(where), r.Y, r.X+r.W, where, dim)
	for i, l := range head {
		f.row(r, i, l)
	}
	for i := range min(seen, t.n-p.top) {
		f.row(r, len(head)+i, t.at(p.top+i))
	}
}

// row of a text. Where the first piece is bad, the margin has a ! for it, unless it has one of its own.
func (f *frame) row(r canvas.Rect, n int, l row) {
	x, y, end := r.X+1, r.Y+1+n, r.X+r.W-1
	if len(l) > 0 && l[0].style == bad && !strings.HasPrefix(l[0].text, "!") && !strings.HasPrefix(l[0].text, " ") {
		f.g.Set(r.X, y, '!', bad)
	}
	for _, p := range l {
		x = f.g.Text(x, y, end, cut(p.text, end-x, f.ascii), p.style)
	}
}

// filtered rows are those of each item that contains what is looked for, in whatever case, and how many of how many items that are.
func filtered(rows []row, what string) (kept []row, found, all int) {
	what = strings.ToLower(what)
	for i := 0; i < len(rows); {
		end := i + 1
		for end < len(rows) && rows[end].continues() {
			end++
		}
		if len(rows[i]) > 0 && !rows[i].blank() && !rows[i].standsIn() {
			all++
			if contains(rows[i:end], what) {
				found++
				kept = append(kept, rows[i:end]...)
			}
		}
		i = end
	}
	return kept, found, all
}

// contains looks for what in the rows of one item. Those may have been broken at a blank, or within a long word.
func contains(item []row, what string) bool {
	var spaced, joined strings.Builder
	for i, l := range item {
		part := strings.ToLower(strings.TrimSpace(l.String()))
		if i > 0 {
			spaced.WriteByte(' ')
		}
		spaced.WriteString(part)
		joined.WriteString(part)
	}
	return strings.Contains(spaced.String(), what) || strings.Contains(joined.String(), what)
}

func (l row) String() string {
	var b strings.Builder
	for _, p := range l {
		b.WriteString(p.text)
	}
	return b.String()
}

func (l row) continues() bool { return len(l) > 0 && strings.HasPrefix(l[0].text, " ") && !l.blank() }

// standsIn says that l stands where there is nothing to show.
func (l row) standsIn() bool { return len(l) == 1 && l[0].style == dim }

func (l row) blank() bool { return strings.TrimSpace(l.String()) == "" }

// rowsOf lines that have one style each.
func rowsOf(lines []piece) []row {
	l := make([]row, len(lines))
	for i := range lines {
		l[i] = row{lines[i]}
	}
	return l
}

// front is the text that keys scroll: an overlay's, or a zoomed panel's; nil when there is none.
func (m *model) front() *pager {
	switch {
	case m.overlay.kind != noOverlay:
		return &m.overlay.pager
	case !m.layout.zoomed.Empty():
		return &m.zoomed.pager
	}
	return nil
}

// page is how far a page of the text in front goes.
func (m *model) page() int {
	r := m.layout.zoomed
	if m.overlay.kind != noOverlay {
		r = m.layout.overlay
	}
	return max(r.H-2, 1)
}
