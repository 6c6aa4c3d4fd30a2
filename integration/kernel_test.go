//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
)

// A version is a kernel's, as major and minor number.
type version struct{ major, minor int }

func (v version) before(w version) bool {
	return v.major < w.major || v.major == w.major && v.minor < w.minor
}

func (v version) String() string { return fmt.Sprintf("%d.%d", v.major, v.minor) }

// running is the version of the kernel that runs the test.
func running(t *testing.T) version {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatal(err)
	}
	var v version
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &v.major, &v.minor); err != nil {
		t.Fatalf("kernel release %q: %v", u.Release, err)
	}
	return v
}

// inGuest tells that a stock Debian kernel runs the test (see integration/kernels), which has every
// module. Other kernels may be built without some.
func inGuest() bool { return os.Getenv("NLSTAT_GUEST") != "" }

// kernelTables are the tables of sock_diag, with the kernels that have them.
var kernelTables = []struct {
	name  string
	query diag.Query
	since version // stock Debian kernels from here on must have it, either because the kernel got it ...
	until version // ... or because Debian builds it; zero = still there
}{
	{name: "tcp", query: diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP}},
	{name: "tcp6", query: diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP}},
	{name: "udp", query: diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP}},
	{name: "udp6", query: diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP}},
	{name: "raw", query: diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_RAW}, since: version{4, 10}},
	{name: "raw6", query: diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_RAW}, since: version{4, 10}},
	{name: "mptcp", query: diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP}, since: version{6, 1}},
	{name: "sctp", query: diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP}, since: version{4, 7}},
	{
		name: "dccp", query: diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_DCCP},
		until: version{6, 16},
	},
	{name: "unix", query: diag.Query{Family: unix.AF_UNIX}},
	{name: "packet", query: diag.Query{Family: unix.AF_PACKET}},
	{name: "netlink", query: diag.Query{Family: unix.AF_NETLINK}},
	{name: "vsock", query: diag.Query{Family: unix.AF_VSOCK}, since: version{4, 15}},
	{name: "xdp", query: diag.Query{Family: unix.AF_XDP}, since: version{6, 12}},
	{name: "tipc", query: diag.Query{Family: unix.AF_TIPC}, since: version{4, 17}},
	{name: "smc", query: diag.Query{Family: unix.AF_SMC}, since: version{4, 11}, until: version{7, 0}},
}

// TestKernelTables dumps every table that the kernel's version promises.
func TestKernelTables(t *testing.T) {
	kernel := running(t)
	for _, tt := range kernelTables {
		t.Run(tt.name, func(t *testing.T) {
			harness.New(t)
			c, err := diag.Dial(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			q := tt.query
			q.States = diag.StatesKnown
			all, err := diag.Collect(c.Sockets(t.Context(), &q))
			there := !kernel.before(tt.since) && (tt.until == version{} || kernel.before(tt.until))
			switch {
			case err == nil:
				t.Logf("%d sockets", len(all))
			case !errors.Is(err, unix.ENOENT):
				t.Errorf("kernel %v: %v", kernel, err)
			case !there:
				t.Logf("kernel %v has no such sockets", kernel)
			case inGuest():
				t.Errorf("kernel %v must have it (since %v): %v", kernel, tt.since, err)
			default:
				t.Skipf("this kernel, %v, was built without it: %v", kernel, err)
			}
		})
	}
}

// connected returns both ends of a TCP connection over loopback, as descriptors.
func connected(t *testing.T) (client, server int) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	socket := func() int {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		must(err)
		t.Cleanup(func() { _ = unix.Close(fd) })
		return fd
	}
	l := socket()
	at := &unix.SockaddrInet4{Port: 8080, Addr: [4]byte{127, 0, 0, 1}}
	must(unix.Bind(l, at))
	must(unix.Listen(l, 5))
	client = socket()
	must(unix.Connect(client, at))
	server, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
	must(err)
	t.Cleanup(func() { _ = unix.Close(server) })
	return client, server
}

