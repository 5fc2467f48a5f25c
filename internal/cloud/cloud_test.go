package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sagemaker"
)

const (
	testKey    = "AKIATESTTESTTEST0001"
	testSecret = "wJalrXUtnTESTbPxRfiCYTESTKEY0123456789ab"
	testToken  = "IQoJb3JpZ2luX2VjEXAMPLETOKEN0123456789abcdefABCDEF+/0123456789=="
)

// bare makes an environment without AWS in it, with a home of its own, and returns that.
func bare(t *testing.T) string {
	t.Helper()
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			t.Setenv(name, "") // so that it comes back
			os.Unsetenv(name)
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, ".aws/config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws/credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return home
}

func withKeys(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", testKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", testSecret)
	t.Setenv("AWS_SESSION_TOKEN", testToken)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fakeAWS answers by operation name.
type fakeAWS struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	keys    []string // access key of each request
}

func newAWS(t *testing.T) *fakeAWS {
	t.Helper()
	f := &fakeAWS{answers: map[string]http.HandlerFunc{"GetCallerIdentity": identity("arn:aws:sts::123456789012:assumed-role/ml-dev/me")}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	_, op, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !ok {
		_, rest, _ := strings.Cut(string(body), "Action=")
		op, _, _ = strings.Cut(rest, "&")
	}
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(credential, "/")
	f.mu.Lock()
	f.keys = append(f.keys, key)
	answer := f.answers[op]
	f.mu.Unlock()
	if answer == nil {
		answer = failure(400, "UnknownOperationException", op)
	}
	answer(w, r)
}

func (f *fakeAWS) on(op string, answer http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answers[op] = answer
}

func (f *fakeAWS) lastKey() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.keys[len(f.keys)-1]
}

func identity(arn string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
			`<Arn>%s</Arn><UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, arn)
	}
}

func jsonReply(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		io.WriteString(w, body)
	}
}

func failure(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
	}
}

func xmlFailure(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error></ErrorResponse>`, code, message)
	}
}

func mustLoad(t *testing.T, opts Options) *Cloud {
	t.Helper()
	c, err := Load(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhereThingsComeFrom(t *testing.T) {
	files := func(t *testing.T, home string) {
		writeFile(t, filepath.Join(home, ".aws/config"), "[default]\nregion = eu-west-1\n[profile dev]\nregion = ap-south-1\n"+
			"[profile proc]\nregion=us-east-2\ncredential_process = printf '{\"Version\":1,\"AccessKeyId\":\"AKIAPROC\",\"SecretAccessKey\":\"s\",\"Expiration\":\"2099-01-01T00:00:00Z\"}'\n")
		writeFile(t, filepath.Join(home, ".aws/credentials"), "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n[dev]\naws_access_key_id = AKIADEV\naws_secret_access_key = s\n")
	}
	tests := []struct {
		name                      string
		opts                      Options
		env                       map[string]string
		region, regionFrom, creds string
		expires                   bool
	}{
		{
			"flag and environment",
			Options{Region: "us-west-2"},
			map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s", "AWS_REGION": "us-east-1"},
			"us-west-2", "--region", "environment", false,
		},
		{"AWS_REGION", Options{}, map[string]string{"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-2"}, "us-east-1", "AWS_REGION", "profile default in ~/.aws/credentials", false},
		{"AWS_DEFAULT_REGION", Options{}, map[string]string{"AWS_DEFAULT_REGION": "us-east-2"}, "us-east-2", "AWS_DEFAULT_REGION", "profile default in ~/.aws/credentials", false},
		{"default profile", Options{}, nil, "eu-west-1", "profile default in ~/.aws/config", "profile default in ~/.aws/credentials", false},
		{"profile flag", Options{Profile: "dev"}, map[string]string{"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}, "ap-south-1", "profile dev in ~/.aws/config", "profile dev in ~/.aws/credentials", false},
		{"AWS_PROFILE", Options{}, map[string]string{"AWS_PROFILE": "dev"}, "ap-south-1", "profile dev in ~/.aws/config", "profile dev in ~/.aws/credentials", false},
		{"process", Options{Profile: "proc"}, nil, "us-east-2", "profile proc in ~/.aws/config", "credential_process of profile proc", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files(t, bare(t))
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			c := mustLoad(t, tt.opts)
			if c.Region() != tt.region || c.RegionFrom() != tt.regionFrom {
				t.Errorf("region %s from %s, want %s from %s", c.Region(), c.RegionFrom(), tt.region, tt.regionFrom)
			}
			creds, err := c.Credentials(t.Context())
			if err != nil || creds.From != tt.creds || creds.Expires.IsZero() == tt.expires {
				t.Errorf("%+v %v, want from %s", creds, err, tt.creds)
			}
		})
	}
}

// A metadata service on loopback stands for EC2's.
func TestEC2(t *testing.T) {
	bare(t)
	os.Unsetenv("AWS_EC2_METADATA_DISABLED")
	metadata := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/latest/api/token":
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
			io.WriteString(w, "token")
		case "/latest/dynamic/instance-identity/document":
			io.WriteString(w, `{"region":"eu-north-1"}`)
		case "/latest/meta-data/iam/security-credentials/":
			io.WriteString(w, "loader")
		default:
			fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":"ASIAEC2","SecretAccessKey":"s","Token":"t","Expiration":%q}`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		}
	}))
	t.Cleanup(metadata.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.URL)
	c := mustLoad(t, Options{})
	creds, err := c.Credentials(t.Context())
	if err != nil || c.Region() != "eu-north-1" || c.RegionFrom() != "EC2 instance metadata" || creds.From != "EC2 instance role" || creds.Expires.IsZero() {
		t.Errorf("region %s from %s, credentials %+v, %v", c.Region(), c.RegionFrom(), creds, err)
	}
	if got := mustLoad(t, Options{Region: "us-east-1"}).ClientRegion(t.Context()); got != "eu-north-1" {
		t.Errorf("the client is in %q", got)
	}
	withKeys(t)
	if got := mustLoad(t, Options{Region: "us-east-1"}).ClientRegion(t.Context()); got != "" {
		t.Errorf("with keys of elsewhere the client is in %q", got)
	}
}

