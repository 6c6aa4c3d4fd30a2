package diag

// Fields is a set of the parts of a [Socket] that not every answer has. In [Query.Want] it tells what to
// request, in [Socket.Has] what was received. Some parts are sent always, some need rights; the kernel never
// says why one is missing.
type Fields uint64

// The parts of a Socket. The comment names the kernel's attribute and when it comes.
const (
	HasShutdown  Fields = 1 << iota // INET_DIAG_SHUTDOWN, UNIX_DIAG_SHUTDOWN: unasked, full sockets
	HasTOS                          // INET_DIAG_TOS
	HasTClass                       // INET_DIAG_TCLASS: IPv6 only
	HasV6Only                       // INET_DIAG_SKV6ONLY: unasked, IPv6 listening or unconnected
	HasMark                         // INET_DIAG_MARK: unasked, with CAP_NET_ADMIN
	HasClassID                      // INET_DIAG_CLASS_ID: requested as HasTClass in the kernel
	HasCgroup                       // INET_DIAG_CGROUP_ID: unasked, since Linux 5.8
	HasSockOpt                      // INET_DIAG_SOCKOPT: unasked, since Linux 5.10
	HasMemInfo                      // INET_DIAG_MEMINFO
	HasSkMem                        // INET_DIAG_SKMEMINFO and its kin of the other families
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
	HasUID                          // a field of inet answers, an attribute elsewhere
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
	HasSMC                          // SMC_DIAG_CONNINFO and its kin
	HasRefs                         // kernel's references: /proc/net, unix at the price of a second walk
	HasProc                         // [Socket.Proc]: from /proc/net only
)
