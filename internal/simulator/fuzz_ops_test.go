package simulator

import (
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sagetop/internal/simulator/wire"
)

// FuzzOperations sends any body to every operation of Logs, Price List and Service Quotas.
func FuzzOperations(f *testing.F) {
	s, _ := loadedServer(f)
	services := []*wire.Service{wire.Logs, wire.Pricing, wire.Quotas}
	for _, body := range []string{
		`{}`, `[]`, `null`, `{"logGroupName":"/aws/sagemaker/Endpoints/demo","limit":1,"filterPattern":"-a \"b c\" ?d"}`,
		`{"logGroupName":"/aws/sagemaker/Endpoints/demo","nextToken":"MCAwIC0","logStreamName":"AllTraffic/i-0000000000000001"}`,
		`{"logGroupName":"/aws/sagemaker/Endpoints/demo","nextToken":"f/MCAwIC0","startTime":9223372036854775807,"logStreamName":"AllTraffic/i-0000000000000001"}`,
		`{"ServiceCode":"AmazonSageMaker","MaxResults":1,"NextToken":"MQ","Filters":[{"Type":"TERM_MATCH","Field":"vCpu","Value":"48"}]}`,
		`{"ServiceCode":"sagemaker","QuotaCode":"L-1","MaxResults":1,"NextToken":"MQ"}`,
	} {
		for which := range uint(3) {
			f.Add(which, uint(0), body)
			f.Add(which, uint(1), body)
		}
	}
	f.Fuzz(func(t *testing.T, which, operation uint, body string) {
		service := services[which%uint(len(services))]
		names := slices.Sorted(maps.Keys(operations[service]))
		x := wire.Call{Protocol: wire.JSON11, Service: service, Operation: names[operation%uint(len(names))], Body: []byte(body)}
		ask(t, s, &x)
	})
}

// FuzzControlPath sends any body to the control path: it is set as it was read, or refused.
func FuzzControlPath(f *testing.F) {
	f.Add(`{"kind":"slow","delay":"1s","share":0.5,"for":"1h","operation":"cloudwatch:*"}`)
	f.Add(`{"kind":"reset","next":1e3,"from":"-1s"}`)
	f.Add(`{"Kind":"reset","kind":null}`)
	f.Fuzz(func(t *testing.T, body string) {
		s, _ := loadedServer(t)
		r := httptest.NewRequestWithContext(t.Context(), "POST", "http://127.0.0.1/_simulate/faults", strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		set := len(s.faults.list())
		if w.Code != 200 && w.Code != 400 || (w.Code == 200) != (set == 1) {
			t.Errorf("status %d, %d faults set: %s", w.Code, set, w.Body)
		}
	})
}