// The URL given outranks the environment's, and every service takes it.
func TestEndpointURL(t *testing.T) {
	bare(t)
	withKeys(t)
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:2")
	f := newAWS(t)
	f.on("ListTags", jsonReply(`{"Tags":[{"Key":"env","Value":"prod"}]}`))
	c := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL})
	if tags, err := c.Tags(t.Context(), "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"); err != nil || tags["env"] != "prod" {
		t.Errorf("%v %v", tags, err)
	}
	id, err := c.Identity(t.Context())
	if want := (Identity{"123456789012", "arn:aws:sts::123456789012:assumed-role/ml-dev/me", "ml-dev"}); err != nil || id != want {
		t.Errorf("%+v %v", id, err)
	}
}

func TestPrincipalName(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:sts::123456789012:assumed-role/ml-dev/session":                                        "ml-dev",
		"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_DataScience_0123456789abcdef/me@x.test": "DataScience",
		"arn:aws:iam::123456789012:user/team/alice":                                                    "alice",
		"arn:aws:iam::123456789012:root":                                                               "root",
		"arn:aws-cn:sts::123456789012:federated-user/bob":                                              "bob",
		"odd": "odd",
	} {
		if got := principalName(arn); got != want {
			t.Errorf("%s: %q, want %q", arn, got, want)
		}
	}
}

// An unreachable STS leaves what the credentials know.
func TestIdentityWithoutSTS(t *testing.T) {
	bare(t)
	withKeys(t)
	t.Setenv("AWS_ACCOUNT_ID", "123456789012")
	c := mustLoad(t, Options{Region: "us-east-1", EndpointURL: "http://127.0.0.1:1"})
	id, err := c.Identity(t.Context())
	if id.Account != "123456789012" || !errors.Is(err, ErrUnreachable) {
		t.Errorf("%+v %v", id, err)
	}
}

func TestEndpointsPages(t *testing.T) {
	bare(t)
	withKeys(t)
	f := newAWS(t)
	f.on("ListEndpoints", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		next, name := `,"NextToken":"2"`, "a"
		if strings.Contains(string(body), "NextToken") {
			next, name = "", "b"
		}
		jsonReply(fmt.Sprintf(`{"Endpoints":[{"EndpointName":%q,"EndpointArn":"arn","EndpointStatus":"InService","CreationTime":1.7e9,"LastModifiedTime":1.7e9}]%s}`, name, next))(w, r)
	})
	c := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL})
	all, err := c.Endpoints(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "a" || all[1].Name != "b" || all[1].Status != "InService" || all[1].Created.Unix() != 1.7e9 {
		t.Errorf("%+v %v", all, err)
	}
}

