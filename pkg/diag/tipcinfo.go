package diag

// TIPC holds the fields of AF_TIPC sockets, since Linux 4.17. Their states are
// StateEstablished, StateListen, StateClose, StateCloseWait (disconnecting) and StateSynSent.
type TIPC struct {
	Node      uint32 // own node address
	Ref       uint32 // reference number of the socket: its port
	Connected bool   // the next two are valid
	PeerNode  uint32
	PeerRef   uint32
	Via       bool // connected through a service address: the next two are valid
	ConnType  uint32
	ConnInst  uint32
	Published bool   // bound to a service
	LinkCong  bool   // waits for a congested link
	ConnCong  bool   // waits for a congested connection
	Drops     uint32 // messages dropped, a counter
}
