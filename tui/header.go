package tui

import (
	"fmt"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/tui/canvas"
)

// credsSoon is when credentials that run out are a problem.
const credsSoon = 10 * time.Minute

// leastName is how much of the endpoint's name is kept before the region is.
const leastName = 16

// usualVariant is what AWS's own tools call the only variant of an endpoint.
const usualVariant = "AllTraffic"

// name of endpoint and of what is loaded in it; where there is no room for both, the variant's usual name is left out.
func (f *frame) name(room int) string {
	t := &f.st.Info.Target
	if t.Container {
		return t.Name
	}
	if both := t.Name + "/" + t.Loaded(); canvas.Width(both) <= room || t.Loaded() != usualVariant {
		return both
	}
	return t.Name
}

// header says what is loaded, how far the run is, and who pays.
func (f *frame) header() {
	y, w := f.layout.header.Y, f.layout.header.W
	clock := f.clock()
	if f.past() && (w >= sideWidth || !f.st.Info.Target.Simulated) { // that it is simulated goes before when it was
		clock = f.wall(f.st.Now) + "  " + clock
	}
	end := w - 1 - canvas.Width(clock)
	f.g.Text(end, y, w-1, clock, plain)
	x := f.g.Text(1, y, end, f.phaseWord(), f.phaseStyle()) + 2
	tail, room := f.hardware(), end-1-x
	name := f.name(room - width(tail))
	if left := room - width(tail); left < canvas.Width(name) && left < leastName {
		tail = tail[:len(tail)-1] // the region
		name = f.name(room - width(tail))
	}
	x = f.g.Text(x, y, end-1, cut(name, max(room-width(tail), leastName), f.ascii), strong)
	for _, p := range tail {
		if x+2+canvas.Width(p.text) > end-1 {
			continue
		}
		x = f.g.Text(x+2, y, end-1, p.text, p.style)
	}
	f.identityRow(y + 1)
}

// piece of a row that is shown as a whole or not at all.
type piece struct {
	text  string
	style canvas.Style
}

// width of pieces with two blanks before each.
func width(pieces []piece) int {
	n := 0
	for _, p := range pieces {
		n += 2 + canvas.Width(p.text)
	}
	return n
}

func (f *frame) phaseWord() string {
	word := string(f.st.Phase)
	if word == "" {
		word = "START"
	}
	if f.past() {
		word = "VIEW " + word
	}
	if f.frozen {
		word += " FROZEN"
	}
	return word
}

func (f *frame) phaseStyle() canvas.Style {
	switch {
	case f.frozen:
		return reversed
	case f.st.Phase == session.Run, f.st.Phase == session.Verifying:
		return good
	case f.st.Phase == session.Finding, f.st.Phase == session.Resting, f.st.Phase == session.Ramp, f.st.Phase == session.Paused, f.st.Phase == session.Scale, f.st.Phase == session.Restore:
		return warn
	}
	return strong
}

// clock is the time under load, and of how much; while nothing was ever sent, the time since the start.
func (f *frame) clock() string {
	if f.past() {
		return f.whence()
	}
	if f.st.Phase == session.Watch || f.st.Phase == session.Scale {
		return clockText(f.st.Now.Sub(f.st.Info.Started))
	}
	text := clockText(f.st.Elapsed)
	if f.st.Total > 0 {
		text += " / " + clockText(f.st.Total)
	}
	return text
}

// hardware is what stands behind the name. SIMULATED comes first: it may not be left out.
func (f *frame) hardware() []piece {
	var l []piece
	if f.st.Info.Target.Simulated {
		l = append(l, piece{"SIMULATED", warn})
	}
	status := f.endpoint().Status
	if c := f.component(); c != nil {
		l = append(l, piece{copiesText(c), plain})
		if c.Status != "" && (status == "" || status == "InService") {
			status = c.Status
		}
	}
	if v := f.variant(); v != nil {
		l = append(l, piece{instancesText(v.Serverless, v.Instances, v.Desired, v.InstanceType), plain})
	}
	if status != "" && status != "InService" && f.st.Underway() == nil {
		l = append(l, piece{"!" + status, bad})
	}
	if f.st.Info.Target.Container {
		return append(l, piece{"container, no CloudWatch", plain})
	}
	return append(l, piece{f.st.Info.Target.Region, plain})
}

func instancesText(serverless bool, now, desired int, kind string) string {
	if serverless {
		return "serverless"
	}
	if kind == "" {
		kind = "?"
	}
	if desired != now && desired > 0 {
		return fmt.Sprintf("%d -> %d x %s", now, desired, kind)
	}
	return fmt.Sprintf("%d x %s", now, kind)
}

// identityRow leaves out from its end what has no room.
func (f *frame) identityRow(y int) {
	w := f.layout.header.W
	x := 1
	for _, p := range f.identity() {
		if x+canvas.Width(p.text) > w-1 {
			return
		}
		x = f.g.Text(x, y, w-1, p.text, p.style) + 3
	}
	if f.st.Info.Target.Container {
		return
	}
	if p := f.scalingPiece(w - 1 - x); x+canvas.Width(p.text) <= w-1 {
		f.g.Text(x, y, w-1, p.text, p.style)
	}
}

func (f *frame) identity() []piece {
	id := f.st.Info.Identity
	if f.st.Info.Target.Container {
		if p, ok := f.lookPiece(); ok {
			return []piece{p}
		}
		return nil
	}
	account := "acct -"
	if id.Account != "" {
		account = strings.TrimSpace("acct " + id.Account + " " + cut(id.Role, 24, f.ascii))
	}
	var l []piece
	if p, ok := f.lookPiece(); ok {
		l = append(l, p)
	}
	l = append(l, piece{account, plain})
	if at := f.expiry(); !at.IsZero() {
		l = append(l, credsPiece(at.Sub(f.st.Now)))
	}
	l = append(l, f.trafficPiece())
	if text := f.besides(); text != "" {
		l = append(l, piece{text, plain})
	}
	return l
}

func credsPiece(left time.Duration) piece {
	switch {
	case left <= 0:
		return piece{"!creds expired", bad}
	case left < credsSoon:
		return piece{"!creds " + untilText(left), bad}
	}
	return piece{"creds " + untilText(left), plain}
}

// trafficPiece is what CloudWatch counted beyond our own requests, or what it lacks of them, in the newest period that tells.
func (f *frame) trafficPiece() piece {
	for i := len(f.st.Periods) - 1; i >= 0; i-- {
		p := &f.st.Periods[i]
		extra, known := p.Foreign()
		if !known || p.Server.Period <= 0 {
			continue
		}
		switch rate := extra / p.Server.Period.Minutes(); {
		case extra > 0:
			return piece{"!other traffic " + wholeRate(rate) + "/min", bad}
		case extra < 0:
			return piece{"!of ours missing " + wholeRate(-rate) + "/min", bad}
		}
		return piece{"other traffic 0/min", plain}
	}
	return piece{"other traffic -", plain}
}
