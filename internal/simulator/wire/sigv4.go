package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signature Version 4, checked in full: the header's form, who signs, the scope, the date, the payload's hash, which headers are
// signed, and the signature itself.

const (
	algorithm  = "AWS4-HMAC-SHA256"
	dateFormat = "20060102T150405Z"
	maxSkew    = 5 * time.Minute
)

// authorization is a parsed Authorization header.
type authorization struct {
	accessKey             string
	date, region, service string // the credential's scope
	headers               string // names, as signed
	signature             string
}

// parseAuthorization reads a header that signs with Signature Version 4.
func parseAuthorization(header string) (authorization, *Error) {
	var a authorization
	scheme, rest, _ := strings.Cut(header, " ")
	if scheme != algorithm {
		return a, errIncomplete(fmt.Sprintf("Unsupported AWS 'algorithm': '%.64s', only %s is accepted.", scheme, algorithm))
	}
	var credential string
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			a.headers = value
		case "Signature":
			a.signature = value
		}
	}
	for _, p := range []struct{ name, value string }{{"Credential", credential}, {"Signature", a.signature}, {"SignedHeaders", a.headers}} {
		if p.value == "" {
			return a, errIncomplete(fmt.Sprintf("Authorization header requires '%s' parameter. Authorization=%s", p.name, scheme))
		}
	}
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" {
		return a, errIncomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request.")
	}
	a.accessKey, a.date, a.region, a.service = scope[0], scope[1], scope[2], scope[3]
	return a, nil
}

func errIncomplete(message string) *Error {
	return &Error{Code: "IncompleteSignatureException", Query: "IncompleteSignature", Status: http.StatusForbidden, Message: message}
}

func errSignature(message string) *Error {
	return &Error{Code: "InvalidSignatureException", Query: "SignatureDoesNotMatch", Status: http.StatusForbidden, Message: message}
}

func errToken() *Error {
	return &Error{
		Code: "UnrecognizedClientException", Query: "InvalidClientTokenId", Status: http.StatusForbidden,
		Message: "The security token included in the request is invalid.",
	}
}

// ExpiredToken is what was sent.
func ExpiredToken() *Error {
	return &Error{
		Code: "ExpiredTokenException", Query: "ExpiredToken", Status: http.StatusForbidden,
		Message: "The security token included in the request is expired",
	}
}

func errMissing() *Error {
	return &Error{
		Code: "MissingAuthenticationTokenException", Query: "MissingAuthenticationToken", Status: http.StatusForbidden,
		Message: "Missing Authentication Token",
	}
}

// Verify says why r, with the given body, is not to be answered; nil when it is signed well for a service of a region now.
func (k *Keys) Verify(r *http.Request, body []byte, region, service string, now time.Time) *Error {
	header := r.Header.Get("Authorization")
	if header == "" {
		return errMissing()
	}
	a, fault := parseAuthorization(header)
	if fault != nil {
		return fault
	}
	date, fault := checkDate(r.Header, a.date, now)
	if fault != nil {
		return fault
	}
	switch {
	case a.region != region:
		return errSignature(fmt.Sprintf("Credential should be scoped to a valid region, not '%.64s'.", a.region))
	case a.service != service:
		return errSignature(fmt.Sprintf("Credential should be scoped to correct service: '%s'.", service))
	}
	key, fault := k.signingKey(a, r.Header.Get("X-Amz-Security-Token"))
	if fault != nil {
		return fault
	}
	if fault := checkSigned(r.Header, a.headers); fault != nil {
		return fault
	}
	return k.checkSignature(r, a, date, body, key)
}

