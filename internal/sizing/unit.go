package sizing

import (
	"fmt"
	"strings"
)

// Unit is what carries the load, and is counted and scaled: the instances of a variant, or the copies of an inference component.
type Unit string

// The units. The zero Unit is Instance.
const (
	Instance Unit = ""
	Copy     Unit = "copies"
)

// Many of them, as a word.
func (u Unit) Many() string { return u.words("instances") }

// One of them, as a word.
func (u Unit) One() string { return u.words("instance") }

// Count is "1 instance", "3 copies".
func (u Unit) Count(n int) string {
	if n == 1 {
		return u.words("1 instance")
	}
	return fmt.Sprintf("%d %s", n, u.Many())
}

// words is text that speaks of instances, as it is of copies. What is of instances even then, flags and types, stays.
func (u Unit) words(text string) string {
	if u == Copy {
		return copyWords.Replace(text)
	}
	return text
}

var copyWords = strings.NewReplacer("--instances", "--instances", "instance type", "instance type",
	"Smaller or fewer instances", "Fewer copies, or smaller ones,", "instances with more memory", "copies that reserve more memory",
	"a bigger type", "copies that reserve more", "a bigger GPU", "copies that reserve more",
	"an instance", "a copy", "instances", "copies", "instance", "copy")

// unit that the load is carried by.
func (f Facts) unit() Unit {
	if f.Copies {
		return Copy
	}
	return Instance
}

// said is f in the words of its unit.
func (f Finding) said(u Unit) Finding {
	f.Title, f.Evidence, f.Advice = u.words(f.Title), u.words(f.Evidence), u.words(f.Advice)
	return f
}
