package cloud

import (
	"encoding/pem"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/aws/smithy-go"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// freePort is where nobody listens.
func freePort(t *testing.T) string {
	l := listen(t)
	defer l.Close()
	return l.Addr().String()
}

// silent takes connections and never says a word.
func silent(t *testing.T) string {
	l := listen(t)
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// closing takes connections and closes them.
func closing(t *testing.T) string {
	l := listen(t)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	return l.Addr().String()
}

func pemOf(s *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

// operation wraps err as the SDK wraps what a call came back with.
func operation(service string, err error) error {
	return &smithy.OperationError{ServiceID: service, OperationName: "Op", Err: err}
}
