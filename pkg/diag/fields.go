package diag

// Fields is a set of the parts of a [Socket] that not every reply has: in [Query.Want] those to request, in
// [Socket.Has] those received. Some are always sent, some need rights; the kernel does not report why one
// is missing.
type Fields uint64

// The parts of a Socket, with the kernel's attribute and when it is sent. "Always" means without a request.
const (
	HasShutdown  Fields = 1 << iota // INET_DIAG_SHUTDOWN, UNIX_DIAG_SHUTDOWN: always, full sockets
	HasTOS                          // INET_DIAG_TOS
	HasTClass                       // INET_DIAG_TCLASS: IPv6 only
	HasV6Only                       // INET_DIAG_SKV6ONLY: always, IPv6 listening or unconnected
	HasMark                         // INET_DIAG_MARK: always, with CAP_NET_ADMIN
	HasClassID                      // INET_DIAG_CLASS_ID: requested by the bit of HasTClass
	HasCgroup                       // INET_DIAG_CGROUP_ID: always, since Linux 5.8
	HasSockOpt                      // INET_DIAG_SOCKOPT: always, since Linux 5.10
	HasMemInfo                      // INET_DIAG_MEMINFO
	HasSkMem                        // INET_DIAG_SKMEMINFO, SK_MEMINFO of other families
	HasProtocol                     // INET_DIAG_PROTOCOL: raw sockets and events
	HasTCPInfo                      // INET_DIAG_INFO of TCP
	HasMPTCPInfo                    // INET_DIAG_INFO of MPTCP
	HasSCTPInfo                     // INET_DIAG_INFO of SCTP
	HasCong                         // INET_DIAG_CONG
	HasVegas                        // INET_DIAG_VEGASINFO: if that is the socket's algorithm
	HasDCTCP                        // INET_DIAG_DCTCPINFO: requested together with HasVegas
	HasBBR                          // INET_DIAG_BBRINFO: requested together with HasVegas
	HasMD5                          // INET_DIAG_MD5SIG: keys in clear, with CAP_NET_ADMIN; only if wanted
	HasULP                          // INET_DIAG_ULP_INFO: comes with HasTCPInfo
	HasLocals                       // INET_DIAG_LOCALS: SCTP
	HasPeers                        // INET_DIAG_PEERS: SCTP
	HasStorage                      // INET_DIAG_SK_BPF_STORAGES
	HasUID                          // a field of inet replies, an attribute of others
	HasName                         // UNIX_DIAG_NAME
	HasVFS                          // UNIX_DIAG_VFS: sockets bound to a path
	HasPeer                         // UNIX_DIAG_PEER
	HasIcons                        // UNIX_DIAG_ICONS: listeners
	HasQueues                       // UNIX_DIAG_RQLEN
	HasPacket                       // PACKET_DIAG_INFO
	HasMembers                      // PACKET_DIAG_MCLIST
	HasRxRing                       // PACKET_DIAG_RX_RING
	HasTxRing                       // PACKET_DIAG_TX_RING
	HasFanout                       // PACKET_DIAG_FANOUT
	HasFilter                       // PACKET_DIAG_FILTER: with CAP_NET_ADMIN
	HasGroups                       // NETLINK_DIAG_GROUPS
	HasFlags                        // NETLINK_DIAG_FLAGS
	HasXDP                          // XDP_DIAG_INFO
	HasUmem                         // XDP_DIAG_UMEM
	HasStats                        // XDP_DIAG_STATS
	HasTIPC                         // TIPC_NLA_SOCK
	HasSMC                          // SMC_DIAG_*
	HasRefs                         // kernel's references: /proc/net; unix by a second walk
	HasProc                         // [Socket.Proc]: from /proc/net only
)
