//go:build linux

package diag

import (
	"encoding/binary"
	"iter"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// IsAssociation reports whether this is an association of the SCTP endpoint before it in the dump,
// with which it shares inode and cookie. Only associations have addresses of peers.
func (s *Socket) IsAssociation() bool {
	return s.Protocol == unix.IPPROTO_SCTP && s.Has&HasPeers != 0
}

// SCTPState returns the state of an association, whose [Socket.State] has SCTP's numbers.
func (s *Socket) SCTPState() SCTPState { return SCTPState(s.State) }

const (
	sctpInfoLen      = 368 // struct sctp_info
	sctpInfoLenFirst = 54
	sockaddrLen      = 128 // struct sockaddr_storage
)

// SCTP decodes SCTP's state. It is zero without HasSCTPInfo.
func (s *Socket) SCTP() (i SCTPInfo) {
	if s.Has&HasSCTPInfo == 0 {
		return i
	}
	var b [sctpInfoLen]byte // missing fields stay zero
	info := s.attr(inetInfo)
	copy(b[:], info)
	i.Len = uint16(min(len(info), 0xffff))
	i.Tag, i.State, i.Rwnd = u32(b[0:]), u32(b[4:]), u32(b[8:])
	i.UnackData, i.PendData = u16(b[12:]), u16(b[14:])
	i.InStreams, i.OutStreams = u16(b[16:]), u16(b[18:])
	i.FragmentationPoint, i.InQueue, i.OutQueue = u32(b[20:]), u32(b[24:]), u32(b[28:])
	i.OverallError, i.MaxBurst, i.MaxSeg = u32(b[32:]), u32(b[36:]), u32(b[40:])
	i.PeerRwnd, i.PeerTag = u32(b[44:]), u32(b[48:])
	i.PeerCapable, i.PeerSack = b[52], b[53]
	i.counters(b[56:168])
	i.PrimaryAddress = sockaddr(b[168:296])
	i.PrimaryPath.decode(b[296:344])
	i.Autoclose = time.Duration(u32(b[344:])) * time.Second
	i.AdaptationInd, i.PDPoint = u32(b[348:]), u32(b[352:])
	i.NoDelay, i.DisableFragments, i.V4Mapped, i.FragInterleave = b[356], b[357], b[358], b[359]
	i.Type = u32(b[360:])
	return i
}

func (i *SCTPInfo) counters(b []byte) {
	i.InSacks, i.OutSacks, i.OutPackets, i.InPackets = u64(b), u64(b[8:]), u64(b[16:]), u64(b[24:])
	i.RtxChunks, i.OutOfSeqTSNs = u64(b[32:]), u64(b[40:])
	i.InDupChunks, i.GapCount = u64(b[48:]), u64(b[56:])
	i.OutUnordered, i.InUnordered = u64(b[64:]), u64(b[72:])
	i.OutOrdered, i.InOrdered = u64(b[80:]), u64(b[88:])
	i.OutCtrlChunks, i.InCtrlChunks = u64(b[96:]), u64(b[104:])
}

func (p *SCTPPath) decode(b []byte) {
	p.State, p.Cwnd, p.SRTTJiffies, p.RTO = int32(u32(b)), u32(b[4:]), u32(b[8:]), Milliseconds(u32(b[12:]))
	p.HBJiffies, p.PathMaxRxt = u32(b[16:]), u32(b[20:])
	p.SackDelay, p.SackFreq = Milliseconds(u32(b[24:])), u32(b[28:])
	p.Ssthresh, p.PartialAck, p.FlightSize = u32(b[32:]), u32(b[36:]), u32(b[40:])
	p.ErrorsInRow = u16(b[44:])
}

// sockaddr decodes the inet addresses among struct sockaddr_storage; others are invalid.
func sockaddr(b []byte) netip.AddrPort {
	port := binary.BigEndian.Uint16(b[2:])
	switch u16(b) {
	case unix.AF_INET:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port)
	case unix.AF_INET6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])), port)
	}
	return netip.AddrPort{}
}

// Locals yields the local addresses of an SCTP endpoint or association (HasLocals).
func (s *Socket) Locals() iter.Seq[netip.AddrPort] { return sockaddrs(s, inetLocals) }

// Peers yields the remote addresses of an SCTP association (HasPeers).
func (s *Socket) Peers() iter.Seq[netip.AddrPort] { return sockaddrs(s, inetPeers) }

func sockaddrs(s *Socket, typ uint16) iter.Seq[netip.AddrPort] {
	return func(yield func(netip.AddrPort) bool) {
		for b := s.attr(typ); len(b) >= sockaddrLen; b = b[sockaddrLen:] {
			if !yield(sockaddr(b)) {
				return
			}
		}
	}
}
