//go:build integration

package integration

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// ssWorld fills a namespace with sockets of every table that this kernel has.
func ssWorld(t *testing.T, ns *harness.NS) {
	t.Helper()
	netstatWorld(t, ns)
	packetSockets(t, ns)
	netlinkSockets(t, ns)
	mptcpSockets(t, ns)
	taggedSockets(t, ns)
}

// packetSockets opens packet sockets with and without interface, protocol, ring, fanout and filter.
func packetSockets(t *testing.T, ns *harness.NS) {
	t.Helper()
	open := func(typ int, protocol uint16, iface int) *harness.Socket {
		t.Helper()
		s := ns.Socket(unix.AF_PACKET, typ, 0)
		to := &unix.SockaddrLinklayer{Protocol: binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, protocol)), Ifindex: iface}
		if err := unix.Bind(s.FD, to); err != nil {
			t.Fatal(err)
		}
		return s
	}
	open(unix.SOCK_RAW, unix.ETH_P_ALL, 1)
	open(unix.SOCK_DGRAM, unix.ETH_P_ARP, 0)
	open(unix.SOCK_RAW, 0x1234, 1)
	ns.Socket(unix.AF_PACKET, unix.SOCK_DGRAM, 0)
	filtered := open(unix.SOCK_RAW, unix.ETH_P_IPV6, 0)
	program := []unix.SockFilter{{Code: 0x28, K: 12}, {Code: 0x15, Jt: 0, Jf: 1, K: 0x800}, {Code: 6, K: 0xffff}, {Code: 6}}
	if err := unix.SetsockoptSockFprog(filtered.FD, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}); err != nil {
		t.Fatal(err)
	}
	ring := open(unix.SOCK_RAW, unix.ETH_P_LOOPBACK, 1)
	ring.Set(harness.Set(unix.SOL_PACKET, unix.PACKET_AUXDATA, 1))
	err := unix.SetsockoptTpacketReq(ring.FD, unix.SOL_PACKET, unix.PACKET_RX_RING,
		&unix.TpacketReq{Block_size: 4096, Block_nr: 2, Frame_size: 2048, Frame_nr: 4})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		open(unix.SOCK_RAW, unix.ETH_P_IP, 1).Set(harness.Set(unix.SOL_PACKET, unix.PACKET_FANOUT, 7|unix.PACKET_FANOUT_CPU<<16))
	}
}

// netlinkSockets opens netlink sockets: bound to groups, connected, not bound.
func netlinkSockets(t *testing.T, ns *harness.NS) {
	t.Helper()
	open := func(protocol int, groups uint32) *harness.Socket {
		t.Helper()
		s := ns.Socket(unix.AF_NETLINK, unix.SOCK_RAW, protocol)
		if err := unix.Bind(s.FD, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	open(unix.NETLINK_ROUTE, 0x13)
	open(unix.NETLINK_GENERIC, 0)
	connected := open(unix.NETLINK_ROUTE, 0)
	if err := unix.Connect(connected.FD, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: 4}); err != nil {
		t.Fatal(err)
	}
	ns.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE)
}

// mptcpSockets connects two MPTCP sockets, where the kernel knows them.
func mptcpSockets(t *testing.T, ns *harness.NS) {
	t.Helper()
	const protocol = unix.IPPROTO_MPTCP
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		t.Logf("no MPTCP sockets in this world: %v", err)
		return
	}
	_ = unix.Close(fd) // it was never used
	listener := ns.Socket(unix.AF_INET, unix.SOCK_STREAM, protocol)
	for _, err := range []error{
		unix.Bind(listener.FD, &unix.SockaddrInet4{Port: 9100, Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(listener.FD, 4),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	client := ns.Socket(unix.AF_INET, unix.SOCK_STREAM, protocol)
	client.ConnectTo("127.0.0.1:9100")
	listener.Accept()
	client.Write(90)
	six := ns.Socket(unix.AF_INET6, unix.SOCK_STREAM, protocol)
	if err := unix.Bind(six.FD, &unix.SockaddrInet6{Port: 9101}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(six.FD, 4); err != nil {
		t.Fatal(err)
	}
}

// taggedSockets has options that some rows show: services that have names, TOS, MD5 keys, TLS.
func taggedSockets(t *testing.T, ns *harness.NS) {
	t.Helper()
	ns.Listen("127.0.0.1:443", harness.Set(unix.IPPROTO_IP, unix.IP_TOS, 0x10))
	ns.Listen("[::1]:25", harness.Set(unix.IPPROTO_IPV6, unix.IPV6_TCLASS, 0x20))
	ns.Listen("127.0.0.3:80", harness.Set(unix.IPPROTO_IP, unix.IP_RECVERR, 1), harness.Set(unix.IPPROTO_IP, unix.IP_FREEBIND, 1))
	signed := ns.Listen("127.0.0.1:179")
	key := make([]byte, 216) // struct tcp_md5sig
	binary.NativeEndian.PutUint16(key, unix.AF_INET)
	copy(key[4:], []byte{10, 0, 0, 1})
	binary.NativeEndian.PutUint16(key[130:], uint16(copy(key[136:], "se,cr\\et \x01")))
	if err := unix.SetsockoptString(signed.FD, unix.IPPROTO_TCP, unix.TCP_MD5SIG, string(key)); err != nil {
		t.Logf("no TCP-MD5 in this world: %v", err)
	}
	listener := ns.Listen("127.0.0.4:636")
	client := ns.TCP("127.0.0.4:0")
	client.Connect(listener)
	listener.Accept()
	if err := unix.SetsockoptString(client.FD, unix.IPPROTO_TCP, unix.TCP_ULP, "tls"); err != nil {
		t.Logf("no TLS in this world: %v", err)
	}
	ns.TCP("127.0.0.5:4444") // bound, neither listening nor connected
	ns.TCP("[::1]:4445")
}
