package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sagetop/runner"
)

// The tables that Locust writes with --csv results, column by column and with its line ends, for what people have built on those. A
// request that failed counts among the requests and in the response times there, and warm-up is not left out.
const (
	StatsFile      = "results_stats.csv"
	HistoryFile    = "results_stats_history.csv"
	FailuresFile   = "results_failures.csv"
	ExceptionsFile = "results_exceptions.csv"
)

var (
	csvQuantiles     = [...]float64{.5, .66, .75, .8, .9, .95, .98, .99, .999, .9999, 1}
	csvPercentiles   = []string{"50%", "66%", "75%", "80%", "90%", "95%", "98%", "99%", "99.9%", "99.99%", "100%"}
	statsHeader      = slices.Concat([]string{"Type", "Name", "Request Count", "Failure Count", "Median Response Time", "Average Response Time", "Min Response Time", "Max Response Time", "Average Content Size", "Requests/s", "Failures/s"}, csvPercentiles)
	historyHeader    = slices.Concat([]string{"Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s"}, csvPercentiles, []string{"Total Request Count", "Total Failure Count", "Total Median Response Time", "Total Average Response Time", "Total Min Response Time", "Total Max Response Time", "Total Average Content Size"})
	failuresHeader   = []string{"Method", "Name", "Error", "Occurrences"}
	exceptionsHeader = []string{"Count", "Message", "Traceback", "Nodes"}
)

const (
	csvMethod     = "POST"
	csvAggregated = "Aggregated"
	csvRecent     = 10 // seconds that the rates of the history are taken over
)

// table makes rows of CSV as Python's writer does.
type table struct{ bytes.Buffer }

func (t *table) add(cells ...[]string) {
	w := csv.NewWriter(t)
	w.UseCRLF = true
	_ = w.Write(slices.Concat(cells...)) // to memory
	w.Flush()
}

// locust sums up what its tables show, and makes a row of history of each second. It is as large after a day as after a minute.
//
// A second's Deltas (of several segments or workers) come one after the other, so its row is made when the next second comes.
type locust struct {
	second         int64 // the open one; 0: none yet
	users          int
	times          runner.Hist // of all that ended, either way
	ended, failed  uint64
	bytesIn        int64
	first, last    int64              // seconds in which requests ended
	recent         [csvRecent]uint64  // ended, by second
	recentFailed   [csvRecent]uint64  // of these
	began, cleared int64              // the first second of the load; up to which recent is of this round
	history        func(table []byte) // takes the rows
}

func newLocust(history func(table []byte)) *locust {
	var t table
	t.add(historyHeader)
	history(t.Bytes())
	return &locust{history: history}
}

// add takes d's figures; its histograms may be reused afterwards.
func (l *locust) add(d *runner.Delta) {
	if d.Second > l.second {
		l.flush()
		l.open(d.Second)
	}
	l.users = d.Users
	l.times.Merge(d.Hist[runner.Response])
	l.times.Merge(d.Hist[runner.FailureLat])
	l.ended += d.OK + d.Failed
	l.failed += d.Failed
	l.bytesIn += d.BytesIn
	if d.Segment > 0 { // the request that was tried, maybe minutes before the load, is in no rate
		l.rate(d)
	}
}

// rate takes in what rates are made of.
func (l *locust) rate(d *runner.Delta) {
	ended := d.OK + d.Failed
	if l.began == 0 {
		l.began = l.second
	}
	if ended > 0 {
		l.first, l.last = cmp.Or(l.first, l.second), l.second
	}
	at := l.second % csvRecent
	l.recent[at] += ended
	l.recentFailed[at] += d.Failed
}

// open the next second.
func (l *locust) open(second int64) {
	if l.second == 0 {
		l.cleared = second - 1
	}
	for s := second; s > max(l.cleared, second-csvRecent); s-- {
		l.recent[s%csvRecent], l.recentFailed[s%csvRecent] = 0, 0
	}
	l.second, l.cleared = second, second
}

