package diag

// XDP holds the fields of AF_XDP sockets, since Linux 5.1. Their interface is [Socket.Iface]
// (HasXDP), their state always StateClose. RecvQ and SendQ are memory (HasSkMem).
type XDP struct {
	Queue    uint32 // of the interface
	RxRing   uint32 // entries, 0 = no such ring (HasRxRing)
	TxRing   uint32 // entries (HasTxRing)
	Fill     uint32 // entries of the fill ring, 0 = none
	Complete uint32 // entries of the completion ring, 0 = none
	Umem     XDPUmem
	Stats    XDPStats
}

// XDPUmem is the memory area that packets lie in (HasUmem).
type XDPUmem struct {
	Size      uint64 // bytes
	ID        uint32
	Pages     uint32
	ChunkSize uint32 // bytes
	Headroom  uint32 // bytes
	Iface     uint32 // that it is bound to, with Queue
	Queue     uint32
	Flags     uint32 // bit 0: XDP_DU_F_ZEROCOPY
	Refs      uint32 // references of the kernel
}

// XDPStats are counters (HasStats; struct xdp_diag_stats), since Linux 5.9.
type XDPStats struct {
	RxDropped     uint64 // packets dropped for other reasons than a full ring
	RxInvalid     uint64 // descriptors
	RxFull        uint64 // packets dropped because the RX ring was full
	FillRingEmpty uint64 // times that the fill ring had no descriptor
	TxInvalid     uint64 // descriptors
	TxRingEmpty   uint64 // times that the TX ring had no descriptor
}
