package runner

import "time"

// Limits on single requests, of which goodput counts those that met all; one that is 0 is none. Response is judged as the measure of
// that name, the others from the send.
type Limits struct {
	Response   time.Duration `json:"response,omitempty"`
	FirstByte  time.Duration `json:"first_byte,omitempty"`
	FirstToken time.Duration `json:"first_token,omitempty"`
	TokenTime  time.Duration `json:"token_time,omitempty"`
}

// met says whether a success with that response time is within all of them, and there are any. An answer of which no token was seen has
// not brought the first one in time; one with a single token has no time per token that could be too long.
func (l *Limits) met(r *Result, took time.Duration) bool {
	within := func(limit, d time.Duration) bool { return limit == 0 || d <= limit }
	return *l != Limits{} && within(l.Response, took) && within(l.FirstByte, r.FirstByte) &&
		(l.FirstToken == 0 || r.FirstToken > 0 && r.FirstToken <= l.FirstToken) && within(l.TokenTime, r.tokenTime())
}

// tokenTime is the mean time between the tokens of an answer; 0 where there are less than two, or none was seen.
func (r *Result) tokenTime() time.Duration {
	if r.Tokens < 2 || r.FirstToken == 0 {
		return 0
	}
	return (r.LastToken - r.FirstToken) / time.Duration(r.Tokens-1)
}
