package nl

// A Config configures a [Conn], and those of packages link, route, maddr and conntrack, which have it under
// the same name. The zero value queries the network namespace of the calling thread.
type Config struct {
	// NetNS is a descriptor of the network namespace to query, such as an open /run/netns/NAME; 0 = that of
	// the calling thread. It may be closed after Dial: the Conn stays in that namespace. Entering a namespace
	// needs CAP_SYS_ADMIN.
	NetNS int
	// Events are the multicast groups to join: constants of the package that is dialed, such as
	// link.GroupAddresses. The numbers of another netlink protocol mean other groups.
	Events EventGroups
	// EventMemory is the limit of the kernel's queue of events, in bytes of kernel memory (SO_RCVBUF); 0 = the
	// kernel's default. More than net.core.rmem_max needs CAP_NET_ADMIN in the initial user namespace; without
	// it, the limit is that.
	EventMemory int
	// ReadAhead is the number of datagrams, of 32 KiB, that a goroutine reads while the caller works on
	// earlier ones; 0 = none. It helps where printing a row costs as much as the kernel's walk.
	ReadAhead int
	// NoSocket opens a socket at the first request only, for callers that have another source and may not be
	// allowed to open one.
	NoSocket bool       // not with Events
	Record   *Recorder  // records every request and datagram
	Replay   *Recording // answers every request instead of the kernel

	bufferLen int // size of the receive buffer, for tests; 0 = 64 KiB
}

// EventGroups is a set of multicast groups of events, of one netlink protocol: bit n is group n+1. Joining
// those of NETLINK_ROUTE needs no rights, those of NETLINK_NETFILTER CAP_NET_ADMIN.
type EventGroups uint32
