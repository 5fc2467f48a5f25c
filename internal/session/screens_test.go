package session

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// fakeScreens takes its time.
type fakeScreens struct {
	takes time.Duration
	fails error
	kept  []string
}

func (f *fakeScreens) KeepScreen(elapsed time.Duration, text string) (string, error) {
	time.Sleep(f.takes)
	if f.fails != nil {
		return "", f.fails
	}
	f.kept = append(f.kept, text+" at "+elapsed.String())
	return "runs/e/screen.txt", nil
}

// saving runs 10 users for 20 s and asks for two screens, at 5.5 and at 6.5 s.
func saving(t *testing.T, screens Screens) State {
	return conducted(t, func() Config {
		cfg := users(10, 20*time.Second)
		cfg.Screens = screens
		return cfg
	}, func(s *Session) {
		after(5500*time.Millisecond, Command{Verb: SaveScreen, Text: "first"})(s)
		after(time.Second, Command{Verb: SaveScreen, Text: "second"})(s)
	})
}

func TestScreensAreSaved(t *testing.T) {
	screens := &fakeScreens{}
	st := saving(t, screens)
	if got := strings.Join(screens.kept, ", "); got != "first at 5s, second at 6s" {
		t.Errorf("kept %s", got)
	}
	if !logged(&st, "saved screen.txt in runs/e") {
		t.Errorf("the log says\n%s", texts(&st))
	}
}

// A slow disk holds up neither the load nor the keys, and screens do not queue up before it.
func TestASlowDiskForScreens(t *testing.T) {
	screens := &fakeScreens{takes: 3 * time.Second}
	st := saving(t, screens)
	if len(screens.kept) != 1 || !logged(&st, "the one before is still being written") || !logged(&st, "saved screen.txt") {
		t.Errorf("kept %q; the log says\n%s", screens.kept, texts(&st))
	}
	for i := range st.Load.Seconds[:20] {
		if s := &st.Load.Seconds[i]; s.OK < 150 {
			t.Errorf("%d requests in second %d", s.OK, i)
		}
	}
}

func TestScreensThatCannotBeSaved(t *testing.T) {
	for want, screens := range map[string]Screens{
		"this run keeps no files":       nil,
		"no space left on device; next": &fakeScreens{fails: errors.New("no space left on device\nnext")},
	} {
		if st := saving(t, screens); !logged(&st, "the screen is not saved: "+want) {
			t.Errorf("the log says\n%s", texts(&st))
		}
	}
}
