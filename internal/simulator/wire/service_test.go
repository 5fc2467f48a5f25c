package wire

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// A form that is not well formed is still its service's: what is wrong is the form, not for whom it was signed.
func TestReadActionOfAMalformedForm(t *testing.T) {
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c := NewCall(r, "1")
	c.Body = []byte("Action=GetMetricData&Version=2010-08-01&NextToken=%ZZ")
	c.ReadAction()
	if c.Service != CloudWatch || c.Operation != "GetMetricData" {
		t.Errorf("%s of %s", c.Operation, c.Service.Name)
	}
	var in struct{ NextToken string }
	if e := c.Decode(&in); e == nil || e.Query != "MalformedInput" || !strings.Contains(e.Message, "%ZZ") {
		t.Errorf("decoded: %+v", e)
	}
}
