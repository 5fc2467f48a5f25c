package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The control path changes what is simulated while it is. Its requests are not signed, so it answers only to this host, and to
// nothing that a page in a browser could send.

// controlPath is no beginning of a path of AWS's.
const controlPath = "/_simulate/"

const maxControlBody = 64 << 10

// controls by method and path.
var controls = map[string]func(*Server, *http.Request) (any, error){
	"GET /_simulate/faults":         (*Server).listFaults,
	"POST /_simulate/faults":        (*Server).postFault,
	"DELETE /_simulate/faults":      (*Server).deleteFaults,
	"DELETE /_simulate/faults/{id}": (*Server).deleteFault,
	"POST /_simulate/credentials":   (*Server).postCredentials,
	"GET /_simulate/counts":         (*Server).listCounts,
}

// newControl serves the control path.
func (s *Server) newControl() http.Handler {
	mux := http.NewServeMux()
	for pattern, f := range controls {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			out, err := f(s, r)
			if err != nil {
				refuse(w, err)
				return
			}
			say(w, http.StatusOK, out)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		there := []string{}
		for pattern := range controls {
			there = append(there, pattern)
		}
		slices.Sort(there)
		refuse(w, controlError{http.StatusNotFound, fmt.Sprintf("%s %s: there are %s", r.Method, r.URL.EscapedPath(), strings.Join(there, ", "))})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := local(r); err != nil {
			refuse(w, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxControlBody)
		mux.ServeHTTP(w, r)
	})
}

// controlError is an answer of the control path with a status other than 400.
type controlError struct {
	status int
	text   string
}

func (e controlError) Error() string { return e.text }

// local refuses what does not come from a program on this host. A page in a browser sends an Origin, or, once its name was made to
// point here, the name as the Host.
func local(r *http.Request) error {
	forbid := func(text string) error { return controlError{http.StatusForbidden, text} }
	if r.Header.Get("Origin") != "" {
		return forbid("a request of a page in a browser: use a program such as curl")
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	own, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() && (own == nil || host(own.String()) != host(r.RemoteAddr)) {
		return forbid("a request from another host: send it from the host that sagetop runs on")
	}
	name := host(r.Host)
	ip, err := netip.ParseAddr(name)
	if name != "localhost" && (err != nil || !ip.Unmap().IsLoopback() && (own == nil || name != host(own.String()))) {
		return forbid(fmt.Sprintf("a request to the name %.64q: use the address that sagetop printed", r.Host))
	}
	return nil
}

// host of an address, with or without a port.
func host(address string) string {
	if name, _, err := net.SplitHostPort(address); err == nil {
		return name
	}
	return strings.Trim(address, "[]")
}

func say(w http.ResponseWriter, status int, out any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out) // a client that is gone misses nothing
}

// refuse says what is wrong, and of a field which it is and what it may be.
func refuse(w http.ResponseWriter, err error) {
	out := struct {
		Error   string `json:"error"`
		Field   string `json:"field,omitempty"`
		Allowed string `json:"allowed,omitempty"`
	}{Error: strings.TrimPrefix(err.Error(), "simulator: ")}
	status := http.StatusBadRequest
	if e, ok := errors.AsType[controlError](err); ok {
		status = e.status
	}
	if e, ok := errors.AsType[*FieldError](err); ok {
		out.Field, out.Allowed = e.Field, e.Want
	}
	say(w, status, out)
}

// object reads the body of r into in.
func object(r *http.Request, in any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("the body cannot be read: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		if errors.Is(err, ErrFault) {
			return err
		}
		return fmt.Errorf("the body is not the JSON that is wanted: %w", err)
	}
	return nil
}

type faultID struct {
	ID int `json:"id"`
}

type listedFault struct {
	faultID
	Fault
	Met int `json:"met"` // requests
}

func (s *Server) listFaults(*http.Request) (any, error) {
	out := struct {
		Faults []listedFault `json:"faults"`
	}{[]listedFault{}}
	for _, a := range s.faults.list() {
		out.Faults = append(out.Faults, listedFault{faultID{a.id}, a.Fault, a.met})
	}
	return out, nil
}

func (s *Server) postFault(r *http.Request) (any, error) {
	var f Fault
	if err := object(r, &f); err != nil {
		return nil, err
	}
	id, err := s.setFault(f)
	return faultID{id}, err
}

func (s *Server) deleteFaults(*http.Request) (any, error) {
	s.ClearFaults()
	return s.listFaults(nil)
}

func (s *Server) deleteFault(r *http.Request) (any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || !s.dropFault(id) {
		return nil, controlError{http.StatusNotFound, fmt.Sprintf("no fault %.64q is set, or it is over", r.PathValue("id"))}
	}
	return s.listFaults(nil)
}

// postCredentials lets the present credentials expire, makes them valid again, or makes others valid.
func (s *Server) postCredentials(r *http.Request) (any, error) {
	var in struct {
		Expire          *bool  `json:"expire"`
		AccessKeyID     string `json:"access_key_id"`
		SecretAccessKey string `json:"secret_access_key"`
		SessionToken    string `json:"session_token"`
	}
	if err := object(r, &in); err != nil {
		return nil, err
	}
	others := Credentials{AccessKeyID: in.AccessKeyID, SecretAccessKey: in.SecretAccessKey, SessionToken: in.SessionToken}
	switch {
	case in.Expire != nil && others == Credentials{}:
		if *in.Expire {
			s.ExpireCredentials()
		} else {
			s.SetCredentials(s.Credentials())
		}
	case in.Expire == nil && in.AccessKeyID != "" && in.SecretAccessKey != "":
		s.SetCredentials(others)
	default:
		return nil, errors.New("give either expire (true or false), or access_key_id and secret_access_key, with session_token if there is one")
	}
	return struct {
		AccessKeyID string `json:"access_key_id"`
		Expired     bool   `json:"expired"`
	}{s.Credentials().AccessKeyID, in.Expire != nil && *in.Expire}, nil
}

type listedCount struct {
	Operation string `json:"operation"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Count     uint64 `json:"count"`
}

func (s *Server) listCounts(*http.Request) (any, error) {
	out := struct {
		Counts []listedCount `json:"counts"`
	}{[]listedCount{}}
	for a, n := range s.Counts() {
		out.Counts = append(out.Counts, listedCount{a.Operation, a.Status, a.Code, n})
	}
	slices.SortFunc(out.Counts, func(a, b listedCount) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code))
	})
	return out, nil
}
