//go:build integration

package integration

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A testbed is a few network namespaces with links, sockets of every kind and processes that hold them,
// made at random: private addresses and ports are reused in several namespaces, connections are in every
// state, sockets are shared, waiting or in flight.
type testbed struct {
	t       *testing.T
	r       *rand.Rand
	spaces  []*harness.NS
	names   []string // of the namespaces, in /run/netns
	sockets []*testSocket
	dir     string // of the programs that processes run
	actors  []*exec.Cmd
	folded  []path // over links whose both ends are in one namespace
}

// A testSocket is a socket of a scene, with what was done to it.
type testSocket struct {
	space   int
	fd      int // of this process, -1 if others hold it
	inode   uint32
	what    string
	peer    *testSocket // the other end, nil if it has none or is not accepted
	waitsAt *testSocket // the listener that has not accepted it yet
	flying  bool        // in a control message that was not received
}

// newTestbed makes the namespaces of a scene. It takes a box.
func newTestbed(t *testing.T, seed uint64) *testbed {
	t.Helper()
	s := &testbed{t: t, r: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir()}
	for dir := s.dir; dir != "/" && dir != os.TempDir(); dir = filepath.Dir(dir) {
		s.must(os.Chmod(dir, 0o755)) // processes of other users start programs from there
	}
	for i := range []int{1, 2, 3, 4, 4, 4}[s.r.IntN(6)] {
		s.spaces = append(s.spaces, harness.New(t))
		s.name(i)
	}
	for i := range len(s.spaces) - 1 {
		s.connect(i)
	}
	for range s.r.IntN(3) {
		s.fold(s.r.IntN(len(s.spaces)))
	}
	t.Cleanup(s.end)
	return s
}

func (s *testbed) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// name gives a namespace a name as `ip netns` does.
func (s *testbed) name(i int) {
	s.t.Helper()
	name := fmt.Sprintf("scene-%d", i)
	point := filepath.Join("/run/netns", name)
	s.must(os.WriteFile(point, nil, 0o600))
	s.must(unix.Mount(fmt.Sprintf("/proc/self/fd/%d", s.spaces[i].FD()), point, "", unix.MS_BIND, ""))
	s.names = append(s.names, name)
	s.t.Cleanup(func() {
		_ = unix.Unmount(point, unix.MNT_DETACH) // the box ends anyway
		_ = os.Remove(point)
	})
}

// connect links a namespace with the next one. Every second link has the same addresses.
func (s *testbed) connect(i int) {
	s.t.Helper()
	s.spaces[i].Veth("right", "", s.spaces[i+1].NS, "left", "")
	for side, name := range []string{"right", "left"} {
		for _, a := range s.prefixes(i, side) {
			s.spaces[i+side].Address(name, a)
		}
	}
}

func (s *testbed) prefixes(link, side int) []string {
	return []string{
		fmt.Sprintf("10.0.%d.%d/24", link%2, side+1), fmt.Sprintf("fd00:0:0:%d::%d/64", link%2, side+1),
		fmt.Sprintf("fe80::%d/64", side+1),
	}
}

// fold makes a pair of links with both ends in one namespace. All have the same two addresses.
func (s *testbed) fold(space int) {
	s.t.Helper()
	p := path{from: space, to: space, fromAddr: netip.MustParseAddr("fe80::a"), toAddr: netip.MustParseAddr("fe80::b")}
	names := [2]string{fmt.Sprint("near", len(s.folded)), fmt.Sprint("far", len(s.folded))}
	ns := s.spaces[space]
	ns.Veth(names[0], p.fromAddr.String()+"/64", ns.NS, names[1], p.toAddr.String()+"/64")
	p.fromLink, p.toLink = s.spaces[space].Index(names[0]), s.spaces[space].Index(names[1])
	s.folded = append(s.folded, p)
}

// in calls f on a thread in a namespace.
func (s *testbed) in(space int, f func() error) (err error) {
	s.t.Helper()
	s.spaces[space].Do(func() { err = f() })
	return err
}

// add takes a descriptor into the scene.
func (s *testbed) add(space, fd int, what string) *testSocket {
	s.t.Helper()
	var st unix.Stat_t
	s.must(unix.Fstat(fd, &st))
	k := &testSocket{space: space, fd: fd, inode: uint32(st.Ino), what: what}
	s.sockets = append(s.sockets, k)
	return k
}

// socket opens a socket and binds it, if there is an address. The socket is nil if the address is taken.
func (s *testbed) socket(space, family, typ, protocol int, at unix.Sockaddr, what string) *testSocket {
	s.t.Helper()
	fd := -1
	err := s.in(space, func() (err error) {
		fd, err = unix.Socket(family, typ|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
		if err != nil || at == nil {
			return err
		}
		if family == unix.AF_INET || family == unix.AF_INET6 {
			if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
				return err
			}
		}
		return unix.Bind(fd, at)
	})
	if errors.Is(err, unix.EADDRINUSE) {
		_ = unix.Close(fd) // it is of no use
		return nil
	}
	if err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
	return s.add(space, fd, what)
}

