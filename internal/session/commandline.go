package session

import "strings"

// CommandLine is the run as a shell takes it; empty when it is not known.
func (i *Info) CommandLine() string {
	quoted := make([]string, len(i.Command))
	for n, word := range i.Command {
		quoted[n] = shellQuoted(word)
	}
	return strings.Join(quoted, " ")
}

func shellQuoted(word string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=@%+,", r)
	}
	if word != "" && strings.TrimFunc(word, safe) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
