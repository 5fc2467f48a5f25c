package sagemaker

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/encoding/httpbinding"
)

// newKeys derives what lasts for a day (as 20261125), and prepares what is the same in all requests of that day. Shapes differ in the
// values of headers, not in which there are.
func newKeys(shapes []*shape, creds aws.Credentials, day string) *keys {
	s := shapes[0]
	scope := day + "/" + s.region + "/" + s.service + "/aws4_request"
	k := &keys{creds: creds, day: day, key: signingKey(creds.SecretAccessKey, day, s.region, s.service)}
	names := ""
	for _, s := range shapes {
		var parts [3]string
		parts, names = s.canonicalize(creds.SessionToken)
		k.canonical = append(k.canonical, parts)
	}
	k.toSign = "\n" + scope + "\n"
	if creds.SessionToken != "" {
		k.authorize = "\r\nX-Amz-Security-Token: " + creds.SessionToken
	}
	k.authorize += "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" + creds.AccessKeyID + "/" + scope + ", SignedHeaders=" + names + ", Signature="
	return k
}

// signingKey is bound to a day, a region and a service, so that the secret itself signs nothing.
func signingKey(secret, day, region, service string) [sha256.Size]byte {
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, region, service, "aws4_request"} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return [sha256.Size]byte(key)
}

// Values of which each request has its own. No header has them.
const (
	lengthHere = "\x00"
	dateHere   = "\x01"
)

// canonicalize prepares the canonical request, in the parts between what varies, and returns the names of the headers that are signed.
func (s *shape) canonicalize(token string) (parts [3]string, names string) {
	signed := []field{{name: "content-length", value: lengthHere}, {name: "host", value: s.host}, {name: "x-amz-date", value: dateHere}}
	if token != "" {
		signed = append(signed, field{name: "x-amz-security-token", value: token})
	}
	for _, f := range s.fields {
		if f.signed {
			signed = append(signed, field{name: strings.ToLower(f.name), value: f.value})
		}
	}
	slices.SortFunc(signed, func(a, b field) int { return strings.Compare(a.name, b.name) })

	var list []string
	var text strings.Builder
	text.WriteString("POST\n" + httpbinding.EscapePath(s.path(), false) + "\n" + s.url.RawQuery + "\n")
	for _, f := range signed {
		list = append(list, f.name)
		text.WriteString(f.name + ":" + strings.Join(strings.FieldsFunc(f.value, isSpace), " ") + "\n")
	}
	names = strings.Join(list, ";")
	text.WriteString("\n" + names + "\n")

	before, rest, _ := strings.Cut(text.String(), lengthHere)
	between, after, _ := strings.Cut(rest, dateHere)
	return [3]string{before, between, after}, names
}

// isSpace is what is folded to one space between words and dropped at the ends.
func isSpace(r rune) bool { return r == ' ' }

func (s *shape) path() string {
	if p := s.url.EscapedPath(); p != "" {
		return p
	}
	return "/"
}
