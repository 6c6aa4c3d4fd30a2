package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/metrics"
)

// TestPageHostile has names with markup, scripts and control characters.
func TestPageHostile(t *testing.T) {
	const name = "<script>alert(1)</script>\"'\x1b[31m\u202etxt\n{{.}}"
	v := &view{
		Host: clean(name), Version: "1", Status: metrics.Status{
			Time:      time.Now(),
			Listeners: []metrics.Listening{{Netns: name, Local: name, Process: name, Conns: 7}},
			Findings:  []doctor.Finding{{Severity: doctor.Critical, Netns: name, Text: name, Remedy: name}},
			Talkers:   []metrics.Talker{{Netns: name, Process: name, Rate: metrics.Rate{Sent: 1.5e6}}},
		},
	}
	var b bytes.Buffer
	if err := page.Execute(&b, v); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, bad := range []string{"<script", "\x1b", "\u202e", "txt\n", `"'`} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, want := range []string{"&lt;script&gt;", "1.5 MB/s", ">7<", `class="critical"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
}

// TestPagePolicy checks that the policy of the page forbids to load or run anything.
func TestPagePolicy(t *testing.T) {
	w := httptest.NewRecorder()
	handler(metrics.New(&metrics.Config{MaxSeries: 100})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if !strings.Contains(w.Body.String(), "<style>"+pageStyle+"</style>") {
		t.Error("the style is not the one of the policy")
	}
}

func TestRate(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0 B/s", 999: "999 B/s", 1500: "1.5 kB/s", 2.5e7: "25 MB/s", 3e12: "3000 GB/s",
	} {
		if got := rate(in); got != want {
			t.Errorf("%v is %q, want %q", in, got, want)
		}
	}
}

// FuzzClean checks that the result is printable.
func FuzzClean(f *testing.F) {
	f.Add("a\x1b[0m")
	f.Fuzz(func(t *testing.T, s string) {
		if got := clean(s); strings.ContainsAny(got, "\x1b\n\r\x00\u202e") {
			t.Errorf("%q", got)
		}
	})
}
