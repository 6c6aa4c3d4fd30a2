//go:build integration

package integration

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"github.com/vishvananda/netlink"
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

// redactedLines make recordings without identifying data, in DIR. Those of e and f have the same key.
var redactedLines = []string{
	"record --redact DIR/a", "-a -k all --record DIR/b --redact", "record -A --redact DIR/c", "summary --record DIR/d --redact",
	"record DIR/e --redact-key KEY", "record DIR/f --redact-key KEY", "listen --record DIR/g --redact", "-a --json --record DIR/h --redact",
	"record -A -a -k all --redact DIR/i", "-N self -a --record DIR/j --redact", "-x -a --record=DIR/k --redact", "-A -g process --record DIR/l --redact",
	"-a --rate=10ms --record DIR/m --redact", "-t -r -a --record DIR/n --redact-key=KEY", "record -k packet,unix,netlink --redact DIR/o",
	"-a -c +command,unit,cgroup,iface,user --record DIR/p --redact", "summary -A --record DIR/q --redact", "-A -l --csv --redact --record DIR/r",
	"-6 -a --record DIR/s --redact", "record --redact -", "record -A --redact-key KEY -",
}

// strangeUser is the user of a socket, whose number is not that of anything else.
const strangeUser = 0x5ec2e7ad

// TestAttackRedacted checks that redacted recordings have no identifying data, and still have the rest.
func TestAttackRedacted(t *testing.T) {
	ns := harness.New(t)
	space := namedAttack(t)
	dir := t.TempDir()
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("secretkey secretkey secretkey"), 0o600); err != nil {
		t.Fatal(err)
	}
	identify(t, ns)
	for _, line := range redactedLines {
		r := ns.Run("nlstat", strings.Fields(strings.NewReplacer("DIR", dir, "KEY", key).Replace(line))...)
		if r.Code != 0 && r.Code != 3 {
			t.Errorf("nlstat %s: exit code %d: %s", line, r.Code, r.Stderr)
		}
		if name, ok := strings.CutSuffix(line, " -"); ok {
			if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(name, " ", "_")), r.Stdout, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	host, err := os.Hostname()
	boot, err2 := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	secrets := []string{
		"\xc6\x33\x64\x4d", "\x77\x77\x88\x88", "\xff\x77\x88\x88", "secretpath", "secretabstract", "secretargument", "secretenvironment", "wgsecretlink",
		"secretkey", "secretalias", "secretdatagram", "\x02\x5e\xc2\xe7\xad\xd2", "\x5e\xc2\xff\xfe\xe7\xad\x00\xd2", "\xad\xe7\xc2\x5e", space,
		strings.TrimSpace(string(boot)), "host\x00" + host,
	}
	checkFiles(t, dir, secrets)
	whole := t.TempDir()
	if r := ns.Run("nlstat", "record", "-A", "-a", "-k", "all", whole+"/whole"); r.Code != 0 && r.Code != 3 {
		t.Errorf("record: exit code %d: %s", r.Code, r.Stderr)
	}
	text, err := os.ReadFile(whole + "/whole")
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		"\xc6\x33\x64\x4d", "\x77\x77\x88\x88", "secretpath", "secretabstract", "secretargument", "wgsecretlink", "secretdatagram",
		"\x5e\xc2\xff\xfe\xe7\xad\x00\xd2", "\xad\xe7\xc2\x5e", space, strings.TrimSpace(string(boot)),
	} {
		if !bytes.Contains(text, []byte(secret)) {
			t.Errorf("%q is in no recording, so that nothing takes it away", secret)
		}
	}
	checkPairs(t, ns, dir)
}

// identify makes links, addresses, sockets and processes that tell whose host it is.
func identify(t *testing.T, ns *harness.NS) {
	t.Helper()
	ns.Veth("wgsecretlink", "", ns.NS, "p0", "")
	ns.Address("wgsecretlink", "198.51.100.77/24")
	ns.Address("wgsecretlink", "2001:db8::7777:8888/64")
	ns.Address("wgsecretlink", "2001:db8:1::5ec2:fffe:e7ad:d2/64")
	link, err := netlink.LinkByName("wgsecretlink")
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(netlink.LinkSetHardwareAddr(link, net.HardwareAddr{0x02, 0x5e, 0xc2, 0xe7, 0xad, 0xd2}), netlink.LinkSetAlias(link, "secretalias"))
	if err != nil {
		t.Fatal(err)
	}
	l := ns.Listen("198.51.100.77:0")
	c := ns.TCP("198.51.100.77:0")
	c.Connect(l)
	l.Accept()
	ns.Listen("[2001:db8::7777:8888]:0")
	ns.Listen("[2001:db8:1::5ec2:fffe:e7ad:d2]:0")
	bound, owned := ns.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0), ns.UDP("198.51.100.77:0")
	stream, abstract := ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0), ns.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	datagram, packet := ns.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0), ns.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	mapped := ns.Socket(unix.AF_INET6, unix.SOCK_DGRAM, 0)
	dir := t.TempDir()
	err = errors.Join(
		unix.SetsockoptString(bound.FD, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "wgsecretlink"),
		unix.Bind(bound.FD, &unix.SockaddrInet4{Port: 7001}),
		unix.Bind(stream.FD, &unix.SockaddrUnix{Name: dir + "/secretpath"}), unix.Bind(abstract.FD, &unix.SockaddrUnix{Name: "@secretabstract"}),
		unix.Bind(datagram.FD, &unix.SockaddrUnix{Name: dir + "/secretdatagram"}),
		unix.Bind(packet.FD, &unix.SockaddrLinklayer{Ifindex: link.Attrs().Index}),
		unix.SetsockoptInt(mapped.FD, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 0),
		unix.Bind(mapped.FD, &unix.SockaddrInet6{Addr: [16]byte{10: 0xff, 11: 0xff, 12: 198, 13: 51, 14: 100, 15: 77}}),
		unix.Fchown(owned.FD, strangeUser, strangeUser),
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
}

// checkPairs checks that both ends of a connection still meet, and what recordings can be compared.
func checkPairs(t *testing.T, ns *harness.NS, dir string) {
	t.Helper()
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
