package attach

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"sagetop/internal/session"
)

// Client is a run elsewhere. It is a session.Conductor.
type Client struct {
	conn     *net.UnixConn
	wire     wire
	commands chan session.Command
	done     chan struct{}

	mu    sync.Mutex
	state session.State
	err   error
}

// firstState may take some time: a day of seconds is a hundred megabytes.
const firstState = time.Minute

// Dial attaches to the run in folder. It returns once the State is there, as a whole.
func Dial(folder, version string, role Role) (*Client, error) {
	where, err := Find(folder)
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: greeting}
	conn, err := dialer.Dial("unix", where.Socket)
	if errors.Is(err, syscall.ECONNREFUSED) {
		_ = os.Remove(where.Socket) // a process that was killed leaves it
	}
	if err != nil {
		return nil, fmt.Errorf("%w (its number was %d)", ErrGone, where.PID)
	}
	c, err := greet(conn.(*net.UnixConn), version, role)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

func greet(conn *net.UnixConn, version string, role Role) (*Client, error) {
	if err := sameUser(conn); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOther, err)
	}
	w, err := newWire()
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, wire: w, commands: make(chan session.Command, 64), done: make(chan struct{})}
	_ = conn.SetDeadline(time.Now().Add(greeting))
	var answer welcome
	err = w.send(conn, hello{helloText, version, role})
	if err == nil {
		err = w.receive(conn, &answer, maxFromClient)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	if answer.Refused != "" {
		return nil, fmt.Errorf("%w: %s", ErrOther, answer.Refused)
	}
	_ = conn.SetDeadline(time.Now().Add(firstState))
	p := newPatcher(w)
	if _, err := c.next(p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSilent, err)
	}
	_ = conn.SetDeadline(time.Time{})
	go c.follow(p)
	go c.tell()
	return c, nil
}

// State as last told.
func (c *Client) State(st *session.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*st = c.state
}

// Do sends cmd, unless another screen steers.
func (c *Client) Do(cmd session.Command) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case cmd.Verb == session.Take:
		c.state.Aside = "" // it will be so
	case c.state.Aside != "" && !own(cmd.Verb):
		return errors.New(c.state.Aside)
	}
	select {
	case c.commands <- cmd:
		return nil
	default:
		return busy(cmd.Verb)
	}
}

// Done is closed when no more will come. Err then says why: nil when the run is over and all of it written.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err is why no more comes.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close leaves the run to itself.
func (c *Client) Close() error {
	err := c.conn.Close()
	<-c.done
	return err
}

// follow the State until no more comes.
func (c *Client) follow(p *patcher) {
	defer close(c.done)
	defer c.conn.Close()
	for {
		bye, err := c.next(p)
		if bye {
			return
		}
		if err != nil {
			if !errors.Is(err, errFrame) {
				err = ErrGone
			}
			c.mu.Lock()
			c.err = err
			c.mu.Unlock()
			return
		}
	}
}

// next takes in the frames that make up one State.
func (c *Client) next(p *patcher) (bye bool, err error) {
	for more := true; more; {
		var u update
		if err := c.wire.receive(c.conn, &u, maxFromServer); err != nil {
			return false, err
		}
		for i := range u.Changes {
			if err := p.apply(&u.Changes[i]); err != nil {
				return false, err
			}
		}
		if u.Bye {
			return true, nil
		}
		more = u.More
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = p.state
	return false, nil
}

// tell the run the commands, in order.
func (c *Client) tell() {
	for {
		select {
		case <-c.done:
			return
		case cmd := <-c.commands:
			if err := c.wire.send(c.conn, cmd); err != nil {
				return // follow says why
			}
		}
	}
}