// addrOf makes an address for the kernel. IPv4 is mapped where the socket is to be of IPv6.
func addrOf(a netip.AddrPort, mapped bool, link uint32) (family int, to unix.Sockaddr) {
	if a.Addr().Is4() && !mapped {
		return unix.AF_INET, &unix.SockaddrInet4{Addr: a.Addr().As4(), Port: int(a.Port())}
	}
	to6 := &unix.SockaddrInet6{Addr: a.Addr().As16(), Port: int(a.Port())}
	if a.Addr().IsLinkLocalUnicast() && a.Addr().Is6() {
		to6.ZoneId = link
	}
	return unix.AF_INET6, to6
}

// A path is between two ends of a connection.
type path struct {
	from, to         int // namespaces
	fromAddr, toAddr netip.Addr
	fromLink, toLink uint32
}

// path chooses loopback or a link.
func (s *testbed) path() path {
	s.t.Helper()
	if len(s.folded) > 0 && s.r.IntN(6) == 0 {
		return s.folded[s.r.IntN(len(s.folded))]
	}
	if len(s.spaces) == 1 || s.r.IntN(4) == 0 {
		i := s.r.IntN(len(s.spaces))
		a := netip.MustParseAddr([]string{"127.0.0.1", "127.0.0.1", "::1"}[s.r.IntN(3)])
		return path{from: i, to: i, fromAddr: a, toAddr: a}
	}
	i := s.r.IntN(len(s.spaces) - 1)
	which := s.r.IntN(3)
	at := func(side int) netip.Addr { return netip.MustParsePrefix(s.prefixes(i, side)[which]).Addr() }
	p := path{from: i, to: i + 1, fromAddr: at(0), toAddr: at(1), fromLink: s.spaces[i].Index("right"), toLink: s.spaces[i+1].Index("left")}
	if s.r.IntN(2) == 0 {
		p = path{from: p.to, to: p.from, fromAddr: p.toAddr, toAddr: p.fromAddr, fromLink: p.toLink, toLink: p.fromLink}
	}
	return p
}

// ends makes both ends of a path, bound but not connected. They are nil if one of the addresses is taken.
func (s *testbed) ends(typ, protocol int, what string) (client, server *testSocket, to, back unix.Sockaddr) {
	s.t.Helper()
	p := s.path()
	from := netip.AddrPortFrom(p.fromAddr, uint16(4000+s.r.IntN(2)))
	at := netip.AddrPortFrom(p.toAddr, uint16(80+s.r.IntN(2)))
	mappedClient, mappedServer := s.r.IntN(3) == 0, s.r.IntN(3) == 0
	family, bindTo := addrOf(at, mappedServer, p.toLink)
	if server = s.socket(p.to, family, typ, protocol, bindTo, what+" server"); server == nil {
		return nil, nil, nil, nil
	}
	_, back = addrOf(from, mappedServer, p.toLink)
	family, bindFrom := addrOf(from, mappedClient, p.fromLink)
	if client = s.socket(p.from, family, typ, protocol, bindFrom, what+" client"); client == nil {
		return nil, nil, nil, nil
	}
	_, to = addrOf(at, mappedClient, p.fromLink)
	return client, server, to, back
}

// start runs a program of the given name that holds sockets until the scene ends.
func (s *testbed) start(name string, uid uint32, list []*testSocket) {
	s.t.Helper()
	program := filepath.Join(s.dir, name)
	s.must(os.Symlink(harness.Tool(s.t, "cat"), program))
	cmd := exec.Command(program)
	in, err := cmd.StdinPipe()
	s.must(err)
	s.t.Cleanup(func() { _ = in.Close() })
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: 0, Credential: &syscall.Credential{Uid: uid, Gid: uid},
	}
	for _, k := range list {
		fd, err := unix.FcntlInt(uintptr(k.fd), unix.F_DUPFD_CLOEXEC, 0)
		s.must(err)
		f := os.NewFile(uintptr(fd), k.what)
		defer func() { _ = f.Close() }() // the process has it
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	s.must(cmd.Start())
	s.actors = append(s.actors, cmd)
}

// distribute gives most of the sockets to processes of several users; some are held by two, some stay here.
func (s *testbed) distribute() {
	s.t.Helper()
	hands := make([][]*testSocket, 2+s.r.IntN(4))
	for _, k := range s.sockets {
		switch {
		case k.fd < 0:
		case s.r.IntN(4) == 0: // stays
		default:
			i := s.r.IntN(len(hands))
			hands[i] = append(hands[i], k)
			if j := s.r.IntN(len(hands)); s.r.IntN(5) == 0 && j != i {
				hands[j] = append(hands[j], k)
			}
		}
	}
	for i, list := range hands {
		s.start(fmt.Sprintf("actor-%d", i), []uint32{0, 0, 1234}[s.r.IntN(3)], list)
	}
	for _, list := range hands {
		for _, k := range list {
			s.close(k)
		}
	}
}

// close closes this process's descriptor of a socket.
func (s *testbed) close(k *testSocket) {
	if k.fd >= 0 {
		_ = unix.Close(k.fd) // no data to lose
		k.fd = -1
	}
}

// end ends the processes.
func (s *testbed) end() {
	for _, k := range s.sockets {
		s.close(k)
	}
	for _, cmd := range s.actors {
		_ = cmd.Process.Kill() // it reads until then
		_ = cmd.Wait()
	}
	s.actors = nil
}
