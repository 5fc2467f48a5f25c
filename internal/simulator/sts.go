package simulator

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
)

// STS: GetCallerIdentity in the Query protocol.

// sessionName of the caller's role session.
const sessionName = "demo"

func (s *Server) callerARN() string {
	return fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", s.config.Account, s.config.Role, sessionName)
}

// action is the operation that a Query request names; empty when it cannot be read.
func (x *exchange) action() string {
	form, err := url.ParseQuery(string(x.body))
	if err != nil {
		return ""
	}
	return form.Get("Action")
}

type callerIdentity struct {
	XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	ARN     string   `xml:"GetCallerIdentityResult>Arn"`
	UserID  string   `xml:"GetCallerIdentityResult>UserId"`
	Account string   `xml:"GetCallerIdentityResult>Account"`
	ID      string   `xml:"ResponseMetadata>RequestId"`
}

func (s *Server) getCallerIdentity(x *exchange) (reply, *apiError) {
	body := encodeXML(callerIdentity{
		ARN:     s.callerARN(),
		UserID:  "AROASIMULATEDSAGETOP:" + sessionName,
		Account: s.config.Account,
		ID:      x.id,
	})
	return reply{status: http.StatusOK, header: []headerLine{{"Content-Type", "text/xml"}}, body: body}, nil
}
