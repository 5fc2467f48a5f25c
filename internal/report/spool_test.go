package report

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// disk takes as many bytes as there is room for.
type disk struct {
	mu   sync.Mutex
	room int
	got  bytes.Buffer
}

var errFull = errors.New("no space left on device")

func (d *disk) Write(text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(d.room, len(text))
	d.room -= n
	d.got.Write(text[:n])
	if n < len(text) {
		return n, errFull
	}
	return n, nil
}

func (d *disk) make(room int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = room
}

func TestFullDiskLosesNothingOnceThereIsRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{room: 10}
		s := newSpool(d)
		s.add([]byte("0123456\n"))
		synctest.Wait()
		s.add([]byte("abcdefg\n"))
		synctest.Wait()
		if lost := s.lost("x"); !strings.Contains(lost, "x is incomplete since ") || !strings.Contains(lost, "no space left") || !strings.Contains(lost, "6 bytes are not written") {
			t.Errorf("lost: %q", lost)
		}
		s.add([]byte("ABCDEFG\n"))
		d.make(1000)
		time.Sleep(spoolRetry + time.Millisecond)
		synctest.Wait()
		if got := d.got.String(); got != "0123456\nabcdefg\nABCDEFG\n" {
			t.Errorf("the disk has %q", got)
		}
		if lost := s.lost("x"); lost != "" {
			t.Errorf("all is written, lost says %q", lost)
		}
		s.close()
	})
}

func TestFullDiskIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		s := newSpool(d)
		line := bytes.Repeat([]byte("x"), 1<<20)
		for range spoolBytes>>20 + 3 {
			s.add(line)
			synctest.Wait()
		}
		s.close()
		if lost := s.lost("x"); !strings.Contains(lost, "3 lines are lost") || !strings.Contains(lost, "16777216 bytes are not written") {
			t.Errorf("lost: %q", lost)
		}
	})
}

// hung is a disk that takes nothing until it is let go.
type hung struct{ until chan struct{} }

func (h *hung) Write(text []byte) (int, error) {
	<-h.until
	return len(text), nil
}

func TestHungDiskDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hung{make(chan struct{})}
		s := newSpool(h)
		before := time.Now()
		for range 100 {
			s.add([]byte("line\n"))
		}
		if took := time.Since(before); took != 0 {
			t.Errorf("add waited %v for the disk", took)
		}
		s.close()
		if took := time.Since(before); took != spoolHangs {
			t.Errorf("close waited %v, want %v", took, spoolHangs)
		}
		if lost := s.lost("x"); !strings.Contains(lost, "500 bytes are not written") {
			t.Errorf("lost: %q", lost)
		}
		close(h.until)
		<-s.done
	})
}

func TestDevFull(t *testing.T) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	defer f.Close()
	s := newSpool(f)
	s.add([]byte("line\n"))
	s.close()
	if lost := s.lost(TimelineFile); !strings.Contains(lost, "(no space left on device)") {
		t.Errorf("lost: %q", lost)
	}
}