// kernelFields are the parts of an established TCP socket that came with later kernels.
var kernelFields = []struct {
	name  string
	since version
	has   func(s *diag.Socket) bool
}{
	{"shutdown", version{3, 7}, func(s *diag.Socket) bool { return s.Has&diag.HasShutdown != 0 }},
	{"memory", version{3, 6}, func(s *diag.Socket) bool { return s.Has&diag.HasSkMem != 0 && s.SkMem.Len >= 9 }},
	{"mark", version{4, 9}, func(s *diag.Socket) bool { return s.Has&diag.HasMark != 0 }},
	{"class", version{4, 14}, func(s *diag.Socket) bool { return s.Has&diag.HasClassID != 0 }},
	{"cgroup", version{5, 8}, func(s *diag.Socket) bool { return s.Has&diag.HasCgroup != 0 }},
	{"sockopt", version{5, 10}, func(s *diag.Socket) bool { return s.Has&diag.HasSockOpt != 0 }},
	{"congestion control", version{3, 0}, func(s *diag.Socket) bool { return s.Cong.Len() > 0 }},
	{"bytes sent", version{4, 19}, func(s *diag.Socket) bool { return s.TCP.Valid(diag.TCPFieldReordSeen) }},
	{"send window", version{5, 4}, func(s *diag.Socket) bool { return s.TCP.Valid(diag.TCPFieldSndWnd) }},
	{"receive window", version{6, 2}, func(s *diag.Socket) bool { return s.TCP.Valid(diag.TCPFieldRehash) }},
	{"timeouts", version{6, 7}, func(s *diag.Socket) bool { return s.TCP.Valid(diag.TCPFieldTotalRTOTime) }},
	{"accurate ECN", version{6, 18}, func(s *diag.Socket) bool { return s.TCP.Valid(diag.TCPFieldAccECNOptSeen) }},
}

// TestKernelFields requests all parts of a connection. A kernel that is new enough must send them; for
// an older one they must be absent.
func TestKernelFields(t *testing.T) {
	kernel := running(t)
	harness.New(t)
	client, _ := connected(t)
	var stat unix.Stat_t
	if err := unix.Fstat(client, &stat); err != nil {
		t.Fatal(err)
	}
	c, err := diag.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	q := diag.Query{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: diag.States(diag.StateEstablished),
		Want: diag.HasTCPInfo | diag.HasCong | diag.HasSkMem | diag.HasClassID | diag.HasTOS,
	}
	found := false
	for s, err := range c.Sockets(t.Context(), &q) {
		if err != nil {
			t.Fatal(err)
		}
		if uint64(s.Inode) != stat.Ino {
			continue
		}
		found = true
		t.Logf("tcp_info of %d bytes", s.TCP.Len)
		for _, f := range kernelFields {
			if got, want := f.has(s), !kernel.before(f.since); got != want {
				t.Errorf("kernel %v, %s (since %v): told %v, want %v", kernel, f.name, f.since, got, want)
			}
		}
	}
	if !found {
		t.Errorf("the socket with inode %d is not in the dump", stat.Ino)
	}
	if bad := c.Stats().Malformed; bad != 0 {
		t.Errorf("%d attributes counted as malformed", bad)
	}
}

// TestKernelBoundInactive looks for a socket that is bound and nothing more: kernels from 6.8 on list it
// when asked, older ones never do.
func TestKernelBoundInactive(t *testing.T) {
	kernel := running(t)
	harness.New(t)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Bind(fd, &unix.SockaddrInet4{Port: 7000, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	c, err := diag.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	q := diag.Query{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: diag.States(diag.StateBoundInactive),
	}
	all, err := diag.Collect(c.Sockets(t.Context(), &q))
	if err != nil {
		t.Fatal(err)
	}
	if want := !kernel.before(version{6, 8}); (len(all) == 1) != want {
		t.Errorf("kernel %v lists %d bound sockets, want one: %v", kernel, len(all), want)
	}
}
