package cli

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/diag"
)

// TestDiffOfRestart checks that a service that listens again is told, with the option that compares services.
func TestDiffOfRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service")
	record := func(name string) string {
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }() // removes the path
		file := filepath.Join(t.TempDir(), name)
		if _, errs, code := runMain(t, "record", file, "-x"); code != exitOK {
			t.Fatalf("record: %d, %s", code, errs)
		}
		return file
	}
	args := []string{"diff", record("before"), record("after"), "-x", "--csv=change,path", "-H", "--", "path=" + path}
	out, errs, _ := runMain(t, args...)
	if want := "new," + path + "\nclosed," + path + "\n"; out != want {
		t.Errorf("rows: %q, want %q", out, want)
	}
	if want := "1 endpoint was closed and opened again, as by a restart; --by endpoint"; !strings.Contains(errs, want) {
		t.Errorf("%q, want %q", errs, want)
	}
	out, errs, _ = runMain(t, append(args[:3:3], append([]string{"--by", "endpoint"}, args[3:]...)...)...)
	if out+errs != "" {
		t.Errorf("by endpoint: %q, %q; want nothing", out, errs)
	}
}

// TestDiffOfHosts checks the words for sockets of two hosts: nothing was closed.
func TestDiffOfHosts(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "service"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	here, other := filepath.Join(t.TempDir(), "here"), filepath.Join(t.TempDir(), "other")
	if _, errs, code := runMain(t, "record", here, "-x"); code != exitOK {
		t.Fatalf("record: %d, %s", code, errs)
	}
	var b bytes.Buffer
	head := diag.Head{Host: "other.example", BootID: strings.Repeat("5", 32)}
	if err := diag.NewRecorder(&b, &head).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for word, files := range map[string][]string{"only in A": {here, other}, "only in B": {other, here}} {
		for _, by := range []string{"socket", "endpoint"} {
			args := append([]string{"diff", "-x", "-H", "--csv=change", "--by", by}, files...)
			out, errs, _ := runMain(t, append(args, "--", "path="+l.Addr().String())...)
			if out != word+"\n" || !strings.Contains(errs, "is host other.example") {
				t.Errorf("%s by %s: %q, %q", word, by, out, errs)
			}
		}
	}
}
