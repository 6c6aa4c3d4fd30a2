package diag

// A Query says which sockets to list and what to request for each. A reply with TCPInfo is three times
// as long as one without, so Want should name only what is used.
type Query struct {
	Family   uint8    // unix.AF_INET, AF_INET6, AF_UNIX, ...
	Protocol uint16   // unix.IPPROTO_*; 0 for families that have none
	States   StateSet // 0 means StatesKnown
	Want     Fields
	// LocalPort and RemotePort select sockets with exactly these ports, 0 = any. Inet only; the
	// kernel's cheapest filter.
	LocalPort, RemotePort uint16
	// Filter is run by the kernel on every socket. Inet only.
	Filter Bytecode
	// Maps restricts HasStorage to these BPF maps, given as descriptors; none = all.
	Maps []uint32
	// Pending also yields the unix connections that wait to be accepted, each after its listener:
	// StateSynSent, no Inode, the listener's name, the client as Peer. It needs a second walk, as does
	// HasRefs. The error is ErrManyWaiting if the kernel does not report all of them.
	Pending bool
	// IconsInline requests HasIcons in the walk that lists the sockets, as ss does, and not in one before
	// it. The list then ends without an error after a listener at which too many connections wait.
	IconsInline bool
	// Repeats yields sockets as often as the kernel sends them: netlink sockets in multicast groups are
	// sent twice.
	Repeats bool
	// Legacy sends the request of kernels before 3.3 (TCPDIAG_GETSOCK), which returns IPv4 and IPv6 in
	// one walk of the tables. TCP only; Family and Maps are not used.
	Legacy bool
}

// states returns the states to request.
func (q *Query) states() StateSet {
	if q.States == 0 {
		return StatesKnown
	}
	return q.States
}
