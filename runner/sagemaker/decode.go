package sagemaker

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sagemakerruntime"

	"sagetop/runner"
)

// errorTypeHeader is where the service names the error, if not in the body.
const errorTypeHeader = "X-Amzn-Errortype"

// Bounds on the answers that are remembered.
const (
	maxDecoded    = 256
	maxDecodedLen = 4 << 10
)

// decoder says what an answer that is no success means. It asks the SDK's client, which is given the answer as if it had just come,
// and remembers what it said: most failures of an endpoint are the same answer, and the SDK needs a hundred times as long for one as
// a request costs.
type decoder struct {
	client *sagemakerruntime.Client
	input  sagemakerruntime.InvokeEndpointInput

	mu    sync.RWMutex
	known map[string]runner.Failure

	streams sync.Mutex // one at a time: those of one client share what they are decoded with (aws/smithy-go#714)
}

func newDecoder() *decoder {
	cfg := &Config{
		AWS:          aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("decode", "decode", "")},
		BaseEndpoint: "http://decode.invalid", // never asked
		Endpoint:     "decode",
	}
	d := &decoder{known: make(map[string]runner.Failure), input: inputOf(cfg, form{})}
	d.input.Body = []byte{0} // required
	d.client = runtimeClient(cfg, replayer{})
	return d
}

// failure that an answer stands for, or of a stream, which has the status of a success, the event that ended it. key is memory to use, and is returned for the next time.
func (d *decoder) failure(status int, errorType, body, key []byte) (runner.Failure, []byte) {
	key = strconv.AppendInt(key[:0], int64(status), 10)
	key = append(append(key, '\n'), errorType...)
	key = append(append(key, '\n'), body...)
	d.mu.RLock()
	f, known := d.known[string(key)]
	d.mu.RUnlock()
	if known {
		return f, key
	}
	f = Classify(d.ask(status, errorType, body))
	if len(key) <= maxDecodedLen {
		d.mu.Lock()
		if len(d.known) >= maxDecoded {
			clear(d.known) // messages that are all different: nothing is lost but time
		}
		d.known[string(key)] = f
		d.mu.Unlock()
	}
	return f, key
}

// ask returns what the SDK's client would have for an answer.
func (d *decoder) ask(status int, errorType, body []byte) error {
	res := &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}
	if len(errorType) > 0 {
		res.Header.Set(errorTypeHeader, string(errorType))
	}
	ctx := context.WithValue(context.Background(), replayed{}, res)
	if failed(res) {
		_, err := d.client.InvokeEndpoint(ctx, &d.input)
		return err
	}
	d.streams.Lock()
	defer d.streams.Unlock()
	out, err := d.client.InvokeEndpointWithResponseStream(ctx, streamInput(&d.input))
	if err == nil {
		err = &streamError{status: status, err: readEvents(out, func([]byte) {})}
	}
	return err
}

// replayer is an HTTP client that has the answer already.
type replayer struct{}

// replayed is the key of that answer in the request's context.
type replayed struct{}

func (replayer) Do(req *http.Request) (*http.Response, error) {
	res := req.Context().Value(replayed{}).(*http.Response)
	res.Request = req
	return res, nil
}
