package simulator

import (
	"encoding/base64"
	"strconv"
)

// pageOf is a page of a list that does not change much while it is read. The token is where the page begins; ok is false when it is
// none of ours.
func pageOf[T any](all []T, token string, limit int) (page []T, next string, ok bool) {
	from := 0
	if token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			from, err = strconv.Atoi(string(raw))
		}
		if err != nil || from < 0 {
			return nil, "", false
		}
	}
	from = min(from, len(all))
	to := min(from+limit, len(all))
	if to < len(all) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(to)))
	}
	return append([]T{}, all[from:to]...), next, true
}

// orUsual is how many were asked for, or else as many as usual.
func orUsual(asked *int, usual int) int {
	if asked == nil {
		return usual
	}
	return *asked
}
