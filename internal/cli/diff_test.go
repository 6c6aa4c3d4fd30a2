package cli

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
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
			out, errs, _ = runMain(t, append(args, "--", "path=/nosuchpath")...)
			if out != "" || !strings.Contains(errs, "is host other.example") {
				t.Errorf("no row by %s: %q, %q; want the hosts", by, out, errs)
			}
		}
	}
}

// TestDiffOfSameListener compares two hosts that listen on the same path: nothing was restarted there. One host
// has a boot id, and a name in each container.
func TestDiffOfSameListener(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "service"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	here := filepath.Join(t.TempDir(), "here")
	if _, errs, code := runMain(t, "record", here, "-x"); code != exitOK {
		t.Fatalf("record: %d, %s", code, errs)
	}
	recorded, err := os.ReadFile(here)
	if err != nil {
		t.Fatal(err)
	}
	head, err := inspect.Host()
	if err != nil {
		t.Fatal(err)
	}
	// a recording ends with the check sum of what is before
	replaced := func(b []byte, was, is string) []byte {
		b = bytes.Replace(b[:len(b)-4], []byte(was), []byte(is), 1)
		return binary.NativeEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	}
	renamed := replaced(recorded, "host\x00"+head.Host, "host\x00"+strings.Repeat("h", len(head.Host)))
	moved := replaced(renamed, head.BootID, strings.Repeat("5", len(head.BootID)))
	for _, tt := range []struct {
		other     []byte
		out, errs string
	}{
		{renamed, "", ""},
		{moved, "only in B\nonly in A\n", "A is host"},
	} {
		other := filepath.Join(t.TempDir(), "other")
		if err := os.WriteFile(other, tt.other, 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs, _ := runMain(t, "diff", here, other, "-x", "-H", "--csv=change", "--", "path="+l.Addr().String())
		if out != tt.out || (errs == "") != (tt.errs == "") || !strings.Contains(errs, tt.errs) || strings.Contains(errs, "restart") || strings.Count(errs, "\n") > 1 {
			t.Errorf("%q, %q; want %q, %q", out, errs, tt.out, tt.errs)
		}
	}
}

// TestRestarts checks that an endpoint of several workers is counted once.
func TestRestarts(t *testing.T) {
	worker := &inspect.Row{Socket: &diag.Socket{
		Family: unix.AF_INET, Type: unix.SOCK_STREAM, Protocol: unix.IPPROTO_TCP, State: diag.StateListen,
		Local: netip.MustParseAddrPort("192.0.2.1:80"),
	}}
	same, other := restarts{opened: map[string]bool{}}, restarts{}
	for _, r := range []*restarts{&same, &other} {
		r.add(&view.Socket{Row: worker, Result: view.New})
		r.remove(worker)
		r.remove(worker)
	}
	if same.n != 1 || other.n != 0 {
		t.Errorf("%d restarts, %d on another host; want 1 and 0", same.n, other.n)
	}
}
