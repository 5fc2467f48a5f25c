package tui

import (
	"cmp"
	"fmt"

	"sagetop/internal/sizing"
	"sagetop/tui/canvas"
)

// sizeRow is what one instance carries, and how many of them a target takes.
func (f *frame) sizeRow() {
	r := f.layout.size
	if r.Empty() {
		return
	}
	if f.proveRow(r) || f.findRow(r) {
		return
	}
	ask := f.st.Info.Sizing
	if ask.TPS > 0 {
		f.targetRow(r)
		return
	}
	share := cmp.Or(ask.CPU, sizing.DefaultCPU)
	if e, ok := sizing.TPSAt(f.st.Facts, f.st.Periods, share); ok {
		f.g.Text(r.X+1, r.Y, r.W-1, "Size "+eachText(&e, share), plain)
	}
}

// eachText is "131/s each at 65% CPU".
func eachText(e *sizing.Estimate, share float64) string {
	word := ""
	if e.About {
		word = "about "
	}
	return fmt.Sprintf("%s%s/s each at %s CPU", word, wholeRate(e.TPS), percentText(share))
}

// targetRow says as much of the answer as there is room for. While nothing is measured yet it stays empty, but what will never tell
// says so.
func (f *frame) targetRow(r canvas.Rect) {
	s := f.st.Size()
	if s.Problem != "" {
		if reason, _ := f.st.Facts.Unsizable(); reason != "" {
			f.g.Text(r.X+1, r.Y, r.W-1, cut("Size not known: "+reason, r.W-2, f.ascii), plain)
		}
		return
	}
	each := eachText(&s.Each, s.CPU)
	if s.BySLO {
		each = wholeRate(s.Held) + "/s each hold the SLO"
	}
	word := "PROJECTED"
	switch {
	case f.st.Invalid != nil:
		word = "NOT VALID"
	case s.Verified:
		word = "VERIFIED"
	}
	head := fmt.Sprintf("Size %s; %s TPS = %d+%d", each, exactRate(s.TPS), s.Needed, s.Spared-s.Needed)
	zone, cost := fmt.Sprintf(" (%d if a zone is lost)", s.ZoneSafe), ""
	if s.Price > 0 {
		cost = fmt.Sprintf(", %.2f USD/h", s.CostPerHour(s.Spared))
	}
	for _, between := range []string{zone + cost, cost, ""} {
		if text := head + between + ", " + word; canvas.Width(text) <= r.W-2 || between == "" {
			f.g.Text(r.X+1, r.Y, r.W-1, cut(text, r.W-2, f.ascii), plain)
			return
		}
	}
}
