package runner

import (
	"encoding/json"
	"fmt"
)

// Measure names what a histogram holds.
type Measure uint8

// The measures. A closed loop fills Response and leaves Service empty, because there the two are the same. In an open loop SendLag
// and PoolWait are of all requests that ended, and one without any counts as 1 us, the least that a Hist has.
const (
	Response   Measure = iota // of successes; closed loop: from the send, open loop: from the scheduled moment
	Service                   // of successes, from the send
	FailureLat                // response time of failures, measured as that of successes
	SendLag                   // open loop: actual minus scheduled send
	PoolWait                  // open loop: how much of SendLag no user was free; the rest is the client's own lateness, or Config.MaxRate
	FirstByte                 // streaming, from the send
	ChunkGap                  // streaming
	FirstToken                // streaming, from the send: TTFT
	TokenTime                 // streaming, the mean time between the tokens of one answer, of those with two or more: TPOT
	NumMeasures
)

var measureNames = [NumMeasures]string{"response", "service", "failure", "send_lag", "pool_wait", "first_byte", "chunk_gap", "first_token", "token_time"}

func (m Measure) String() string {
	if m < NumMeasures {
		return measureNames[m]
	}
	return fmt.Sprintf("measure(%d)", uint8(m))
}

// Hists holds one histogram a Measure, nil where nothing was recorded. As JSON it is an object of those that are there, by name.
type Hists [NumMeasures]*Hist

// MarshalJSON writes the histograms that are there.
func (h Hists) MarshalJSON() ([]byte, error) {
	named := make(map[string]*Hist, NumMeasures)
	for m, hist := range h {
		if hist != nil {
			named[Measure(m).String()] = hist
		}
	}
	return json.Marshal(named)
}

// UnmarshalJSON reads what MarshalJSON wrote. Measures that it does not know are left out.
func (h *Hists) UnmarshalJSON(data []byte) error {
	var named map[string]*Hist
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	*h = Hists{}
	for m, name := range measureNames {
		h[m] = named[name]
	}
	return nil
}
