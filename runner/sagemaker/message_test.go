package sagemaker

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestNormalize(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"Rate exceeded", "Rate exceeded"},
		{"  two\n lines\tand \x1b[31mred ", "two lines and [31mred"},
		{"server error (500) from model", "server error (500) from model"},
		{"took 1.25s, then 1.30s.", "took #, then #."},
		{"waited 87 ms for worker 3", "waited # ms for worker 3"},
		{"RequestId: 0f6b2bb4-3a5c-4ae0-9f0b-17c1d0e94d11", "RequestId: #"},
		{"trace Root=1-5f84c7a5-1a2b3c4d5e6f7a8b9c0d1e2f;Sampled=1", "trace Root=#;Sampled=1"},
		{"at 2026-11-23T10:00:00.123Z from 10.0.0.7:51234", "at # from #"},
		{"arn:aws:sagemaker:us-east-1:123456789012:endpoint/e", "arn:aws:sagemaker:us-east-1:#:endpoint/e"},
		{"pid=48213 id req_8fG3kd92LsQ", "pid=# id req_#"},
		{"see https://x.test/1 or ask", "see # or ask"},
		{"Failed. See https://x.test/1 in account 1 for more information.", "Failed."},
		{"key " + testKey + " secret " + testSecret + " token " + testToken, "key # secret # token #"},
		{"key AKIAIOSFODNN7EXAMPLE, password=hunter22", "key #, password=#"},
		{"code E12345x of A7", "code E#x of A7"},
		{"café ☕ 模型", "café ☕ 模型"},
		{"bad \xff byte", "bad byte"},
		{strings.Repeat("word ", 100), strings.Repeat("word ", 31) + "wo..."},
	}
	for _, tt := range tests {
		if got := Normalize(tt.in); got != tt.want {
			t.Errorf("%q\n got  %q\n want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"a 12345 b", "\x1b]0;x\a", "1.5s 10.0.0.1:80", "See https://x", strings.Repeat("é", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := Normalize(in)
		if !utf8.ValidString(out) || utf8.RuneCountInString(out) > maxMessage {
			t.Fatalf("%q", out)
		}
		if strings.ContainsFunc(out, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("not printable: %q", out)
		}
		if strings.Contains(strings.Map(digitsOnly, out), "0000") {
			t.Fatalf("a long number is left in %q of %q", out, in)
		}
	})
}

// digitsOnly marks digits as 0 and drops nothing.
func digitsOnly(r rune) rune {
	if r >= '0' && r <= '9' {
		return '0'
	}
	return 'x'
}