// checkDate returns the request's date as it was signed.
func checkDate(h http.Header, scope string, now time.Time) (string, *Error) {
	date := h.Get("X-Amz-Date")
	if date == "" {
		return "", errIncomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	at, err := time.Parse(dateFormat, date)
	if err != nil {
		return "", errIncomplete(fmt.Sprintf("Date must be in ISO-8601 'basic format'. Got '%.64s'.", date))
	}
	if date[:8] != scope {
		return "", errSignature(fmt.Sprintf("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%.64s' != '%s'.", scope, date[:8]))
	}
	now = now.UTC()
	switch {
	case at.Before(now.Add(-maxSkew)):
		return "", errSignature(fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - 5 min.)", date, now.Add(-maxSkew).Format(dateFormat), now.Format(dateFormat)))
	case at.After(now.Add(maxSkew)):
		return "", errSignature(fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 5 min.)", date, now.Add(maxSkew).Format(dateFormat), now.Format(dateFormat)))
	}
	return date, nil
}

// checkSigned refuses what could have been changed on the way: the host and every header of AWS's must be signed.
func checkSigned(h http.Header, signed string) *Error {
	if !hasName(signed, "host") {
		return errSignature("'Host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range h {
		if len(name) > 6 && strings.EqualFold(name[:6], "X-Amz-") && !hasName(signed, name) {
			return errSignature(fmt.Sprintf("'%s' must be a 'SignedHeader' in the AWS Authorization.", name))
		}
	}
	return nil
}

// hasName is about names that are signed in lower case.
func hasName(signed, name string) bool {
	for s := range strings.SplitSeq(signed, ";") {
		if strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// checkSignature builds the canonical request and the string to sign again.
func (k *Keys) checkSignature(r *http.Request, a authorization, date string, body []byte, key *signingKey) *Error {
	payload := sha256.Sum256(body)
	if claimed := r.Header.Get("X-Amz-Content-Sha256"); claimed != "" && claimed != hex.EncodeToString(payload[:]) {
		return errSignature("The value in the header 'X-Amz-Content-Sha256' does not match the payload.")
	}
	b := k.buffers.Get().(*bytes.Buffer)
	defer k.buffers.Put(b)
	b.Reset()
	writeCanonical(b, r, a.headers, payload)
	canonical := sha256.Sum256(b.Bytes())

	b.Reset()
	for _, s := range []string{algorithm, "\n", date, "\n", a.date, "/", a.region, "/", a.service, "/aws4_request\n"} {
		b.WriteString(s)
	}
	writeHex(b, canonical)
	if !key.signed(b.Bytes(), a.signature) {
		return errSignature("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

// writeCanonical writes the canonical request.
func writeCanonical(b *bytes.Buffer, r *http.Request, signed string, payload [sha256.Size]byte) {
	path, rawQuery, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") { // a proxy's absolute form
		path = r.URL.EscapedPath()
	}
	b.WriteString(r.Method)
	b.WriteByte('\n')
	writeEscaped(b, path, true)
	b.WriteByte('\n')
	writeCanonicalQuery(b, rawQuery)
	b.WriteByte('\n')
	for name := range strings.SplitSeq(signed, ";") {
		b.WriteString(name)
		b.WriteByte(':')
		writeCanonicalHeader(b, r, name)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	b.WriteString(signed)
	b.WriteByte('\n')
	writeHex(b, payload)
}

func writeCanonicalHeader(b *bytes.Buffer, r *http.Request, name string) {
	switch name {
	case "host":
		b.WriteString(r.Host)
		return
	case "content-length":
		b.WriteString(strconv.FormatInt(r.ContentLength, 10))
		return
	}
	for i, v := range headerValues(r.Header, name) {
		if i > 0 {
			b.WriteByte(',')
		}
		v = strings.TrimSpace(v)
		if strings.Contains(v, "  ") {
			v = strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r == ' ' }), " ")
		}
		b.WriteString(v)
	}
}

// headerValues are those of a name in lower case. textproto.CanonicalMIMEHeaderKey would allocate.
func headerValues(h http.Header, name string) []string {
	var key [64]byte
	if len(name) > len(key) {
		return h[textproto.CanonicalMIMEHeaderKey(name)]
	}
	begins := true
	for i := range len(name) {
		c := name[i]
		if begins && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		key[i] = c
		begins = c == '-'
	}
	return h[string(key[:len(name)])]
}

// writeCanonicalQuery sorts the parameters as they are encoded. An encoding that differs from AWS's only in form is set right.
func writeCanonicalQuery(b *bytes.Buffer, raw string) {
	if raw == "" {
		return
	}
	var params []string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		var p bytes.Buffer
		writeEscaped(&p, unescape(name), false)
		p.WriteByte('=')
		writeEscaped(&p, unescape(value), false)
		params = append(params, p.String())
	}
	slices.Sort(params)
	b.WriteString(strings.Join(params, "&"))
}

// unescape undoes percent encoding, and leaves what is none.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

// writeEscaped percent-encodes everything but RFC 3986's unreserved characters, and slashes in a path.
func writeEscaped(b *bytes.Buffer, s string, path bool) {
	const upper = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~', path && c == '/':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upper[c>>4])
			b.WriteByte(upper[c&15])
		}
	}
}

func writeHex(b *bytes.Buffer, sum [sha256.Size]byte) {
	b.Write(hex.AppendEncode(b.AvailableBuffer(), sum[:]))
}

func hmac256(key, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)
}
