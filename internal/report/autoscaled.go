package report

import (
	"fmt"
	"strings"
	"time"

	"sagetop/internal/session"
)

// ScalingActivity is a change of instances that auto scaling made or tried to make while the run was on, in AWS's words.
type ScalingActivity struct {
	Time        time.Time `json:"time"`
	Ended       time.Time `json:"ended,omitzero"` // absent while it went on
	Description string    `json:"description"`
	Cause       string    `json:"cause,omitempty"`
	Status      string    `json:"status"`
	Message     string    `json:"message,omitempty"` // about Status
}

// activities of auto scaling, oldest first.
func activities(all []session.Activity) []ScalingActivity {
	var out []ScalingActivity
	for _, a := range all {
		out = append(out, ScalingActivity{utc(a.Start), utc(a.End), a.Description, a.Cause, a.Status, a.Message})
	}
	return out
}

// autoScaledText is what auto scaling did, each with when it began.
func (s *Summary) autoScaledText() string {
	var all []string
	for i := range s.Activities {
		a := &s.Activities[i]
		all = append(all, fmt.Sprintf("%s at %s (%s)", strings.TrimSuffix(a.Description, "."), a.Time.Format("15:04:05Z"), a.Status))
	}
	return first(all, mostActivities)
}

// mostActivities that a summary for reading has.
const mostActivities = 3
