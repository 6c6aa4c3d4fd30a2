//go:build integration

package integration

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// md5Key is the key of a session of BGP.
const md5Key = "bGpKeYoFtEsT"

// signed makes a listener that has a key of TCP-MD5 (struct tcp_md5sig).
func signed(t *testing.T, ns *harness.NS) {
	t.Helper()
	l := ns.Listen("127.0.0.1:0")
	var sig [216]byte
	sig[0] = unix.AF_INET
	copy(sig[4:], []byte{192, 0, 2, 77})
	sig[130] = byte(len(md5Key)) // tcpm_keylen, a host word of 16 bits
	if *(*uint16)(unsafe.Pointer(&sig[130])) != uint16(len(md5Key)) {
		sig[130], sig[131] = 0, sig[130]
	}
	copy(sig[136:], md5Key)
	_, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(l.FD), unix.IPPROTO_TCP, unix.TCP_MD5SIG,
		uintptr(unsafe.Pointer(&sig[0])), uintptr(len(sig)), 0)
	if errno != 0 {
		t.Skipf("this kernel takes no keys of TCP-MD5: %v", errno)
	}
}

// TestAttackKeys searches for TCP-MD5 keys in all output of nlstat. ss -i prints them, as the original
// does.
func TestAttackKeys(t *testing.T) {
	ns := harness.New(t)
	signed(t, ns)
	if r := ns.Run("ss", "-tlni"); !bytes.Contains(r.Stdout, []byte(md5Key)) {
		t.Skipf("the kernel does not tell keys: %s", r.Stdout)
	}
	dir := t.TempDir()
	for _, line := range []string{
		"-a", "-a --json", "-a --jsonl", "-a --csv", "-a -k all --json=*", "listen --json", "-A -a --json", "record DIR/a", "--record DIR/b -a --json",
		"record --redact DIR/c", "record -", "explain tcp and rtt>1ms", "fields --json", "fields --schema", "summary --json", "kill listening --json",
		"wait listening --json", "diff DIR/a --json", "-w=10ms --times 2 --jsonl -a", "--replay DIR/a -a --json",
	} {
		r := ns.Run("nlstat", strings.Fields(strings.ReplaceAll(line, "DIR", dir))...)
		if bytes.Contains(r.Stdout, []byte(md5Key)) || bytes.Contains(r.Stderr, []byte(md5Key)) {
			t.Errorf("nlstat %s writes the key", line)
		}
		if r.Code != 0 && r.Code != 3 {
			t.Errorf("nlstat %s: exit code %d: %s", line, r.Code, r.Stderr)
		}
	}
	checkFiles(t, dir, []string{md5Key})
}

// checkFiles searches for secrets in the files of a directory, also in UTF-16 and in hexadecimal.
func checkFiles(t *testing.T, dir string, secrets []string) {
	t.Helper()
	files, err := filepath.Glob(dir + "/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(text, []byte(secret)) || bytes.Contains(text, fmt.Appendf(nil, "%x", secret)) {
				t.Errorf("%s has %q", filepath.Base(file), secret)
			}
		}
	}
}

// TestAttackRedacted checks that redacted recordings have no identifying data, and still have the rest.
func TestAttackRedacted(t *testing.T) {
	ns := harness.New(t)
	ns.Veth("wgsecretlink", "p0")
	ns.Addr("wgsecretlink", "198.51.100.77/24")
	ns.Addr("wgsecretlink", "2001:db8::7777:8888/64")
	l := ns.Listen("198.51.100.77:0")
	c := ns.TCP("198.51.100.77:0")
	c.Connect(l)
	l.Accept()
	six := ns.Listen("[2001:db8::7777:8888]:0")
	_ = six.Port() // it is there
	bound := ns.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	dir := t.TempDir()
	path := filepath.Join(t.TempDir(), "secretpath")
	s := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	a := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	err := errors.Join(
		unix.SetsockoptString(bound.FD, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "wgsecretlink"),
		unix.Bind(bound.FD, &unix.SockaddrInet4{Port: 7001}),
		unix.Bind(s.FD, &unix.SockaddrUnix{Name: path}), unix.Bind(a.FD, &unix.SockaddrUnix{Name: "@secretabstract"}),
	)
	if err != nil {
		t.Fatal(err)
	}
	holder := exec.CommandContext(t.Context(), "sh", "-c", "sleep 600; : --password=secretargument")
	holder.Env = []string{"SECRET=secretenvironment"}
	held := ns.UDP("198.51.100.77:0")
	file := os.NewFile(uintptr(held.FD), "socket")
	held.FD = -1
	holder.ExtraFiles = []*os.File{file}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	_ = file.Close()                                                  // the process has its own
	t.Cleanup(func() { _, _ = holder.Process.Kill(), holder.Wait() }) // killed
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("secretkey secretkey secretkey"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"record --redact DIR/a", "-a -k all --record DIR/b --redact", "record -A --redact DIR/c", "summary --record DIR/d --redact",
		"record DIR/e --redact-key KEY", "record DIR/f --redact-key KEY", "listen --record DIR/g --redact", "-a --json --record DIR/h --redact",
	} {
		r := ns.Run("nlstat", strings.Fields(strings.NewReplacer("DIR", dir, "KEY", key).Replace(line))...)
		if r.Code != 0 && r.Code != 3 {
			t.Errorf("nlstat %s: exit code %d: %s", line, r.Code, r.Stderr)
		}
	}
	host, err := os.Hostname()
	boot, err2 := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	checkFiles(t, dir, []string{
		"\xc6\x33\x64\x4d", "\x77\x77\x88\x88", "secretpath", "secretabstract", "secretargument", "secretenvironment", "wgsecretlink", "secretkey",
		strings.TrimSpace(string(boot)), "host\x00" + host,
	})
	r := ns.Run("nlstat", "--replay", dir+"/a", "-t", "state=established", "-c", "local,remote", "-H")
	ends := strings.Fields(string(r.Stdout))
	if len(ends) != 4 || ends[0] != ends[3] || ends[1] != ends[2] || !strings.HasPrefix(ends[0], "198.51.100.") {
		t.Errorf("pairs do not meet: %q, %s", ends, r.Stderr)
	}
	for line, want := range map[string]int{"diff DIR/e DIR/f": 0, "diff DIR/a DIR/b": 2, "diff DIR/a": 2, "diff DIR/a DIR/e": 2} {
		r := ns.Run("nlstat", strings.Fields(strings.ReplaceAll(line, "DIR", dir))...)
		if r.Code != want || want == 2 && !strings.Contains(string(r.Stderr), "redact") {
			t.Errorf("nlstat %s: exit code %d, %s", line, r.Code, r.Stderr)
		}
	}
}
