//go:build integration

package integration

import (
	"errors"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// kernelFamilies are the kinds of sockets that many kernels are built without, how to make some, and the
// options of ss that list them.
var kernelFamilies = []struct {
	name  string
	make  func(*sockets)
	lines []string
}{
	{"raw", makeRaw, []string{"-aw", "-anw", "-anwe", "-anwm", "-anwp", "-anwi", "-w", "-anw4", "-anw6", "-lnw"}},
	{"sctp", makeSCTP, []string{"-aS", "-anS", "-anSe", "-anSm", "-anSo", "-S", "-anS4", "-anS6", "-anSp"}},
	{"mptcp", makeMPTCP, []string{"-aM", "-anM", "-anMe", "-anMm", "-M", "-anMp", "-tanM"}},
	{"vsock", makeVsock, []string{"-a --vsock", "-an --vsock", "-l --vsock", "-anp --vsock", "-ane --vsock"}},
	{"tipc", makeTIPC, []string{"-a --tipc", "-an --tipc", "-anp --tipc", "-anpe --tipc", "-an --tipc --tipcinfo"}},
	{"xdp", makeXDP, []string{"-a --xdp", "-an --xdp", "-ane --xdp", "-anm --xdp", "-anp --xdp", "-aneO --xdp"}},
}

// TestKernelFamilies compares ss with its reference for those kinds. Other kernels may lack some of
// them; stock Debian kernels have them all.
func TestKernelFamilies(t *testing.T) {
	for _, f := range kernelFamilies {
		t.Run(f.name, func(t *testing.T) {
			ns := harness.New(t)
			s := &sockets{t: t}
			f.make(s)
			for _, line := range f.lines {
				t.Run(line, func(t *testing.T) {
					c := harness.Compare{Program: "ss", Args: strings.Fields(line)}
					if got := c.Run(ns.With(t)); inGuest() && s.made > 0 && len(got.Stdout) == 0 {
						t.Errorf("ss %s printed nothing with %d sockets", line, s.made)
					}
				})
			}
		})
	}
}

// sockets makes sockets that live as long as the test.
type sockets struct {
	t    *testing.T
	made int
}

// errNoFamily are the errors by which a kernel says that it has no such sockets.
var errNoFamily = []error{unix.EAFNOSUPPORT, unix.EPROTONOSUPPORT, unix.ESOCKTNOSUPPORT}

// open makes one; -1 if this kernel has none of the kind, which the log then says.
func (s *sockets) open(family, kind, protocol int) int {
	s.t.Helper()
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, protocol)
	for _, none := range errNoFamily {
		if errors.Is(err, none) {
			s.t.Logf("no sockets of family %d, type %d, protocol %d here: %v", family, kind, protocol, err)
			return -1
		}
	}
	s.must(err)
	s.made++
	s.t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func (s *sockets) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// pair makes a listener at an address and a connection to it, accepted or not.
func (s *sockets) pair(family, protocol int, at unix.Sockaddr, accept bool) {
	s.t.Helper()
	l := s.open(family, unix.SOCK_STREAM, protocol)
	if l < 0 {
		return
	}
	err := unix.Bind(l, at)
	if errors.Is(err, unix.EADDRNOTAVAIL) && !inGuest() {
		s.t.Logf("no loopback for family %d here: %v", family, err) // vsock_loopback is missing
		return
	}
	s.must(err)
	s.must(unix.Listen(l, 7))
	s.must(unix.Connect(s.open(family, unix.SOCK_STREAM, protocol), at))
	if !accept {
		return
	}
	fd, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
	s.must(err)
	s.t.Cleanup(func() { _ = unix.Close(fd) })
}

func v4(port int) *unix.SockaddrInet4 {
	return &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
}

func v6(port int) *unix.SockaddrInet6 {
	return &unix.SockaddrInet6{Port: port, Addr: [16]byte{15: 1}}
}

func makeRaw(s *sockets) {
	for _, protocol := range []int{unix.IPPROTO_ICMP, 89, unix.IPPROTO_UDP, unix.IPPROTO_RAW} {
		s.open(unix.AF_INET, unix.SOCK_RAW, protocol)
	}
	s.open(unix.AF_INET6, unix.SOCK_RAW, unix.IPPROTO_ICMPV6)
	bound := s.open(unix.AF_INET, unix.SOCK_RAW, 90)
	s.must(unix.Bind(bound, v4(0)))
	s.must(unix.Connect(bound, v4(0)))
	s.must(unix.BindToDevice(s.open(unix.AF_INET6, unix.SOCK_RAW, 91), "lo"))
}

func makeSCTP(s *sockets) {
	s.pair(unix.AF_INET, unix.IPPROTO_SCTP, v4(9000), true)
	s.pair(unix.AF_INET6, unix.IPPROTO_SCTP, v6(9001), true)
	s.pair(unix.AF_INET, unix.IPPROTO_SCTP, v4(9002), false)
	many := s.open(unix.AF_INET, unix.SOCK_SEQPACKET, unix.IPPROTO_SCTP)
	if many < 0 {
		return
	}
	s.must(unix.Bind(many, v4(9003)))
	s.must(unix.Listen(many, 5))
	for range 2 {
		s.must(unix.Connect(s.open(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_SCTP), v4(9003)))
	}
}

func makeMPTCP(s *sockets) {
	s.pair(unix.AF_INET, unix.IPPROTO_MPTCP, v4(9100), true)
	s.pair(unix.AF_INET6, unix.IPPROTO_MPTCP, v6(9101), true)
	s.pair(unix.AF_INET, unix.IPPROTO_MPTCP, v4(9102), false)
}

func makeVsock(s *sockets) {
	s.pair(unix.AF_VSOCK, 0, &unix.SockaddrVM{CID: unix.VMADDR_CID_LOCAL, Port: 9200}, true)
	if l := s.open(unix.AF_VSOCK, unix.SOCK_STREAM, 0); l >= 0 {
		s.must(unix.Bind(l, &unix.SockaddrVM{CID: unix.VMADDR_CID_ANY, Port: 9201}))
		s.must(unix.Listen(l, 3))
	}
}

func makeTIPC(s *sockets) {
	at := &unix.SockaddrTIPC{Scope: unix.TIPC_NODE_SCOPE, Addr: &unix.TIPCServiceName{Type: 9300, Instance: 1}}
	l := s.open(unix.AF_TIPC, unix.SOCK_STREAM, 0)
	if l < 0 {
		return
	}
	s.must(unix.Bind(l, at))
	s.must(unix.Listen(l, 5))
	client := s.open(unix.AF_TIPC, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	// The connection is completed by the listener's accept(2).
	if err := unix.Connect(client, at); !errors.Is(err, unix.EINPROGRESS) {
		s.must(err)
	}
	fd, _, err := unix.Accept4(l, unix.SOCK_CLOEXEC)
	s.must(err)
	s.t.Cleanup(func() { _ = unix.Close(fd) })
	for _, kind := range []int{unix.SOCK_DGRAM, unix.SOCK_RDM, unix.SOCK_SEQPACKET} {
		s.open(unix.AF_TIPC, kind, 0)
	}
}

// makeXDP makes a socket that does nothing and one with memory and rings, bound to the loopback
// interface in copy mode.
func makeXDP(s *sockets) {
	if s.open(unix.AF_XDP, unix.SOCK_RAW, 0) < 0 {
		return
	}
	fd := s.open(unix.AF_XDP, unix.SOCK_RAW, 0)
	const frame, frames = 2048, 64
	area, err := unix.Mmap(-1, 0, frame*frames, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	s.must(err)
	s.t.Cleanup(func() { _ = unix.Munmap(area) })
	reg := unix.XDPUmemReg{Addr: uint64(uintptr(unsafe.Pointer(&area[0]))), Len: frame * frames, Size: frame}
	_, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_XDP, unix.XDP_UMEM_REG,
		uintptr(unsafe.Pointer(&reg)), unsafe.Sizeof(reg), 0)
	if errno != 0 {
		s.t.Fatal(errno)
	}
	rings := []int{
		unix.XDP_UMEM_FILL_RING, unix.XDP_UMEM_COMPLETION_RING, unix.XDP_RX_RING, unix.XDP_TX_RING,
	}
	for _, ring := range rings {
		s.must(unix.SetsockoptInt(fd, unix.SOL_XDP, ring, 32))
	}
	s.must(unix.Bind(fd, &unix.SockaddrXDP{Flags: unix.XDP_COPY, Ifindex: 1}))
}
