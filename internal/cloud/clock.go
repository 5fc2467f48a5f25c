package cloud

import (
	"net/http"
	"sync"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// MaxSkew is how far a clock may be off before AWS refuses what it signs.
const MaxSkew = 5 * time.Minute

// clock compares ours with those of the services, by the Date of their answers.
type clock struct {
	mu    sync.Mutex
	known bool
	off   time.Duration
	span  time.Duration // of the request that off is from: the shorter, the better is it known
}

// Skew is how far the services' clocks are ahead of ours; known is false before any has answered. A Date has whole seconds, so it is
// right to half a second and half of a round trip.
func (c *Cloud) Skew() (ahead time.Duration, known bool) {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.clock.off, c.clock.known
}

// Heard takes into account the Date of an answer that began at a time, to a request that c has not sent.
func (c *Cloud) Heard(date string, at time.Time) { c.clock.compare(date, at, at) }

// compare takes an answer to a request that was sent at one time and answered at another.
func (c *clock) compare(date string, sent, answered time.Time) {
	theirs, err := http.ParseTime(date)
	if err != nil {
		return
	}
	span := answered.Sub(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known || span < c.span {
		c.known, c.span = true, span
		c.off = theirs.Add(time.Second / 2).Sub(sent.Add(span / 2))
	}
}

// timed is an HTTP client of the SDK's whose answers are compared with our clock.
type timed struct {
	*awshttp.BuildableClient
	clock *clock
}

// Do sends req.
func (t timed) Do(req *http.Request) (*http.Response, error) {
	sent := time.Now()
	res, err := t.BuildableClient.Do(req)
	if err == nil {
		t.clock.compare(res.Header.Get("Date"), sent, time.Now())
	}
	return res, err
}
