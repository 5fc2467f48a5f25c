package sagemaker

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sagetop/runner"
)

// uuid is the request id of reply.
const uuid = "0f6b2bb4-3a5c-4ae0-9f0b-17c1d0e94d11"

// half is an answer of which the second half does not come; with hang it is waited for.
func half(status int, hang bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(requestIDHeader, uuid)
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(status)
		io.WriteString(w, strings.Repeat("x", 50))
		http.NewResponseController(w).Flush()
		if hang {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}
}

func TestSamples(t *testing.T) {
	const group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/my-own-Endpoint-2026-11-25"
	tests := []struct {
		name   string
		late   bool
		handle http.HandlerFunc
		want   runner.Sample
	}{
		{
			"container", false, reply(424, "ModelError", `{"OriginalStatusCode":507,"OriginalMessage":"request 4711:\n out of memory in 10.0.0.7:8080","LogStreamArn":"`+group+`","Message":"Received server error (507) in account 123456789012"}`),
			runner.Sample{RequestID: uuid, Message: "Received server error (507) in account 123456789012", OriginalMessage: "request 4711: out of memory in 10.0.0.7:8080", LogStreamARN: group},
		},
		{"no ARN", false, reply(424, "ModelError", `{"LogStreamArn":"arn:\u001b[31m","Message":"m"}`), runner.Sample{RequestID: uuid, Message: "m"}},
		{"null message", false, reply(400, "ThrottlingException", `{"message": null}`), runner.Sample{RequestID: uuid}},
		{"no error of AWS's", false, reply(502, "", "<html>secret</html>"), runner.Sample{RequestID: uuid}},
		{"long id", false, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(requestIDHeader, strings.Repeat("id-", 100))
			w.WriteHeader(500)
		}, runner.Sample{RequestID: strings.Repeat("id-", 20) + "i..."}},
		{"redirect", false, reply(307, "", ""), runner.Sample{RequestID: uuid}},
		{"long", false, reply(400, "ValidationError", `{"Message":"`+strings.Repeat("word ", 200)+`"}`), runner.Sample{RequestID: uuid, Message: strings.Repeat("word ", 99) + "wo..."}},
		{"cut failure", false, half(503, false), runner.Sample{RequestID: uuid}},
		{"cut success", false, half(200, false), runner.Sample{RequestID: uuid}},
		{"late inside the answer", true, half(200, true), runner.Sample{RequestID: uuid}},
		{"no answer", true, func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() }, runner.Sample{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			eachClient(t, func(t *testing.T, client string) {
				s := newServer(t, tt.handle)
				s.Start()
				cfg := by(client, testConfig(t, s.URL))
				if tt.late {
					cfg.Timeout = 5 * short // time to connect, and for the head of an answer
				}
				if r, got := invokeBy(t, cfg, 0); r.Failure.Class == runner.OK || got != tt.want {
					t.Errorf("%+v\ngot  %+v\nwant %+v", r.Failure, got, tt.want)
				}
			})
		})
	}
}

// Of failures of one kind, each has its own ids, also where what they mean is known from the one before. A failure without an answer
// has none of the answer before it.
func TestSamplesAreOfTheLastRequest(t *testing.T) {
	eachClient(t, func(t *testing.T, client string) {
		var s *server
		s = newServer(t, func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			n := s.requests.Load()
			if n == 3 {
				panic(http.ErrAbortHandler)
			}
			w.Header().Set(requestIDHeader, fmt.Sprint("id-", n))
			w.Header().Set("X-Amzn-Errortype", "ModelError")
			w.WriteHeader(424)
			io.WriteString(w, `{"Message":"the same"}`)
		})
		s.Start()
		cfg := by(client, testConfig(t, s.URL))
		cfg.Payload, _ = NewPayload([]byte("1"), []byte("2"), []byte("3"))
		inv := newInvoker(t, cfg)
		var r runner.Result
		for n, want := range []runner.Sample{
			{Request: 0, Payload: 1, RequestID: "id-1", Message: "the same"},
			{Request: 1, Payload: 2, RequestID: "id-2", Message: "the same"},
			{Request: 2, Payload: 3},
			{Request: 3, Payload: 1, RequestID: "id-4", Message: "the same"},
		} {
			inv.Invoke(t.Context(), uint64(n), &r)
			got := runner.Sample{Request: uint64(n)}
			inv.(runner.Explainer).Explain(&got)
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
	})
}

