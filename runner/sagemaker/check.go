package sagemaker

import (
	"bytes"
	"time"

	"sagetop/runner"
	"sagetop/runner/expect"
)

// maxLooked is how much of an answer is kept to be looked into: each user has memory for as much as answers have.
const maxLooked = 8 << 20

// Exchange is a request and its answer.
type Exchange struct {
	Payload []byte
	Status  int
	Answer  []byte // its first 8 MiB
}

// looks says whether answers are looked into at all.
func (c *Config) looks() bool { return len(c.Expect) > 0 || c.Keep != nil }

// looksInto says how much of a success is kept.
func (c *Config) looksInto() int {
	if c.looks() {
		return maxLooked // even where only its length is judged: a sample of what is not as expected is shown
	}
	return 0
}

// look makes a success a failure when it is not as expected, and has it kept if that is wanted.
func (c *Config) look(r *runner.Result, status int, payload, answer []byte) {
	began := time.Now()
	if c.Keep != nil {
		c.Keep(Exchange{bytes.Clone(payload), status, bytes.Clone(answer)})
	}
	a := expect.Answer{Status: status, Bytes: r.BytesIn, Body: answer}
	for _, e := range c.Expect {
		if unmet := e.Unmet(&a); unmet != "" {
			r.Failure = runner.Failure{Class: runner.Check, HTTPStatus: status, Message: unmet}
			break
		}
	}
	r.After = time.Since(began)
}

// payloadFailure is a request that could not be made.
func payloadFailure(err error) runner.Failure {
	return runner.Failure{Class: runner.Other, Message: Normalize(err.Error())}
}
