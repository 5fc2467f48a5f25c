package model

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestProfileAsJSON(t *testing.T) {
	want := Default()
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Profile
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("read back %+v, want %+v", got, want)
	}
	if !bytes.Contains(b, []byte(`"median":"52.7ms"`)) {
		t.Errorf("durations are not spelled as Go does: %s", b)
	}
	if err := json.Unmarshal([]byte(`{"timeout":"soon"}`), &got); err == nil {
		t.Error("a bad duration is accepted")
	}
}