func TestLegible(t *testing.T) {
	const signature = "fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024"
	tests := []struct{ in, want string }{
		{"", ""},
		{"  two\n lines\tand \x1b[31mred ", "two lines and [31mred"},
		{"request " + uuid + " of 10.0.0.7:51234 took 87 ms", "request " + uuid + " of 10.0.0.7:51234 took 87 ms"},
		{"trace Root=1-5f84c7a5-1a2b3c4d5e6f7a8b9c0d1e2f;Sampled=1", "trace Root=1-5f84c7a5-1a2b3c4d5e6f7a8b9c0d1e2f;Sampled=1"},
		{
			"See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/my-endpoint-2026-11-25 in account 123456789012",
			"See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws/sagemaker/Endpoints/my-endpoint-2026-11-25 in account 123456789012",
		},
		{"File /usr/local/lib/python3.12/site-packages/transformers/models/distilbert/modeling_distilbert2.py", "File /usr/local/lib/python3.12/site-packages/transformers/models/distilbert/modeling_distilbert2.py"},
		{"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/jane", "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/jane"},
		{"key " + testKey + " secret '" + testSecret + "' token:" + testToken + ".", "key # secret '#' token:#."},
		{"Credential=" + testKey + "/20261125/us-east-1/sagemaker/aws4_request, Signature=" + signature, "Credential=#, Signature=#"},
		{"no match. The Canonical String for this request should have been 'POST x-amz-security-token:short'", "no match."},
		{"Invalid token hf_AbCdEfGhIjKlMnOpQrStUvWxYzabcdefgh for url", "Invalid token # for url"},
		{"aws_secret_access_key=wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY&x=1", "aws_secret_access_key=#&x=1"},
		{`{"password": "hunter22", "Authorization":"Basic dXNlcjpwYXNzd29yZA=="}`, `{"password": "#", "Authorization":"Basic #"}`},
		{"Unexpected token: identifier, max_new_tokens=512, token: 17", "Unexpected token: identifier, max_new_tokens=512, token: 17"},
		{"café ☕ 模型 bad \xff byte", "café ☕ 模型 bad byte"},
		{strings.Repeat("é", 600), strings.Repeat("é", 497) + "..."},
		{strings.Repeat("# ", 1020) + testToken, strings.TrimSpace(strings.Repeat("# ", 249)) + "..."},
	}
	for _, tt := range tests {
		if got := legible(tt.in); got != tt.want {
			t.Errorf("%q\n got  %q\n want %q", tt.in, got, tt.want)
		}
	}
	if got := legible(strings.Repeat(" ", maxScan-30) + testToken); got != "..." {
		t.Errorf("the beginning of a token is left: %q", got)
	}
}

// Secrets are drawn at random, so this counts them: in what is shown of a sample, and of its kind.
func TestNoSecretIsLegible(t *testing.T) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	draw := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct{ length, n int }{{40, 10_000}, {300, 500}} {
		left := 0
		for range c.n {
			secret := make([]byte, c.length)
			for i := range secret {
				secret[i] = letters[draw.IntN(len(letters))]
			}
			if text := "x " + string(secret) + " y"; legible(text) != "x # y" || Normalize(text) != "x # y" {
				left++
			}
		}
		if left > 0 {
			t.Errorf("%d of %d secrets of %d characters are left", left, c.n, c.length)
		}
	}
}

func FuzzLegible(f *testing.F) {
	for _, seed := range []string{"a 12345 b", "\x1b]0;x\a", testKey + "/" + testToken, "AKIAASIA", strings.Repeat("é=", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := legible(in)
		if !utf8.ValidString(out) || utf8.RuneCountInString(out) > maxShown {
			t.Fatalf("%q", out)
		}
		if strings.ContainsFunc(out, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("not printable: %q", out)
		}
	})
}
