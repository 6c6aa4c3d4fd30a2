//go:build linux

package filter

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A Row is the view of a socket that conditions test. Every family has two ends with an address of up to
// 16 bytes and a port each; see [Row.Set]. A Row is reused for each socket.
type Row struct {
	Socket *diag.Socket // its source, nil if there is none
	Family uint8
	Ends   [2]End // Local and Remote
	Iface  uint32 // that the socket is bound to
	Mark   uint32
	Cgroup uint64
	// Ephemeral are the first and last port of the kernel's ephemeral range (net.ipv4.ip_local_port_range).
	// Set does not change them.
	Ephemeral [2]uint16
}

// An End is one end of a socket.
type End struct {
	Addr [16]byte // left aligned, in network order; zero if there is none
	Name []byte   // of a unix socket, as the kernel has it
	Port int64    // -1 if the family has none
}

// Set fills r from a socket:
//
//	inet     addresses and ports
//	unix     Name of the local end; the inodes of the socket and of its peer are the ports
//	packet   the protocol (ETH_P_*) as a word in host byte order; the interface is the port
//	netlink  the protocol likewise; the port id as a signed number; the remote port is -1
//	vsock    context ids likewise; ports as signed numbers, -1 = any
//	xdp      the queue is the port
func (r *Row) Set(s *diag.Socket) {
	local, remote := &r.Ends[SideLocal], &r.Ends[SideRemote]
	*local, *remote = End{}, End{}
	r.Socket, r.Family, r.Iface, r.Mark, r.Cgroup = s, s.Family, 0, 0, 0
	switch s.Family {
	case unix.AF_INET:
		a, b := s.Local.Addr().As4(), s.Remote.Addr().As4()
		copy(local.Addr[:], a[:])
		copy(remote.Addr[:], b[:])
		r.inet(s)
	case unix.AF_INET6:
		local.Addr, remote.Addr = s.Local.Addr().As16(), s.Remote.Addr().As16()
		r.inet(s)
	case unix.AF_UNIX:
		local.Name = s.Name()
		local.Port, remote.Port = int64(s.Inode), int64(s.Unix.Peer)
	case unix.AF_PACKET:
		local.word(uint32(s.Protocol))
		local.Port, r.Iface = int64(s.Iface), s.Iface
	case unix.AF_NETLINK:
		local.word(uint32(s.Protocol))
		local.Port, remote.Port = int64(int32(s.Netlink.PortID)), -1
	case unix.AF_VSOCK:
		local.word(s.Vsock.LocalCID)
		remote.word(s.Vsock.RemoteCID)
		local.Port, remote.Port = int64(int32(s.Vsock.LocalPort)), int64(int32(s.Vsock.RemotePort))
	case unix.AF_XDP:
		x := s.XDP()
		local.Port, r.Iface = int64(x.Queue), s.Iface
	}
}

func (r *Row) inet(s *diag.Socket) {
	r.Ends[SideLocal].Port, r.Ends[SideRemote].Port = int64(s.Local.Port()), int64(s.Remote.Port())
	r.Iface, r.Mark, r.Cgroup = s.Iface, s.Mark, s.Cgroup
}

// word sets the address of a family whose addresses are numbers.
func (e *End) word(v uint32) { binary.NativeEndian.PutUint32(e.Addr[:], v) }
