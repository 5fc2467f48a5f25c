package cli

import "testing"

// The first of LC_ALL, LC_CTYPE and LANG that is set decides, as in the C library.
func TestUTF8Locale(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"LANG": "en_US.UTF-8"}, true},
		{map[string]string{"LANG": "de_DE.utf8"}, true},
		{map[string]string{"LANG": "C"}, false},
		{map[string]string{"LANG": "POSIX"}, false},
		{map[string]string{"LANG": "de_DE.ISO-8859-1"}, false},
		{map[string]string{"LANG": "ja_JP.eucJP"}, false},
		{map[string]string{"LANG": "C", "LC_ALL": "C.UTF-8"}, true},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_CTYPE": "C"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "en_US.UTF-8", "LC_ALL": ""}, true},
	} {
		if got := utf8Locale(tt.env); got != tt.want {
			t.Errorf("%v: %v", tt.env, got)
		}
	}
}
