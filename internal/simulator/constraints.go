package simulator

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sagetop/internal/simulator/wire"
)

// constraints collects what of an input breaks the service's model, in the words of AWS's own validation.
type constraints []string

// fault is nil when nothing is wrong.
func (c constraints) fault() *wire.Error {
	if len(c) == 0 {
		return nil
	}
	plural := ""
	if len(c) > 1 {
		plural = "s"
	}
	return wire.Invalid("%d validation error%s detected: %s", len(c), plural, strings.Join(c, "; "))
}

func (c *constraints) add(value, member, format string, args ...any) {
	*c = append(*c, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: Member must %s", value, member, fmt.Sprintf(format, args...)))
}

// quoted is a value as messages show it: what somebody sends for a name may be long.
func quoted(value any) string { return fmt.Sprintf("'%.256s'", fmt.Sprint(value)) }

func (c *constraints) required(value, member string) bool {
	if value == "" {
		c.add("null", member, "not be null")
	}
	return value != ""
}

// matches: value is there, not longer than longest, and of the pattern.
func (c *constraints) matches(value, member string, longest int, pattern *regexp.Regexp) {
	switch {
	case !c.required(value, member):
	case len(value) > longest:
		c.add(quoted(value), member, "have length less than or equal to %d", longest)
	case !pattern.MatchString(value):
		c.add(quoted(value), member, "satisfy regular expression pattern: %s", strings.Trim(pattern.String(), "^$"))
	}
}

// name: value is a name of SageMaker's.
func (c *constraints) name(value, member string) { c.matches(value, member, maxName, namePattern) }

// between: value, when there is one, is from least to most.
func between[N int | int64 | float64](c *constraints, value *N, member string, least, most N) {
	switch {
	case value == nil:
	case *value < least:
		c.add(quoted(*value), member, "have value greater than or equal to %v", least)
	case *value > most:
		c.add(quoted(*value), member, "have value less than or equal to %v", most)
	}
}

// oneOf: value is one of those.
func oneOf[T comparable](c *constraints, value T, member string, those ...T) {
	if !slices.Contains(those, value) {
		list := strings.ReplaceAll(strings.Trim(fmt.Sprint(those), "[]"), " ", ", ")
		c.add(quoted(value), member, "satisfy enum value set: [%s]", list)
	}
}

// some: a list has from 1 to most elements.
func (c *constraints) some(n int, member string, most int) {
	switch {
	case n == 0:
		c.add("null", member, "have length greater than or equal to 1")
	case n > most:
		c.add(fmt.Sprintf("of length %d", n), member, "have length less than or equal to %d", most)
	}
}
