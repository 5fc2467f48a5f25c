package session

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

// book of debts beside what was asked of the scaler, in order.
type fakeDebts struct {
	scaler *fakeScaler
	broken error

	mu  sync.Mutex
	all []string
}

func (f *fakeDebts) note(text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scaler.mu.Lock()
	defer f.scaler.mu.Unlock()
	f.all = append(f.all, fmt.Sprintf("%s, asked %v", text, f.scaler.asked))
}

func (f *fakeDebts) Owe(before, to int) error {
	f.note(fmt.Sprintf("owe %d -> %d", to, before))
	return f.broken
}

func (f *fakeDebts) Forget() error {
	f.note("forget")
	return nil
}

// What is owed is kept before it is asked for, and forgotten when AWS has taken the way back on, or never took on the way there.
func TestDebts(t *testing.T) {
	five := after(5*time.Second, Command{Verb: SetInstances, Count: 5})
	stop := after(20*time.Second, Command{Verb: Stop})
	for name, c := range map[string]struct {
		scaler *fakeScaler
		broken error
		steer  []func(*Session)
		want   []string
		logs   string
	}{
		"put back": {
			&fakeScaler{boot: 5 * time.Second}, nil,
			[]func(*Session){five, after(10*time.Second, Command{Verb: SetInstances, Count: 3}), stop},
			[]string{"owe 5 -> 1, asked []", "owe 3 -> 1, asked [5]", "forget, asked [5 3 1]"},
			"as before the run",
		},
		"by hand": {
			&fakeScaler{boot: 5 * time.Second}, nil,
			[]func(*Session){five, after(10*time.Second, Command{Verb: SetInstances, Count: 1}), stop},
			[]string{"owe 5 -> 1, asked []", "forget, asked [5 1]"},
			"InService after 5 s: 1 instance",
		},
		"refused": {
			&fakeScaler{refuses: errors.New("a quota")}, nil,
			[]func(*Session){five, stop},
			[]string{"owe 5 -> 1, asked []", "forget, asked []"},
			"refused: a quota",
		},
		"given up": {
			&fakeScaler{boot: time.Hour}, nil,
			[]func(*Session){five, after(5*time.Second, Command{Verb: Interrupt}), after(5*time.Second, Command{Verb: Interrupt})},
			[]string{"owe 5 -> 1, asked []"},
			"not put back",
		},
		"not to be kept": {
			&fakeScaler{}, errors.New("the disk is full"),
			[]func(*Session){five, stop},
			[]string{"owe 5 -> 1, asked []", "forget, asked []"},
			"what is owed then cannot be kept: the disk is full",
		},
	} {
		t.Run(name, func(t *testing.T) {
			debts := &fakeDebts{broken: c.broken}
			st := conducted(t, func() Config {
				debts.scaler = c.scaler
				cfg := scalable(c.scaler, 0)
				cfg.Info.Restore, cfg.Debts, cfg.Settle = true, debts, 0
				return cfg
			}, func(s *Session) {
				for _, do := range c.steer {
					do(s)
				}
			})
			if !slices.Equal(debts.all, c.want) || !logged(&st, c.logs) {
				t.Errorf("%q, want %q; log:\n%s", debts.all, c.want, texts(&st))
			}
		})
	}
}
