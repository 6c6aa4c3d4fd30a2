//go:build linux

package nltest_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/nltest"
)

func TestMain(m *testing.M) { os.Exit(nltest.Main(m)) }

// TestExpect checks expectations that are met, with all options.
func TestExpect(t *testing.T) {
	ns := nltest.New(t)
	ns.NoLeaks()
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		l := ns.Listen("tcp", host+":0")
		at := l.Addr().String()
		c := ns.Dial("tcp", at)
		_, port, _ := strings.Cut(at, host+":")
		for _, address := range []string{at, ":" + port} {
			if r := ns.Listening("tcp", address, nltest.ByPID(os.Getpid())); r.State != diag.StateListen {
				t.Errorf("%s: %s", address, r.State)
			}
		}
		if r := ns.Connected("tcp", c.LocalAddr().String(), at); r.Local.String() != c.LocalAddr().String() {
			t.Errorf("connection of %s, want %s", r.Local, c.LocalAddr())
		}
		ns.Connected("tcp", "", c.LocalAddr().String())
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	ns.Gone("tcp", "127.0.0.1:9")
	p := ns.ListenPacket("udp4", "127.0.0.1:0")
	ns.Listening("udp", p.LocalAddr().String())
	name := t.TempDir() + "/socket"
	ns.Listen("unix", name)
	ns.Listening("unix", name)
	ns.Dial("unix", name)
	ns.Listen("unix", "@nltest")
	ns.Listening("unix", "@nltest", nltest.By(comm(t)))
}

