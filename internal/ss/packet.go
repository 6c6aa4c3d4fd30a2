package ss

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// packetRow adds the row of an AF_PACKET socket.
func (p *program) packetRow(s *diag.Socket) {
	t := p.sheet
	b := p.beginRow(netid(s), diag.StateClose, s.RecvQ, 0)
	b = t.end(append(p.appendEtherType(b, s.Protocol), ':'), colLocal)
	if s.Iface == 0 {
		b = append(b, '*')
	} else {
		b = p.ifaces.append(b, s.Iface)
	}
	b = t.end(b, colLocalPort)
	b = t.end(append(b, '*'), colPeer)
	b = t.end(b, colPeerPort)
	b = t.end(p.owners.append(b, s.Inode), colProcess)
	if p.opt.extended {
		b = p.appendDetails(b, s)
		b = p.appendPacket(b, s)
	}
	if p.opt.bpf && s.Has&diag.HasFilter != 0 {
		b = p.appendPacketFilter(b, s)
	}
	if p.opt.memory {
		b = appendMemory(b, s)
	}
	t.add(t.end(b, colExt))
}

// appendEtherType appends the protocol that a packet socket receives, a star for all.
func (p *program) appendEtherType(b []byte, protocol uint16) []byte {
	if protocol == unix.ETH_P_ALL {
		return append(b, '*')
	}
	if !p.opt.numeric {
		if name := diag.EtherTypeName(protocol); name != "" {
			return append(b, name...)
		}
	}
	return append(strconv.AppendUint(append(b, '['), uint64(protocol), 10), ']')
}

// packetFlagNames are the words for the bits of PacketFlags.
var packetFlagNames = [...]string{"running", " auxdata", " origdev", " vnethdr", " loss"}

// fanoutNames are the words for the ways to spread packets.
var fanoutNames = [...]string{"hash", "lb", "cpu", "roll", "random", "qm"}

// appendPacket appends the items of -e that only packet sockets have.
func (p *program) appendPacket(b []byte, s *diag.Socket) []byte {
	k := s.Packet()
	if s.Has&diag.HasPacket != 0 {
		b = appendUint(append(b, p.opt.inner()...), "ver:", k.Version)
		b = append(appendUint(b, " cpy_thresh:", k.CopyThreshold), " flags( "...)
		if k.Flags == 0 {
			b = append(b, '0')
		}
		for i, word := range packetFlagNames {
			if k.Flags&(1<<i) != 0 {
				b = append(b, word...)
			}
		}
		b = append(b, " )"...)
	}
	if s.Has&diag.HasRxRing != 0 {
		b = appendRing(append(b, p.opt.inner()...), "ring_rx(", &k.Rx)
	}
	if s.Has&diag.HasTxRing != 0 {
		b = appendRing(append(b, p.opt.inner()...), "ring_tx(", &k.Tx)
	}
	if s.Has&diag.HasFanout != 0 {
		b = appendUint(append(b, p.opt.inner()...), "fanout(id:", k.FanoutGroup())
		b = append(b, ",type:"...)
		if kind := k.FanoutType(); int(kind) < len(fanoutNames) {
			b = append(b, fanoutNames[kind]...)
		} else {
			b = appendHex(append(b, "0x"...), uint64(kind))
		}
		b = append(b, ')')
	}
	return b
}

func appendRing(b []byte, word string, r *diag.PacketRing) []byte {
	b = appendUint(append(b, word...), "blk_size:", r.BlockSize)
	b = appendUint(b, ",blk_nr:", r.BlockCount)
	b = appendUint(b, ",frm_size:", r.FrameSize)
	b = appendUint(b, ",frm_nr:", r.FrameCount)
	b = appendUint(b, ",tmo:", r.RetireTimeout)
	b = appendHex(append(b, ",features:0x"...), uint64(r.Features))
	return append(b, ')')
}

// appendPacketFilter appends the classic BPF program of a socket.
func (p *program) appendPacketFilter(b []byte, s *diag.Socket) []byte {
	b = append(appendUint(append(b, p.opt.inner()...), "bpf filter (", s.FilterLen()), "): "...)
	for f := range s.Filter() {
		b = append(b, " 0x"...)
		if f.Code < 0x10 {
			b = append(b, '0')
		}
		b = appendHex(b, uint64(f.Code))
		b = appendUint(b, " ", f.Jt)
		b = appendUint(b, " ", f.Jf)
		b = append(appendUint(b, " ", f.K), ',')
	}
	return b
}
