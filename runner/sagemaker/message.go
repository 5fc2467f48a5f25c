package sagemaker

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage is the most characters that Normalize leaves.
const maxMessage = 160

// maxScan bounds what Normalize looks at: a container may send a whole trace.
const maxScan = 2048

// Normalize makes messages of equal failures equal: it takes out what differs from request to request (ids, times, addresses,
// account numbers, long or measured numbers), whatever could be a credential, links and control characters, and cuts the rest to one
// line of at most 160 characters. What was taken out shows as #.
func Normalize(message string) string {
	message = message[:min(len(message), maxScan)]
	if i := signedAgain(message); i >= 0 {
		message = message[:i]
	}
	words := dropLinks(printed(withoutNamed(message)))
	for i, word := range words {
		words[i] = scrub(withoutSecrets(word))
		if i > 0 && isUnit(word) && isNumber(words[i-1]) {
			words[i-1] = "#"
		}
	}
	return cut(strings.Join(words, " "), maxMessage)
}

// printed are the words of a message, without what cannot be printed.
func printed(message string) []string {
	return strings.FieldsFunc(message, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == utf8.RuneError })
}

// signedAgain finds where a message about a bad signature starts to repeat the request, session token included; -1 when it does not.
func signedAgain(message string) int {
	return strings.Index(message, "The Canonical String for this request")
}

// dropLinks cuts a message at SageMaker's "See https://... for more information", and elsewhere leaves links out.
func dropLinks(words []string) []string {
	kept := words[:0]
	for i, word := range words {
		if !strings.Contains(word, "://") {
			kept = append(kept, word)
			continue
		}
		if i > 0 && words[i-1] == "See" && len(kept) > 0 {
			return kept[:len(kept)-1]
		}
		kept = append(kept, "#")
	}
	return kept
}

// scrub replaces the parts of a word that differ from request to request.
func scrub(word string) string {
	core := strings.Trim(word, `"'()[]{}<>,.;:=`)
	if isStamp(core) {
		return strings.Replace(word, core, "#", 1)
	}
	var b strings.Builder
	for len(word) > 0 {
		n := idLen(word)
		switch {
		case n > 0:
			b.WriteByte('#')
		case isAlnum(word[0]):
			n = runLen(word, isAlnum)
			b.WriteString(scrubPart(word[:n]))
		default:
			_, n = utf8.DecodeRuneInString(word)
			b.WriteString(word[:n])
		}
		word = word[n:]
	}
	return b.String()
}

// idLen is the length of the UUID, trace id, key or token that s starts with; 0 when it starts with none.
func idLen(s string) int {
	if n := runLen(s, isHexDash); n >= 16 && countDigits(s[:n]) >= 4 && (n == len(s) || !isAlnum(s[n])) {
		return n
	}
	if n := runLen(s, isBase64); n >= 40 && countDigits(s[:n]) >= 2 {
		return n + runLen(s[n:], func(c byte) bool { return c == '=' })
	}
	return 0
}

// isStamp holds for dates, times, addresses with ports, decimals and numbers with a unit: 10.0.0.7:443, 2026-11-23T10:00:00Z, 1.5s.
func isStamp(s string) bool {
	if s == "" || !isDigit(s[0]) {
		return false
	}
	digits, marks := 0, 0
	i := 0
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case isDigit(c):
			digits++
		case strings.IndexByte(".:-/+TZ", c) >= 0:
			marks++
		default:
			return isUnit(s[i:])
		}
	}
	return marks > 0 && digits > 1
}

// runLen counts the bytes at the start of s that are in set.
func runLen(s string, set func(byte) bool) int {
	n := 0
	for n < len(s) && set(s[n]) {
		n++
	}
	return n
}

// scrubPart replaces ids, and numbers of more than three digits: account, port, size, Unix time. Shorter ones are statuses and counts,
// which tell failures apart.
func scrubPart(part string) string {
	if len(part) >= 8 && countDigits(part) >= 2 {
		return "#" // request id, access key
	}
	var b strings.Builder
	for len(part) > 0 {
		n := runLen(part, isDigit)
		switch {
		case n > 3:
			b.WriteByte('#')
		case n > 0:
			b.WriteString(part[:n])
		default:
			n = runLen(part, isLetter)
			b.WriteString(part[:n])
		}
		part = part[n:]
	}
	return b.String()
}

func countDigits(s string) (n int) {
	for i := range len(s) {
		if isDigit(s[i]) {
			n++
		}
	}
	return n
}

// isUnit holds for units of what is measured anew each time.
func isUnit(s string) bool {
	switch strings.ToLower(strings.TrimRight(s, ".,;:)]\"'")) {
	case "ns", "us", "ms", "s", "sec", "secs", "second", "seconds", "milliseconds", "minutes", "b", "kb", "mb", "gb", "kib", "mib", "gib", "bytes":
		return true
	}
	return false
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isAlnum(c byte) bool { return isDigit(c) || isLetter(c) }

func isHexDash(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == '-'
}

func isBase64(c byte) bool { return isAlnum(c) || strings.IndexByte("+/_-", c) >= 0 }

// cut leaves at most so many characters, three of which say that there was more.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	runes := []rune(s)
	return strings.TrimSpace(string(runes[:most-3])) + "..."
}
