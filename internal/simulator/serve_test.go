//go:build unix

package simulator

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"sagetop/internal/simulator/model"
	"sagetop/runner"
	"sagetop/runner/sagemaker"
)

// BenchmarkServe is the simulator on a socket under as many users as are busy at once, client and server on the same cores: what it
// serves a second, beside a handler of net/http that reads the body and answers the same bytes at once, and checks and counts nothing.
// "waiting" is the simulator with a timer for each request.
//
// On a machine that has other things to do the CPU time of a request tells more than the wall's: two cores are 2 s of it a second.
func BenchmarkServe(b *testing.B) {
	const users = 64
	for _, c := range []struct {
		name    string
		service time.Duration
	}{{"simulator", 0}, {"waiting", time.Millisecond}} {
		b.Run(c.name, func(b *testing.B) {
			config := fast()
			config.Credentials = testCredentials
			p := config.Endpoints[0].Profile
			p.Workers, p.Service.Median = users, model.Duration(c.service)
			s, err := New(config)
			if err != nil {
				b.Fatal(err)
			}
			l, err := s.Listen(b.Context(), "")
			if err != nil {
				b.Fatal(err)
			}
			defer l.Close()
			invokeAll(b, l.URL, users)
		})
	}
	b.Run("bare", func(b *testing.B) {
		body := []byte(model.Default().Answer.Body)
		l := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header()["Content-Type"] = []string{"application/json"}
			_, _ = w.Write(body)
		}))
		defer l.Close()
		invokeAll(b, l.URL, users)
	})
}

// invokeAll shares b.N requests among users of the lean client.
func invokeAll(b *testing.B, url string, users int) {
	payload, err := sagemaker.NewPayload([]byte(invocation().body))
	if err != nil {
		b.Fatal(err)
	}
	target, err := sagemaker.NewTarget(sagemaker.Config{
		AWS: aws.Config{
			Region: "us-east-1", HTTPClient: awshttp.NewBuildableClient(),
			Credentials: credentials.NewStaticCredentialsProvider(testCredentials.AccessKeyID, testCredentials.SecretAccessKey, testCredentials.SessionToken),
		},
		BaseEndpoint: url, Endpoint: "demo", Payload: payload,
	})
	if err != nil {
		b.Fatal(err)
	}
	var sent atomic.Int64
	var done sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	began := cpuTime(b)
	for user := range users {
		in, err := target.NewInvoker(user)
		if err != nil {
			b.Fatal(err)
		}
		defer in.Close()
		done.Go(func() {
			var r runner.Result
			for n := sent.Add(1); n <= int64(b.N); n = sent.Add(1) {
				if in.Invoke(b.Context(), uint64(n), &r); r.Failure.Class != runner.OK {
					b.Error(r.Failure)
					return
				}
			}
		})
	}
	done.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(cpuTime(b)-began)/1e3/float64(b.N), "cpu-µs/op")
}

// cpuTime of this process so far.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
