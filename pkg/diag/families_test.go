//go:build linux

package diag

import (
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

const (
	testCookieLo, testCookieHi = uint32(0x11223344), uint32(0x55)
	testCookie                 = uint64(0x55_11223344)
)

// testID is struct inet_diag_sockid.
func testID(src, dst []byte) []byte {
	return pack(be16(443), be16(50000), src, dst, uint32(7), testCookieLo, testCookieHi)
}

// testInet is struct inet_diag_msg.
func testInet(family, state uint8, src, dst []byte) []byte {
	return pack(family, state, uint8(TimerRetransmit), uint8(3), testID(src, dst),
		uint32(1500), uint32(11), uint32(22), uint32(1000), uint32(0xfedcba98))
}

// inetSocket is the decoded socket of testInet.
func inetSocket(protocol uint16, state State, typ uint8) *Socket {
	return &Socket{
		Family: unix.AF_INET, Protocol: protocol, Type: typ, State: state, Timer: TimerRetransmit, Retrans: 3,
		Local: netip.MustParseAddrPort("10.0.0.1:443"), Remote: netip.MustParseAddrPort("10.0.0.2:50000"),
		Iface: 7, Cookie: testCookie, Expires: 1500 * time.Millisecond, RecvQ: 11, SendQ: 22, UID: 1000,
		Inode: 0xfedcba98, Has: HasUID,
	}
}

// with returns s after f has changed it.
func with(s *Socket, f func(*Socket)) Socket {
	f(s)
	return *s
}

// A decodeTest is a reply of the kernel and the socket that it decodes to.
type decodeTest struct {
	name      string
	query     Query
	payload   []byte
	want      Socket // without what methods decode: see TestDecodeParts
	malformed int
}

var (
	testSkMem     = SkMem{1, 2, 3, 4, 5, 6, 7, 8, 9, 9}
	packetAnswer  = pack(uint8(unix.AF_PACKET), uint8(3), uint16(unix.ETH_P_ALL), uint32(4711), testCookieLo, testCookieHi)
	netlinkAnswer = pack(uint8(unix.AF_NETLINK), uint8(3), uint8(15), uint8(1),
		uint32(0xdeadbeef), uint32(17), uint32(2), uint32(4711), testCookieLo, testCookieHi)
	xdpAnswer = pack(uint8(unix.AF_XDP), uint8(3), uint16(0), uint32(4711), testCookieLo, testCookieHi)
)

// decodeTests have at least one reply of each family with all its attributes.
var decodeTests = []decodeTest{
	{
		name:  "tcp with all that comes unasked",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
		payload: pack(testInet(unix.AF_INET, 1, v4(1), v4(2)),
			at(inetShutdown, uint8(2)), at(inetMark, uint32(99)), at(inetCgroup, uint64(1<<40)),
			at(inetSockOpt, uint8(2), uint8(1)), at(14), at(0x3fff, uint32(1))),
		want: with(inetSocket(unix.IPPROTO_TCP, StateEstablished, unix.SOCK_STREAM), func(s *Socket) {
			s.Has |= HasShutdown | HasMark | HasCgroup | HasSockOpt
			s.Shutdown, s.Mark, s.Cgroup = 2, 99, 1<<40
			s.SockOpt = sockOpt(2, 1)
		}),
	},
	{
		name:  "tcp with all that can be asked",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: ^Fields(0)},
		payload: pack(testInet(unix.AF_INET, 1, v4(1), v4(2)),
			at(inetTOS, uint8(16)), at(inetTClass, uint8(17)), at(inetClassID, uint32(18)),
			at(inetMemInfo, ramp(1, 4)), at(inetSkMem, ramp(1, 9)), at(inetInfo, make([]byte, 104)),
			at(inetCong, "dctcp\x00"), at(inetVegas, ramp(1, 4)),
			at(inetDCTCP, uint16(1), uint16(2), ramp(3, 3)), at(inetBBR, ramp(1, 5)),
			at(inetMD5, uint8(2), uint8(24), uint16(3), v4(0), "key", md5KeyMax-3),
			at(inetULP, at(ulpName, "tls\x00"), at(ulpTLS, at(tlsVersion, uint16(0x304)))),
			at(inetStorages, at(skStorage, at(skStorageMap, uint32(7)), at(skStorageValue, "value")))),
		want: with(inetSocket(unix.IPPROTO_TCP, StateEstablished, unix.SOCK_STREAM), func(s *Socket) {
			s.Has |= HasTOS | HasTClass | HasClassID | HasMemInfo | HasSkMem | HasTCPInfo | HasCong | HasVegas |
				HasDCTCP | HasBBR | HasMD5 | HasULP | HasStorage
			s.TOS, s.TClass, s.ClassID = 16, 17, 18
			s.SkMem = testSkMem
			s.TCP.Len, s.Cong = 104, MakeCong([]byte("dctcp"))
		}),
	},
	{
		name:  "keys stay out unless wanted",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: HasTCPInfo},
		payload: pack(testInet(unix.AF_INET, 1, v4(1), v4(2)),
			at(inetMD5, uint8(2), uint8(24), uint16(3), v4(0), "key", md5KeyMax-3)),
		want: *inetSocket(unix.IPPROTO_TCP, StateEstablished, unix.SOCK_STREAM),
	},
	{
		name:  "attributes of a wrong length are absent and counted",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
		payload: pack(testInet(unix.AF_INET, 1, v4(1), v4(2)),
			at(inetMark, uint8(1)), at(inetCgroup, uint32(1)), at(inetSkMem, ramp(1, 6)), at(inetSockOpt, uint8(1)),
			at(inetTOS), uint16(3)),
		want:      *inetSocket(unix.IPPROTO_TCP, StateEstablished, unix.SOCK_STREAM),
		malformed: 6,
	},
	{
		name:  "older kernels send fewer memory values",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP},
		payload: pack(testInet(unix.AF_INET, 7, v4(1), v4(2)),
			at(inetSkMem, ramp(1, 7))),
		want: with(inetSocket(unix.IPPROTO_UDP, StateClose, unix.SOCK_DGRAM), func(s *Socket) {
			s.Has |= HasSkMem
			s.SkMem = SkMem{1, 2, 3, 4, 5, 6, 7, 0, 0, 7}
		}),
	},
	{
		name:    "udplite on IPv6",
		query:   Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDPLITE},
		payload: pack(testInet(unix.AF_INET6, 7, v6(1), v6(2)), at(inetSkV6Only, uint8(1))),
		want: with(inetSocket(unix.IPPROTO_UDPLITE, StateClose, unix.SOCK_DGRAM), func(s *Socket) {
			s.Family, s.V6Only, s.Has = unix.AF_INET6, true, HasUID|HasV6Only
			s.Local, s.Remote = netip.MustParseAddrPort("[fd00::1]:443"), netip.MustParseAddrPort("[fd00::2]:50000")
		}),
	},
	{
		name:  "raw tells its protocol",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_RAW},
		payload: pack(testInet(unix.AF_INET, 7, v4(1), v4(2)),
			at(inetProtocol, uint8(unix.IPPROTO_ICMP))),
		want: with(inetSocket(unix.IPPROTO_ICMP, StateClose, unix.SOCK_RAW), func(s *Socket) { s.Has |= HasProtocol }),
	},
	{
		name:  "dccp",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_DCCP},
		payload: pack(testInet(unix.AF_INET, 1, v4(1), v4(2)),
			at(inetInfo, make([]byte, 104))),
		want: with(inetSocket(unix.IPPROTO_DCCP, StateEstablished, unix.SOCK_DCCP), func(s *Socket) {
			s.Has, s.TCP.Len = HasUID|HasTCPInfo, 104
		}),
	},
	{
		name:  "mptcp",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_MPTCP},
		payload: pack(testInet(unix.AF_INET, 1, v4(1), v4(2)),
			at(inetInfo, ramp(0, 24))),
		want: with(inetSocket(unix.IPPROTO_MPTCP, StateEstablished, unix.SOCK_STREAM), func(s *Socket) {
			s.Has |= HasMPTCPInfo
		}),
	},
	{
		name:  "sctp association",
		query: Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_SCTP},
		payload: pack(testInet(unix.AF_INET, 3, v4(1), v4(2)),
			at(inetLocals, sockaddrStorage(443, v4(1)[:4]), sockaddrStorage(443, v6(1))),
			at(inetPeers, sockaddrStorage(50000, v4(2)[:4])),
			at(inetInfo, ramp(1, 42), sockaddrStorage(50000, v6(2)), ramp(100, 18))),
		want: with(inetSocket(unix.IPPROTO_SCTP, StateSynRecv, 0), func(s *Socket) {
			s.Has |= HasLocals | HasPeers | HasSCTPInfo
		}),
	},
	{
		name:  "unix listener",
		query: Query{Family: unix.AF_UNIX},
		payload: pack(uint8(1), uint8(unix.SOCK_STREAM), uint8(10), uint8(0), uint32(4711), testCookieLo, testCookieHi,
			at(unixName, "/run/x.sock\x00"), at(unixVFS, uint32(12), uint32(13)), at(unixPeer, uint32(14)),
			at(unixIcons, ramp(21, 3)), at(unixRQLen, uint32(2), uint32(128)), at(unixMemInfo, ramp(1, 9)),
			at(unixShutdown, uint8(3)), at(unixUID, uint32(1000))),
		want: Socket{
			Family: unix.AF_UNIX, Type: unix.SOCK_STREAM, State: StateListen, Inode: 4711, Cookie: testCookie,
			UID: 1000, RecvQ: 2, SendQ: 128, Unix: Unix{12, 13, 14}, Shutdown: 3, SkMem: testSkMem,
			Has: HasName | HasVFS | HasPeer | HasIcons | HasQueues | HasSkMem | HasShutdown | HasUID,
		},
	},
	{
		name:  "packet",
		query: Query{Family: unix.AF_PACKET},
		payload: pack(packetAnswer,
			at(packetInfo, uint32(7), uint32(2), uint32(3), uint32(4), uint32(5), uint32(0x1f)),
			at(packetMCList, uint32(7), uint32(1), uint16(0), uint16(6), "\x01\x02\x03\x04\x05\x06", 26),
			at(packetRxRing, ramp(1, 7)), at(packetTxRing, ramp(11, 7)), at(packetFanout, uint32(0x10002)),
			at(packetUID, uint32(1000)), at(packetMemInfo, ramp(1, 9)),
			at(packetFilter, uint16(0x28), uint8(1), uint8(2), uint32(12))),
		want: Socket{
			Family: unix.AF_PACKET, Type: unix.SOCK_RAW, State: StateClose, Protocol: unix.ETH_P_ALL, Inode: 4711,
			Cookie: testCookie, Iface: 7, UID: 1000, RecvQ: 1, SendQ: 3, SkMem: testSkMem,
			Has: HasPacket | HasMembers | HasRxRing | HasTxRing | HasFanout | HasUID | HasSkMem | HasQueues | HasFilter,
		},
	},
	{
		name:    "netlink",
		query:   Query{Family: unix.AF_NETLINK},
		payload: pack(netlinkAnswer, at(netlinkMemInfo, ramp(1, 9)), at(netlinkGroups, uint64(1<<40|5)), at(netlinkFlags, uint32(0x21))),
		want: Socket{
			Family: unix.AF_NETLINK, Type: unix.SOCK_RAW, State: StateEstablished, Protocol: 15, Inode: 4711,
			Cookie: testCookie, RecvQ: 1, SendQ: 3, SkMem: testSkMem,
			Netlink: Netlink{0xdeadbeef, 17, 2, NetlinkFlagDumping | NetlinkFlagCapAck},
			Has:     HasSkMem | HasQueues | HasGroups | HasFlags,
		},
	},
	{
		name:  "vsock",
		query: Query{Family: unix.AF_VSOCK},
		payload: pack(uint8(unix.AF_VSOCK), uint8(1), uint8(10), uint8(1), VsockAny, uint32(1024), uint32(3),
			VsockAny, uint32(4711), testCookieLo, testCookieHi),
		want: Socket{
			Family: unix.AF_VSOCK, Type: unix.SOCK_STREAM, State: StateListen, Inode: 4711, Cookie: testCookie,
			Shutdown: 1, Vsock: Vsock{VsockAny, 1024, 3, VsockAny}, Has: HasShutdown,
		},
	},
	{
		name:  "xdp",
		query: Query{Family: unix.AF_XDP},
		payload: pack(xdpAnswer, at(xdpInfo, uint32(7), uint32(2)), at(xdpUID, uint32(1000)), at(xdpRxRing, uint32(512)),
			at(xdpTxRing, uint32(256)), at(xdpUmem, uint64(1<<33), ramp(1, 8)), at(xdpFill, uint32(64)),
			at(xdpComplete, uint32(32)), at(xdpMemInfo, ramp(1, 9)), at(xdpStats, ramp(1, 12))),
		want: Socket{
			Family: unix.AF_XDP, Type: unix.SOCK_RAW, State: StateClose, Inode: 4711, Cookie: testCookie, Iface: 7,
			UID: 1000, RecvQ: 1, SendQ: 3, SkMem: testSkMem,
			Has: HasXDP | HasUID | HasRxRing | HasTxRing | HasUmem | HasSkMem | HasQueues | HasStats,
		},
	},
	{
		name:  "tipc",
		query: Query{Family: unix.AF_TIPC},
		payload: pack(at(tipcSock, at(tipcType, uint32(1)), at(tipcState, uint32(1)), at(tipcInode, uint32(4711)),
			at(tipcUID, uint32(1000)), at(tipcCookie, testCookie), at(tipcAddr, uint32(0x1001)), at(tipcRef, uint32(77)),
			at(tipcCon, at(tipcConFlag), at(tipcConNode, uint32(2)), at(tipcConSock, uint32(3)),
				at(tipcConType, uint32(4)), at(tipcConInst, uint32(5))), at(tipcHasPubl),
			at(tipcStat, at(tipcRecvQ, uint32(8)), at(tipcSendQ, uint32(9)), at(tipcLinkCong), at(tipcConnCong),
				at(tipcDrops, uint32(10))))),
		want: Socket{
			Family: unix.AF_TIPC, Type: unix.SOCK_STREAM, State: StateEstablished, Inode: 4711, Cookie: testCookie,
			UID: 1000, RecvQ: 8, SendQ: 9, Has: HasTIPC | HasUID | HasQueues,
		},
	},
	{
		name:  "smc",
		query: Query{Family: unix.AF_SMC},
		payload: pack(uint8(unix.AF_SMC), uint8(1), uint8(SMCModeR), uint8(0),
			testID(v4(1), v4(2)), uint32(1000), uint64(4711),
			at(smcShutdown, uint8(1)), at(smcFallback, uint32(1), uint32(2)), at(smcConn, ramp(1, 19)),
			at(smcLinkGroup, uint8(1), "mlx5_0", 58, uint8(2), "fe80::1", 33, "fe80::2", 33, uint8(1)),
			at(smcDMB, uint32(1), 4, uint64(2), uint64(3), uint64(4), uint64(5))),
		want: Socket{
			Family: unix.AF_SMC, Type: unix.SOCK_STREAM, State: StateEstablished, Inode: 4711, Cookie: testCookie,
			Local: netip.MustParseAddrPort("10.0.0.1:443"), Remote: netip.MustParseAddrPort("10.0.0.2:50000"),
			Iface: 7, UID: 1000, Shutdown: 1, Has: HasUID | HasShutdown | HasSMC,
		},
	},
}
