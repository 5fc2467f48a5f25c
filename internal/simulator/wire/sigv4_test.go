package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func FuzzAuthorization(f *testing.F) {
	k := NewKeys(Credentials{AccessKeyID: "AKIATEST", SecretAccessKey: "secret"})
	f.Add("AWS4-HMAC-SHA256 Credential=AKIATEST/20260501/us-east-1/sagemaker/aws4_request, SignedHeaders=host;x-amz-date, Signature=00")
	f.Add("AWS4-HMAC-SHA256 Credential=a/20260501/us-east-1/sagemaker/aws4_request, SignedHeaders=host;x-amz-date, Signature=00")
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,SignedHeaders=;;,Signature==")
	f.Add("AWS4-HMAC-SHA256")
	f.Add("")
	f.Fuzz(func(t *testing.T, header string) {
		a, fault := parseAuthorization(header)
		if fault == nil && (a.signature == "" || a.headers == "") {
			t.Fatalf("%q is accepted as %+v", header, a)
		}
		r := httptest.NewRequest(http.MethodPost, "/endpoints/demo/invocations", nil)
		r.Header.Set("X-Amz-Date", "20260501T120000Z")
		r.Header["Authorization"] = []string{header}
		if k.Verify(r, nil, "us-east-1", "sagemaker", time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)) == nil {
			t.Fatalf("%q signs a request without the key", header)
		}
	})
}