func comm(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// TestLate checks that expectations wait.
func TestLate(t *testing.T) {
	ns := nltest.New(t)
	port := ns.FreePort("tcp")
	at := fmt.Sprintf("127.0.0.1:%d", port)
	opened := make(chan net.Listener, 1)
	go ns.Do(func() {
		time.Sleep(50 * time.Millisecond)
		l, err := net.Listen("tcp", at) //nolint:noctx // it does not wait
		if err != nil {
			t.Error(err)
		}
		opened <- l
	})
	ns.Listening("tcp", at)
	if err := (<-opened).Close(); err != nil {
		t.Error(err)
	}
	ns.Gone("tcp", at)
}

// holders are the processes of a line.
var holders = regexp.MustCompile(` \S+\(\d+\)`)

// TestFaults checks the messages of expectations that are not met.
func TestFaults(t *testing.T) {
	ns := nltest.New(t)
	ns.Listen("tcp", "127.0.0.1:8080")
	ns.ListenPacket("udp", "127.0.0.1:53")
	once := nltest.Within(0)
	const listener = "\n\ttcp LISTEN 127.0.0.1:8080"
	for _, c := range []struct {
		fault func(*nltest.NS)
		want  string
	}{
		{func(ns *nltest.NS) { ns.Listening("tcp", ":8081", once) }, "no tcp socket listens on :8081; there are:" + listener},
		{func(ns *nltest.NS) { ns.Listening("tcp6", ":8080", once) }, "no tcp6 socket listens on :8080; there are: none"},
		{
			func(ns *nltest.NS) { ns.Listening("tcp", ":8080", once, nltest.By("x")) },
			"no tcp socket listens on :8080 by x; there are:" + listener,
		},
		{
			func(ns *nltest.NS) { ns.Listening("udp", "127.0.0.2:53", once) },
			"no udp socket listens on 127.0.0.2:53; there are:\n\tudp UNCONN 127.0.0.1:53",
		},
		{
			func(ns *nltest.NS) { ns.Connected("tcp", "", ":8080", once) },
			`no tcp connection from "" to ":8080"; there are:` + listener,
		},
		{func(ns *nltest.NS) { ns.Gone("tcp", ":8080", once) }, "sockets are left at tcp :8080:" + listener},
		{
			func(ns *nltest.NS) { ns.Listening("tcp", "localhost:80") },
			`nltest: "localhost:80": expected numbers, such as 127.0.0.1:80, [::1]:80 or :80`,
		},
		{
			func(ns *nltest.NS) { ns.Listening("sctp", ":80") },
			`nltest: unknown network "sctp": expected tcp, udp, unix, unixgram or unixpacket`,
		},
		{func(ns *nltest.NS) { ns.Address("lo", "10.0.0.1") }, `nltest: address of lo: netip.ParsePrefix("10.0.0.1"): no '/'`},
		{func(ns *nltest.NS) { ns.Up("nothere0") }, "nltest: no link nothere0"},
	} {
		got := holders.ReplaceAllString(faults(t, ns, c.fault), "") // others may look for namespaces by it just now
		if got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// TestLeaks checks that a leak fails the test and is named.
func TestLeaks(t *testing.T) {
	var left net.Listener
	ns := nltest.New(t)
	ns.Listen("tcp", "127.0.0.1:1")
	got := faults(t, ns, func(ns *nltest.NS) {
		ns.NoLeaks(nltest.Within(0))
		ns.Listen("tcp", "127.0.0.1:2")
		ns.Do(func() { left, _ = net.Listen("tcp", "127.0.0.1:3") }) //nolint:noctx // it does not wait
	})
	if left == nil {
		t.Fatal("nothing was opened")
	}
	defer func() { _ = left.Close() }() // nothing was written
	if want := "sockets are left behind:\n\ttcp LISTEN 127.0.0.1:3 "; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A recorder is a test that is expected to fail.
type recorder struct {
	testing.TB
	said     string
	cleanups []func()
}

func (r *recorder) Helper()                            {}
func (r *recorder) Cleanup(f func())                   { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, words ...any) { r.said += fmt.Sprintf(format, words...) }

func (r *recorder) Fatalf(format string, words ...any) {
	r.Errorf(format, words...)
	runtime.Goexit()
}

// faults returns the failures of a test.
func faults(t *testing.T, ns *nltest.NS, test func(*nltest.NS)) string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for _, f := range slices.Backward(r.cleanups) {
				f()
			}
		}()
		test(ns.With(r))
	}()
	<-done
	return r.said
}

// TestLinks checks that two namespaces are connected, by addresses of both families and by a route.
func TestLinks(t *testing.T) {
	client, server := nltest.New(t), nltest.New(t)
	client.Veth("eth0", "10.0.0.1/24", server, "", "10.0.0.2/24")
	client.Address("eth0", "2001:db8::1/64")
	server.Address("eth0", "2001:db8::2/64")
	server.Dummy("app0", "10.9.0.1/32", "2001:db8:9::1/128")
	client.Route("10.9.0.0/16", "10.0.0.2")
	client.Route("2001:db8:9::/48", "2001:db8::2")
	for _, at := range []string{"10.0.0.2:80", "[2001:db8::2]:80", "10.9.0.1:80", "[2001:db8:9::1]:80"} {
		l := server.Listen("tcp", at)
		c := client.Dial("tcp", at)
		client.Connected("tcp", c.LocalAddr().String(), at)
		server.Connected("tcp", at, c.LocalAddr().String())
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	if client.Index("lo") != 1 {
		t.Errorf("lo has index %d", client.Index("lo"))
	}
}

// TestApart checks that the test's thread and process do not change their namespace.
func TestApart(t *testing.T) {
	before, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	ns := nltest.New(t)
	ns.Do(func() {})
	for _, at := range []string{"/proc/self/ns/net", "/proc/thread-self/ns/net"} {
		if after, err := os.Readlink(at); after != before {
			t.Errorf("%s: %s, %v, was %s", at, after, err, before)
		}
	}
	path, err := os.Readlink(ns.Path())
	if err != nil || path == before {
		t.Errorf("%s: %s, %v", ns.Path(), path, err)
	}
}

// TestOrdinaryUser runs the tests of this package as a user without rights.
func TestOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 || os.Getenv("NLTEST_USERNS") != "" {
		t.Skip("another user can be changed to by root only; these tests run as one already")
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run", "Expect|Late|Faults|Links|Apart", "-test.v")
	cmd.Env = append(os.Environ(), "TMPDIR=/tmp")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.Contains(string(out), "nltest: no user namespace:") {
		t.Skipf("no user namespaces here: %s", out)
	}
	if n := strings.Count(string(out), "--- PASS"); n != 5 || strings.Contains(string(out), "--- SKIP") {
		t.Errorf("%d passed, want 5:\n%s", n, out)
	}
}

// TestNoRights checks that a test is skipped with a reason if there is neither root nor a user namespace.
func TestNoRights(t *testing.T) {
	if os.Geteuid() != 0 || os.Getenv("NLTEST_USERNS") != "" {
		t.Skip("another user can be changed to by root only")
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run", "Late", "-test.v")
	cmd.Env = append(os.Environ(), "NLTEST_USERNS=0") // as if it had been tried
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if want := "nltest: no network namespace can be made"; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v, without %q:\n%s", err, want, out)
	}
}
