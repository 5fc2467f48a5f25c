package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"sagetop/internal/session"
	"sagetop/runner"
)

// progressEvery is the time between progress lines.
const progressEvery = 10 * time.Second

// progress writes what the session knows to w, a line every ten seconds and each event after those told already, until it is done. It
// only looks. Quiet, it only warns of what AWS will refuse.
func progress(ctx context.Context, w io.Writer, s session.Watcher, told int, quiet bool, done <-chan struct{}) {
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	var st session.State
	next := time.Now().Add(progressEvery)
	for over := false; !over; {
		select {
		case <-done:
			over = true
		case <-ctx.Done():
			return
		case <-look.C:
		}
		s.State(&st)
		for _, e := range st.Events[told:] {
			switch {
			case !quiet:
				writeEvent(w, e)
			case e.Kind == session.KindQuota:
				fmt.Fprintln(w, "sagetop: warning: "+e.Text)
			}
		}
		told = len(st.Events)
		if now := time.Now(); !over && !quiet && now.After(next) {
			next = now.Add(progressEvery)
			fmt.Fprintln(w, lineOf(&st))
		}
	}
}

func writeEvent(w io.Writer, e session.Event) {
	mark := " "
	if e.Bad {
		mark = "!"
	}
	first, _, _ := strings.Cut(e.Text, "\n")
	fmt.Fprintf(w, "%s %s %s\n", e.At.Format(time.TimeOnly), mark, first)
}

func lineOf(st *session.State) string {
	if st.Phase == session.Finding {
		return findLine(st)
	}
	return progressLine(st)
}

// progressLine is the run in one line: what was asked, what came of it in the last ten seconds, and what CloudWatch last said.
func progressLine(st *session.State) string {
	ten := &st.Load.Ten
	var b strings.Builder
	fmt.Fprintf(&b, "%s   %s %s  %s  %.1f ok/s", st.Now.Format(time.TimeOnly), st.Phase, clock(st.Elapsed), askedText(st), ten.TPS())
	if c := st.Underway(); c != nil {
		fmt.Fprintf(&b, "  %s since %s", c, clock(st.Now.Sub(c.Asked)))
	}
	fmt.Fprintf(&b, "  p50 %s p99 %s ms", quantile(ten, 0.5), quantile(ten, 0.99))
	fmt.Fprintf(&b, "  failed %d (%.1f%%)", ten.Failed, 100*ten.FailedShare())
	if n := len(st.Points); n > 0 {
		p := &st.Points[n-1]
		fmt.Fprintf(&b, "  | %s", p.At.Format("15:04:05"))
		if p.CPU != nil {
			fmt.Fprintf(&b, " CPU %.0f", p.CPU.Average)
			if p.CPU.Share != nil {
				fmt.Fprintf(&b, " (%.0f%%)", *p.CPU.Share)
			}
		}
		if p.Model != nil {
			fmt.Fprintf(&b, " ModelLatency %.1f ms", float64(p.Model.Mean)/float64(time.Millisecond))
		}
	}
	return b.String()
}

// askedText is how many users there are; in an open loop what is due a second, and what of it waits for one of them.
func askedText(st *session.State) string {
	p := st.Load.Plan
	text := fmt.Sprintf("%d users", st.Load.Users)
	if p.Loop == runner.Open {
		text = fmt.Sprintf("%v/s by %s", math.Round(1000*p.Rate)/1000, text)
		if last := &st.Load.Last; last.Due > 0 && last.InFlight >= p.Users {
			text += fmt.Sprintf(", %d due wait", last.Due)
		}
	}
	return text
}

func clock(d time.Duration) string {
	s := int(d.Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// quantile of the response time, marked or hidden when samples are few.
func quantile(w *runner.Window, p float64) string {
	st := &w.Stats[runner.Response]
	v := st.P50
	if p > 0.5 {
		v = st.P99
	}
	switch st.Trust(p) {
	case runner.Hidden:
		return "-"
	case runner.Rough:
		return fmt.Sprintf("~%.1f", float64(v)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.1f", float64(v)/float64(time.Millisecond))
}
