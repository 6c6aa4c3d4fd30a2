//go:build integration

package integration

import (
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNetstatExtensions checks what the manual promised and the reference refuses; docs/netstat-differences.md.
func TestNetstatExtensions(t *testing.T) {
	ns := harness.New(t)
	ns.Veth("fifteen-chars-x", "", ns.NS, "peer0", "")
	ns.Address("fifteen-chars-x", "2001:db8:1111:2222:3333:4444:5555:6666/64")
	ns.Listen("[2001:db8:1111:2222:3333:4444:5555:6666]:22")
	ns.UDP("127.0.0.1:0").ConnectTo("127.0.0.1:9")
	for _, tt := range []struct{ line, want, not string }{
		{"-I=lo", "\nlo ", "peer0"},
		{"-I peer0", "\npeer0 ", "\nlo "},
		{"--interfaces=lo -e", "\nlo: flags=73<UP,LOOPBACK,RUNNING>", "peer0"},
		{"-tln --notrim", "2001:db8:1111:2222:3333:4444:5555:6666:22", "3333:22 "},
		{"--tcpip -un", "127.0.0.1:9 ", "udp6"},
		{"-V", "net-tools 2.10 (nlstat ", "Baumgarten"},
	} {
		r := ns.Run("netstat", strings.Fields(tt.line)...)
		out := "\n" + string(r.Stdout)
		if r.Code != 0 || !strings.Contains(out, tt.want) || strings.Contains(out, tt.not) {
			t.Errorf("%s: exit code %d, want %q and not %q in:\n%s%s", tt.line, r.Code, tt.want, tt.not, out, r.Stderr)
		}
	}
	if r := ns.Run("netstat", "-I", "nosuch"); r.Code != 1 || !strings.HasPrefix(string(r.Stderr), "nosuch: ") {
		t.Errorf("-I nosuch: exit code %d, %s", r.Code, r.Stderr)
	}
}

// TestNetstatContinuous reads a few rounds of -c with an interval, then closes the pipe: netstat must end
// by itself, without an error.
func TestNetstatContinuous(t *testing.T) {
	ns := harness.New(t)
	ctx := t.Context()
	cmd := exec.CommandContext(ctx, harness.Program(t, "netstat"), "-ic", "0.01")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	b := make([]byte, 4096)
	for deadline := time.Now().Add(10 * time.Second); strings.Count(text.String(), "\nlo ") < 3; {
		n, err := out.Read(b)
		text.Write(b[:n])
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%v after:\n%s", err, text.String())
		}
	}
	if n := strings.Count(text.String(), "Kernel Interface table\n"); n != 1 {
		t.Errorf("%d titles, want one for all rounds", n)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the signal says it
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !signal.Ignored(unix.SIGPIPE) && (!ok || status.Signal() != unix.SIGPIPE) {
		t.Errorf("netstat -ic with its reader gone: %v, want SIGPIPE as of the original", cmd.ProcessState)
	}
}

// TestNetstatMasquerade translates the source of a flow and looks for it in -M.
func TestNetstatMasquerade(t *testing.T) {
	iptables := harness.Tool(t, "iptables")
	ns := harness.New(t)
	ip(t, ns, "addr add 10.5.0.1/32 dev lo")
	rule := "-t nat -A POSTROUTING -p udp -d 10.5.0.1 -j SNAT --to-source 127.0.0.9:7777"
	if r := ns.Run(iptables, strings.Fields(rule)...); r.Code != 0 {
		t.Skipf("no address translation here: %s", r.Stderr)
	}
	s := ns.UDP("127.0.0.1:4444")
	to := &unix.SockaddrInet4{Port: 53, Addr: [4]byte{10, 5, 0, 1}}
	if err := unix.Sendto(s.FD, []byte("x"), 0, to); err != nil {
		t.Fatal(err)
	}
	r := ns.Run("netstat", "-Mn")
	lines := strings.Split(string(r.Stdout), "\n")
	if r.Code != 0 || len(lines) < 3 || lines[0] != "IP masquerading entries" ||
		!strings.HasPrefix(lines[2], "udp   0:") ||
		!strings.HasSuffix(lines[2], " 127.0.0.1            10.5.0.1             4444 -> 53 (7777)") {
		t.Errorf("-Mn: exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	if r := ns.Run("netstat", "-M"); !strings.Contains(string(r.Stdout), "4444 -> domain (7777)") {
		t.Errorf("-M:\n%s%s", r.Stdout, r.Stderr)
	}
}

// TestNetstatFullDisk checks that lost output is an error.
func TestNetstatFullDisk(t *testing.T) {
	ns := harness.New(t)
	program := harness.Program(t, "netstat")
	for env, want := range map[string]int{"NETSTAT_STRICT=1": 0, "NETSTAT_STRICT=0": 1} {
		r := ns.Exec(&harness.Command{
			Path: harness.Tool(t, "sh"), Args: []string{"-c", "exec " + program + " -an >/dev/full"}, Env: []string{env},
		})
		if r.Code != want || want == 1 && !strings.Contains(string(r.Stderr), "no space left") {
			t.Errorf("%s: exit code %d, want %d; %q", env, r.Code, want, r.Stderr)
		}
	}
}
