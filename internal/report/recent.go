package report

import (
	"os"
	"path/filepath"
	"time"
)

// Recent is how many requests the runs under BaseDir have sent to that endpoint since then, so that what CloudWatch counted before a
// run is not taken for other people's. A run that began before counts by its share of time.
func Recent(e Endpoint, since time.Time) (requests float64) {
	files, _ := filepath.Glob(filepath.Join(BaseDir, "*", SummaryFile)) // the pattern is a good one
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.ModTime().Before(since) {
			continue
		}
		s, err := Read(filepath.Dir(file))
		if err == nil && e.Component != "" && s.Endpoint.Component != e.Component {
			continue
		}
		if err != nil || s.Endpoint.Name != e.Name || s.Endpoint.Account != e.Account || s.Endpoint.Region != e.Region {
			continue
		}
		if length := s.Ended.Sub(s.Started); length > 0 {
			requests += float64(s.Requests.Sent) * min(1, s.Ended.Sub(since).Seconds()/length.Seconds())
		}
	}
	return requests
}
