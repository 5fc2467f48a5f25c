package tui

import (
	"io"
	"sync"

	"github.com/muesli/cancelreader"
)

// keyboard is a terminal's input whose reading can be ended. Bubble Tea would do that by itself, but after half a second it closes the
// input under a read that has not ended yet, as may happen on a busy machine.
type keyboard struct {
	file
	in   cancelreader.CancelReader
	busy sync.Mutex // held while it is read
}

// newKeyboard is in as Bubble Tea is to have it. What is no file is left as it is: there is nothing to close.
func newKeyboard(in io.Reader) (io.Reader, func()) {
	f, ok := in.(cancelreader.File)
	if !ok {
		return in, func() {}
	}
	r, err := cancelreader.NewReader(f)
	if err != nil {
		return in, func() {}
	}
	k := &keyboard{file: f, in: r}
	return k, k.end
}

func (k *keyboard) Read(p []byte) (int, error) {
	k.busy.Lock()
	defer k.busy.Unlock()
	return k.in.Read(p)
}

// end waits for the read that is going on.
func (k *keyboard) end() {
	if !k.in.Cancel() {
		return
	}
	k.busy.Lock()
	defer k.busy.Unlock()
	_ = k.in.Close() // nothing is lost with it
}