func TestAutoScaling(t *testing.T) {
	bare(t)
	withKeys(t)
	f := newAWS(t)
	c := mustLoad(t, Options{Region: "us-east-1", EndpointURL: f.URL})
	f.on("DescribeScalableTargets", jsonReply(`{"ScalableTargets":[]}`))
	if as, err := c.AutoScaling(t.Context(), "e", "v"); as != nil || err != nil {
		t.Errorf("none: %+v %v", as, err)
	}
	f.on("DescribeScalableTargets", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), "endpoint/e/variant/v") {
			t.Errorf("asked for %s", body)
		}
		jsonReply(`{"ScalableTargets":[{"MinCapacity":1,"MaxCapacity":4,"SuspendedState":{"DynamicScalingInSuspended":true,"DynamicScalingOutSuspended":true}}]}`)(w, r)
	})
	f.on("DescribeScalingPolicies", failure(400, "AccessDeniedException", "User: arn:aws:iam::1:user/u is not authorized to perform: application-autoscaling:DescribeScalingPolicies"))
	as, err := c.AutoScaling(t.Context(), "e", "v")
	if as == nil || as.Min != 1 || as.Max != 4 || !as.Paused || !errors.Is(err, ErrDenied) {
		t.Errorf("policies denied: %+v %v", as, err)
	}
	f.on("DescribeScalingPolicies", jsonReply(`{"ScalingPolicies":[{"PolicyName":"p1"}]}`))
	if as, err = c.AutoScaling(t.Context(), "e", "v"); err != nil || len(as.Policies) != 1 || as.Policies[0].Name != "p1" {
		t.Errorf("%+v %v", as, err)
	}
	f.on("DescribeScalableTargets", failure(400, "AccessDeniedException", ""))
	as, err = c.AutoScaling(t.Context(), "e", "v")
	if p, ok := errors.AsType[*Problem](err); as != nil || !ok || p.Permission != "application-autoscaling:DescribeScalableTargets" {
		t.Errorf("denied: %+v %v", as, err)
	}
}

// Clients that were made before Refresh sign with the new credentials after it.
func TestRefresh(t *testing.T) {
	home := bare(t)
	t.Setenv("AWS_REGION", "us-east-1")
	file := filepath.Join(home, ".aws/credentials")
	keys := func(id string) string {
		return "[default]\naws_access_key_id = " + id + "\naws_secret_access_key = s\naws_session_token = t\n"
	}
	writeFile(t, file, keys("ASIAOLD"))
	f := newAWS(t)
	f.on("ListEndpoints", jsonReply(`{"Endpoints":[]}`))
	c := mustLoad(t, Options{EndpointURL: f.URL})
	client := sagemaker.NewFromConfig(c.AWS())
	list := func() string {
		if _, err := client.ListEndpoints(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
		return f.lastKey()
	}
	if key := list(); key != "ASIAOLD" {
		t.Fatal(key)
	}

	f.on("GetCallerIdentity", xmlFailure(403, "ExpiredToken", "The security token included in the request is expired"))
	if _, err := c.Refresh(t.Context()); !errors.Is(err, ErrExpired) {
		t.Errorf("still the old ones: %v", err)
	}
	writeFile(t, file, keys("ASIANEW"))
	if _, err := c.Refresh(t.Context()); !errors.Is(err, ErrExpired) || list() != "ASIAOLD" {
		t.Errorf("new ones that STS refuses were taken: %v", err)
	}
	f.on("GetCallerIdentity", identity("arn:aws:iam::123456789012:user/u"))
	if expires, err := c.Refresh(t.Context()); err != nil || !expires.IsZero() {
		t.Errorf("%v %v", expires, err)
	}
	if key := list(); key != "ASIANEW" {
		t.Errorf("an old client signs with %s", key)
	}

	f.on("GetCallerIdentity", xmlFailure(403, "AccessDenied", "no"))
	if _, err := c.Refresh(t.Context()); !errors.Is(err, ErrExpired) {
		t.Errorf("the same again were taken though nobody says that they are good: %v", err)
	}
	writeFile(t, file, keys("ASIATHIRD"))
	if _, err := c.Refresh(t.Context()); err != nil || list() != "ASIATHIRD" {
		t.Errorf("others, of which nobody says that they are bad, were refused: %v", err)
	}
}
