//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A sceneHost is a host with a few services, with sockets of every kind and in every state, some of them odd.
// Addresses, ports, process ids and the order of making are the same every time.
type sceneHost struct {
	t      *testing.T
	cast   []holder    // who may hold sockets
	ns     *harness.NS // of everything but redis
	blue   *harness.NS // the container of redis
	redis  *harness.Socket
	groups bool   // there are control groups
	unit   string // the one that the scene is in
	given  map[string][]*harness.Socket
	held   []*held
}

func newSceneHost(t *testing.T, cast []holder) *sceneHost {
	t.Helper()
	return &sceneHost{t: t, cast: cast, given: map[string][]*harness.Socket{}}
}

func (s *sceneHost) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// build makes all sockets and starts their holders.
func (s *sceneHost) build() {
	s.t.Helper()
	s.mountGroups()
	s.namespaces()
	for _, part := range []struct {
		comm string
		make func()
	}{
		{"postgres", s.postgres},
		{"nginx", s.nginx},
		{appName, s.app},
		{"日本 daemon", s.daemon},
		{"networkd", s.networkd},
		{"tcpdump", s.tcpdump},
		{"ping", s.ping},
		{"proxy", s.proxy},
	} {
		s.enter(s.unitOf(part.comm))
		part.make()
	}
	spareThreads()
	s.start(s.cast...)
}

// start starts the holders and closes the scene's own descriptors of what they hold.
func (s *sceneHost) start(some ...holder) {
	s.t.Helper()
	for i := range some {
		h := &some[i]
		s.enter(h.unit)
		var files []*os.File
		for _, socket := range s.given[h.comm] {
			fd, err := unix.FcntlInt(uintptr(socket.FD), unix.F_DUPFD_CLOEXEC, 0)
			s.must(err)
			files = append(files, os.NewFile(uintptr(fd), "socket"))
		}
		s.held = append(s.held, h.start(s.t, files))
		for _, f := range files {
			s.must(f.Close())
		}
	}
	for i := range some {
		for _, socket := range s.given[some[i].comm] {
			socket.Close()
		}
		delete(s.given, some[i].comm)
	}
}

// namespaces makes the host and the container, with a link between the two.
func (s *sceneHost) namespaces() {
	s.t.Helper()
	s.blue = harness.New(s.t)
	s.blueServer()
	s.must(os.WriteFile("/run/netns/blue", nil, 0o644))
	s.must(unix.Mount(fmt.Sprint("/proc/self/fd/", s.blue.FD()), "/run/netns/blue", "", unix.MS_BIND, ""))
	s.ns = harness.New(s.t)
	for name, value := range map[string]string{
		"net/ipv6/conf/default/accept_dad": "0", "net/ipv6/conf/default/router_solicitations": "0",
		"net/ipv4/tcp_congestion_control": "reno", "net/ipv4/ping_group_range": "0 0",
	} {
		s.must(os.WriteFile("/proc/sys/"+name, []byte(value), 0))
	}
	if refused := tryIP(s.t, s.ns, `
		link add eth0 index 2 address 02:00:00:00:00:0a type veth peer name eth0 address 02:00:00:00:00:14 netns blue
		link set eth0 up
		-n blue link set eth0 up
		addr add 192.0.2.10/24 dev eth0
		addr add 2001:db8::10/64 dev eth0 nodad
		-n blue addr add 192.0.2.20/24 dev eth0
		-n blue addr add 2001:db8::20/64 dev eth0 nodad
		neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev eth0
	`); len(refused) > 0 {
		s.t.Fatalf("refused: %q", refused)
	}
}

func (s *sceneHost) blueServer() {
	s.t.Helper()
	s.must(os.WriteFile("/proc/sys/net/ipv4/tcp_congestion_control", []byte("reno"), 0))
	s.enter(container)
	s.redis = s.blue.Listen("[::]:6379")
	s.give("redis", s.redis, s.blue.UDP("0.0.0.0:53"))
}