// flush makes the row of the open second.
func (l *locust) flush() {
	if l.second == 0 {
		return
	}
	over := float64(min(l.second-cmp.Or(l.began, l.second)+1, csvRecent))
	var t table
	t.add(
		[]string{strconv.FormatInt(l.second+1, 10), strconv.Itoa(l.users), "", csvAggregated, sixth(sum(&l.recent) / over), sixth(sum(&l.recentFailed) / over)},
		l.percentiles(),
		[]string{strconv.FormatUint(l.ended, 10), strconv.FormatUint(l.failed, 10)},
		l.averages(),
	)
	l.history(t.Bytes())
}

func sum(list *[csvRecent]uint64) (all float64) {
	for _, n := range list {
		all += float64(n)
	}
	return all
}

// percentiles in whole milliseconds, as Locust's are.
func (l *locust) percentiles() []string {
	cells := make([]string, len(csvQuantiles))
	for i, q := range csvQuantiles {
		if cells[i] = "N/A"; l.times.Count() > 0 {
			cells[i] = wholeMillis(l.times.Quantile(q))
		}
	}
	return cells
}

// averages are median, mean, least and most response time, and the mean size of an answer.
func (l *locust) averages() []string {
	if l.ended == 0 {
		return []string{"0", "0", "0", "0", "0"}
	}
	s := l.times.Stats()
	return []string{wholeMillis(s.P50), number(ms(s.Mean)), number(ms(s.Min)), number(ms(s.Max)), number(float64(l.bytesIn) / float64(l.ended))}
}

// stats is the table of the whole run: one row for what was called, and the same as the sum.
func (l *locust) stats(name string) []byte {
	var t table
	t.add(statsHeader)
	length := 1.
	if l.first > 0 {
		length = float64(l.last - l.first + 1)
	}
	figures := slices.Concat(
		[]string{strconv.FormatUint(l.ended, 10), strconv.FormatUint(l.failed, 10)}, l.averages(),
		[]string{number(float64(l.ended) / length), number(float64(l.failed) / length)}, l.percentiles(),
	)
	if l.ended > 0 {
		t.add([]string{csvMethod, name}, figures)
	}
	t.add([]string{"", csvAggregated}, figures)
	return t.Bytes()
}

// csvFailures is the table of the kinds of failures, the most frequent first.
func csvFailures(name string, all []Error) []byte {
	var t table
	t.add(failuresHeader)
	for i := range all {
		t.add([]string{csvMethod, name, clean(all[i].kind()), strconv.FormatUint(all[i].Count, 10)})
	}
	return t.Bytes()
}

// csvExceptions has none: whatever befalls a request is a failure of its kind.
func csvExceptions() []byte {
	var t table
	t.add(exceptionsHeader)
	return t.Bytes()
}

// requested is the path of the requests.
func requested(e *Endpoint) string {
	if u, err := url.Parse(e.Name); e.Container && err == nil {
		return u.Path
	}
	return "/endpoints/" + e.Name + "/invocations"
}

// write all but the history into dir, up to what cannot be written.
func (l *locust) write(dir string, s *Summary) error {
	name := requested(&s.Endpoint)
	for _, table := range []struct {
		file string
		text []byte
	}{{ExceptionsFile, csvExceptions()}, {FailuresFile, csvFailures(name, s.Errors)}, {StatsFile, l.stats(name)}} { // once that is there, all are
		if err := write(dir, table.file, table.text); err != nil {
			return err
		}
	}
	return nil
}

func wholeMillis(d time.Duration) string {
	return strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10)
}

// number has as many decimals as it needs, six at the most.
func number(x float64) string { return strconv.FormatFloat(math.Round(x*1e6)/1e6, 'f', -1, 64) }

func sixth(x float64) string { return strconv.FormatFloat(x, 'f', 6, 64) }
