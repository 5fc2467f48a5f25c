package cloud

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// maxNames is how many names an error lists.
const maxNames = 5

// NoEndpoint is the error for a name that no endpoint has: with the names that there are, nearest first, if they may be listed.
func (c *Cloud) NoEndpoint(ctx context.Context, name string) error {
	all, err := c.Endpoints(ctx)
	if err != nil {
		hint := "check the name, --region and --profile"
		if p, ok := errors.AsType[*Problem](err); ok && p.Kind == ErrDenied {
			hint += " (the names that there are need " + p.Permission + ")"
		}
		return problem(ErrNoEndpoint, err, "no endpoint %q in %s\n%s", name, c.region, hint)
	}
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.Name
	}
	if len(names) == 0 {
		return problem(ErrNoEndpoint, nil, "no endpoint %q in %s: there are none at all\ncheck --region and --profile", name, c.region)
	}
	return problem(ErrNoEndpoint, nil, "no endpoint %q in %s\n%s", name, c.region, thereAre(name, names))
}

// noProfile lists the profiles that there are.
func noProfile(missing config.SharedConfigProfileNotExistError, err error) *Problem {
	var files, names []string
	for _, path := range sharedFiles() {
		files = append(files, shortPath(path))
		names = append(names, profilesIn(path)...)
	}
	where := strings.Join(files, " or ")
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		return problem(ErrNoProfile, err, "no profile %q in %s: there are none at all\nmake one with: aws configure sso", missing.Profile, where)
	}
	return problem(ErrNoProfile, err, "no profile %q in %s\n%s", missing.Profile, where, thereAre(missing.Profile, names))
}

// profilesIn reads the names of the sections of a configuration file, and nothing else of it.
func profilesIn(path string) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	var names []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "[")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, "]")
		if strings.HasPrefix(name, "sso-session ") || strings.HasPrefix(name, "services ") {
			continue
		}
		names = append(names, strings.TrimSpace(strings.TrimPrefix(name, "profile ")))
	}
	return names
}

// thereAre says which names there are: the likely one as a question, then some others.
func thereAre(wanted string, names []string) string {
	near := Nearest(wanted, names)
	shown := near[:min(len(near), maxNames)]
	more := ""
	if n := len(near) - len(shown); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	if d := Distance(wanted, near[0]); d > max(2, len(wanted)/3) {
		return "there are: " + strings.Join(shown, ", ") + more
	}
	text := "did you mean " + near[0] + "?"
	if len(shown) > 1 {
		text += " There are also: " + strings.Join(shown[1:], ", ") + more
	}
	return text
}

// Nearest sorts names by how little typing lies between each and wanted; a copy is returned.
func Nearest(wanted string, names []string) []string {
	sorted := slices.Clone(names)
	away := make(map[string]int, len(names))
	for _, name := range names {
		away[name] = Distance(wanted, name)
	}
	slices.SortStableFunc(sorted, func(a, b string) int {
		return cmp.Or(cmp.Compare(away[a], away[b]), strings.Compare(a, b))
	})
	return sorted
}

// Distance counts the inserts, deletes, changes and swaps of neighbours that make a into b, letters of either case alike
// (Damerau's distance in its restricted form). A name that holds the other is near: people shorten.
func Distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if a != "" && strings.Contains(b, a) {
		return min(2, len(b)-len(a))
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
