package benchserver

import "strconv"

// route finds the endpoint that r invokes, or the answer where there is none.
//
// Beside the runtime's calls it knows just enough of AWS for a whole run of sagetop: who calls is answered, and to describe anything
// is not permitted, which a run does without.
func (s *Server) route(r *request) (e *endpoint, other []byte) {
	name, ok := r.endpoint()
	switch {
	case ok && s.endpoints[string(name)] != nil:
		return s.endpoints[string(name)], nil
	case ok:
		return nil, kinds[Validation].wire
	case string(r.target) != "/" || string(r.method) != "POST":
		return nil, notFound
	case r.json:
		return nil, kinds[Denied].wire
	}
	return nil, identity
}

var (
	notFound = whole("404 Not Found", "", "{}")
	identity = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: " + strconv.Itoa(len(caller)) + "\r\n\r\n" + caller)
)

const caller = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
	`<Arn>arn:aws:iam::123456789012:user/bench</Arn><UserId>AIDABENCH</UserId><Account>123456789012</Account></GetCallerIdentityResult>` +
	`<ResponseMetadata><RequestId>5d3f2c1e-8b7a-4e6f-9a0b-1c2d3e4f5a6b</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
