package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"sagetop/internal/benchserver"
)

// address is what the server's process says first.
type address struct {
	Plain string `json:"plain"`
	TLS   string `json:"tls"`
	CA    []byte `json:"ca"`
}

// serve is the server's process. It reads its configuration as one line of JSON, says where it is, and then answers each name of
// an endpoint with what that did since it was asked last. It ends with its input: when the comparison does, however that ends.
func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	if !lines.Scan() {
		return io.ErrUnexpectedEOF
	}
	var cfg benchserver.Config
	if err := json.Unmarshal(lines.Bytes(), &cfg); err != nil {
		return fmt.Errorf("the server's configuration: %w", err)
	}
	s, err := benchserver.Start(cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	answers := json.NewEncoder(out)
	if err := answers.Encode(address{Plain: s.URL(false), TLS: s.URL(true), CA: s.CA()}); err != nil {
		return err
	}
	for lines.Scan() {
		st, err := s.Take(lines.Text())
		if err != nil {
			return err
		}
		if err := answers.Encode(st); err != nil {
			return err
		}
	}
	return lines.Err()
}

// remote is the server in its process.
type remote struct {
	address
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
	self string // program
}

func startServer(ctx context.Context, self string, cfg benchserver.Config) (*remote, error) {
	r := &remote{self: self, cmd: exec.CommandContext(ctx, self, "server")}
	r.cmd.Stderr = os.Stderr
	var err error
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.out = json.NewDecoder(out)
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	if err := errors.Join(json.NewEncoder(r.in).Encode(cfg), r.out.Decode(&r.address)); err != nil {
		r.close()
		return nil, fmt.Errorf("the server did not start: %w", err)
	}
	return r, nil
}

// take is what endpoint name did since it was taken last.
func (r *remote) take(name string) (st benchserver.Stats, err error) {
	if _, err = fmt.Fprintln(r.in, name); err == nil {
		err = r.out.Decode(&st)
	}
	if err != nil {
		return st, fmt.Errorf("asking the server about %s: %w", name, err)
	}
	return st, nil
}

// empty says whether all connections are gone within a while, which they are some time after the client said so.
func (r *remote) empty(ctx context.Context) (open int) {
	until(ctx, 5*time.Second, func() bool {
		st, err := r.take(slow)
		open = st.Open
		return err != nil || open == 0
	})
	return open
}

// url of the server, plain or over TLS.
func (r *remote) url(secure bool) string {
	if secure {
		return r.TLS
	}
	return r.Plain
}

func (r *remote) close() {
	r.in.Close()
	_ = r.cmd.Wait() // it has nothing more to say
}