// listen listens with a limit of connections that wait to be accepted.
func (s *sceneHost) listen(addr string, backlog int, opts ...harness.Option) *harness.Socket {
	s.t.Helper()
	l := s.ns.Listen(addr, opts...)
	s.must(unix.Listen(l.FD, backlog))
	return l
}

// dial connects from a given address, for app.
func (s *sceneHost) dial(from, to string, opts ...harness.Option) *harness.Socket {
	s.t.Helper()
	return s.dialAs(appName, from, to, opts...)
}

func (s *sceneHost) dialAs(comm, from, to string, opts ...harness.Option) *harness.Socket {
	s.t.Helper()
	defer s.enter(s.unit)
	s.enter(s.unitOf(comm))
	c := s.ns.TCP(from, append([]harness.Option{harness.Reuse}, opts...)...)
	c.ConnectTo(to)
	return c
}

func (s *sceneHost) until(c *harness.Socket, state uint8) {
	s.t.Helper()
	for tries := 0; c.State() != state; tries++ {
		if tries == 1000 {
			s.t.Fatalf("state %d, want %d", c.State(), state)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// unixSocket makes a unix socket, with a name or without.
func (s *sceneHost) unixSocket(typ int, name string) *harness.Socket {
	s.t.Helper()
	u := s.ns.Socket(unix.AF_UNIX, typ, 0)
	if name != "" {
		bindUnix(s.t, u.FD, name)
	}
	return u
}

// ring registers a socket with an io_uring, which alone holds it then. It returns the ring.
func (s *sceneHost) ring(socket *harness.Socket) *harness.Socket {
	s.t.Helper()
	var params [120]byte // struct io_uring_params
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&params[0])), 0)
	if errno != 0 {
		s.t.Logf("no io_uring: %v", errno)
		return socket
	}
	files := [1]int32{int32(socket.FD)}
	const registerFiles = 2 // IORING_REGISTER_FILES
	_, _, errno = unix.Syscall6(unix.SYS_IO_URING_REGISTER, fd, registerFiles,
		uintptr(unsafe.Pointer(&files[0])), 1, 0, 0)
	if errno != 0 {
		s.t.Fatalf("io_uring_register: %v", errno)
	}
	socket.Close()
	return &harness.Socket{FD: int(fd)}
}

// record records what is there now.
func (s *sceneHost) record(dir, file string, args ...string) {
	s.t.Helper()
	// From this thread, which is in the scene's control group namespace, and with arguments that do not depend
	// on the machine, because the process itself is recorded.
	cmd := exec.Command(harness.Program(s.t, "nlstat"))
	cmd.Args = append([]string{"nlstat", "record", "--no-config", file}, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("nlstat record %s: %v: %s", file, err, out)
	}
	s.must(os.Chmod(filepath.Join(dir, file), 0o644))
}

// recordAll records what pkg/inspect requests, one request for each family: nlstat requests listeners apart.
func (s *sceneHost) recordAll(file string) {
	s.t.Helper()
	f, err := os.Create(file)
	s.must(err)
	head, err := inspect.Host()
	s.must(err)
	rec := diag.NewRecorder(f, head)
	session, err := inspect.Open(&inspect.Config{Record: rec})
	s.must(err)
	var all []diag.Query
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		for _, protocol := range []uint16{
			unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_RAW, unix.IPPROTO_ICMP, unix.IPPROTO_MPTCP,
		} {
			all = append(all, diag.Query{Family: family, Protocol: protocol, Want: ^secret})
		}
	}
	for _, family := range []uint8{unix.AF_UNIX, unix.AF_PACKET, unix.AF_NETLINK} {
		all = append(all, diag.Query{Family: family, Want: ^secret})
	}
	plan := inspect.Plan{Queries: inspect.Ask(all...), Needs: inspect.NeedOwner | inspect.NeedCgroup}
	for _, err := range session.Sockets(s.t.Context(), &plan) {
		s.must(err)
	}
	s.must(errors.Join(session.Close(), rec.Close(), f.Close()))
}

// secret are the parts that are not requested: keys, and BPF storages, of which there are none.
const secret = diag.HasMD5 | diag.HasStorage
