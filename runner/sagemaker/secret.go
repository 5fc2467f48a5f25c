package sagemaker

import (
	"regexp"
	"strings"
)

// named is what a message itself calls a credential. Who sends wrong ones, or prints its environment, is told so by name.
var named = regexp.MustCompile(`(?i)((?:authorization|passw(?:or)?d|secret[-_a-z]*|token|api[-_]?key)["']?\s*[:=]\s*["']?(?:(?:basic|bearer)\s+)?)([^\s"',;&]*[^\s"',;&.])`)

// leastNamed is the length from which what is named so may be one though it is all letters: "token: identifier" says something else.
const leastNamed = 16

// withoutNamed puts a # in the place of what is called a credential.
func withoutNamed(message string) string {
	return named.ReplaceAllStringFunc(message, func(found string) string {
		parts := named.FindStringSubmatch(found)
		if value := parts[2]; len(value) < leastNamed && (countDigits(value) == 0 || len(value) < 4) {
			return found
		}
		return parts[1] + "#"
	})
}

// withoutSecrets puts a # in the place of what is one.
func withoutSecrets(word string) string {
	var b strings.Builder
	for len(word) > 0 {
		n := max(runLen(word, isBase64), 1)
		if isSecret(word[:n]) {
			b.WriteByte('#')
			n += runLen(word[n:], func(c byte) bool { return c == '=' })
		} else {
			b.WriteString(word[:n])
		}
		word = word[n:]
	}
	return b.String()
}

// isSecret holds for what looks like a secret key, a token or a signature, and for what has an access key's id in it, or a token of
// Hugging Face. Paths and UUIDs are long, too, but their parts have no digits among letters of both cases, and both cases do not
// alternate.
func isSecret(run string) bool {
	for _, known := range [...]struct {
		prefix string
		least  int
	}{{"AKIA", 12}, {"ASIA", 12}, {"hf_", 30}} {
		if _, id, found := strings.Cut(run, known.prefix); found && runLen(id, isAlnum) >= known.least {
			return true
		}
	}
	if len(run) < 40 {
		return false
	}
	for part := range strings.FieldsFuncSeq(run, func(r rune) bool { return !isAlnum(byte(r)) }) {
		if countDigits(part) > 0 && (len(part) >= 40 || len(part) >= 6 && strings.ToLower(part) != part && strings.ToUpper(part) != part) {
			return true
		}
	}
	return caseChanges(run) >= 10
}

// caseChanges counts small letters beside capitals.
func caseChanges(s string) (n int) {
	for i := range len(s) - 1 {
		if isLetter(s[i]) && isLetter(s[i+1]) && s[i]&' ' != s[i+1]&' ' {
			n++
		}
	}
	return n
}
