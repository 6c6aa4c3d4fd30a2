package ss

import (
	"strconv"

	"github.com/nlstat/nlstat/pkg/diag"
)

// xdpRow adds the row of an AF_XDP socket.
func (p *program) xdpRow(s *diag.Socket) {
	t, x := p.sheet, s.XDP()
	b := p.beginRow(netid(s), diag.StateClose, s.RecvQ, 0)
	if s.Iface != 0 {
		b = t.end(append(p.ifaces.append(b, s.Iface), ':'), colLocal)
		b = t.end(strconv.AppendUint(append(b, 'q'), uint64(x.Queue), 10), colLocalPort)
	} else {
		b = t.end(append(b, '*'), colLocal)
		b = t.end(b, colLocalPort)
	}
	b = t.end(append(b, '*'), colPeer)
	b = t.end(b, colPeerPort)
	b = t.end(p.owners.append(b, s.Inode), colProcess)
	if p.opt.extended {
		b = p.appendDetails(b, s)
		b = p.appendXDP(b, s, &x)
	}
	if p.opt.memory {
		b = appendMemory(b, s)
	}
	t.add(t.end(b, colExt))
}

func (p *program) appendXDP(b []byte, s *diag.Socket, x *diag.XDP) []byte {
	if s.Has&diag.HasRxRing != 0 {
		b = p.appendEntries(b, "rx", x.RxRing)
	}
	if s.Has&diag.HasTxRing != 0 {
		b = p.appendEntries(b, "tx", x.TxRing)
	}
	if s.Has&diag.HasUmem != 0 {
		b = p.appendUmem(b, x)
	}
	if s.Has&diag.HasStats == 0 {
		return b
	}
	b = appendUint(append(b, p.opt.inner()...), "stats(rx dropped:", x.Stats.RxDropped)
	b = appendUint(b, ",rx invalid:", x.Stats.RxInvalid)
	b = appendUint(b, ",rx queue full:", x.Stats.RxFull)
	b = appendUint(b, ",rx fill ring empty:", x.Stats.FillRingEmpty)
	b = appendUint(b, ",tx invalid:", x.Stats.TxInvalid)
	return append(appendUint(b, ",tx ring empty:", x.Stats.TxRingEmpty), ')')
}

func (p *program) appendEntries(b []byte, ring string, n uint32) []byte {
	b = append(append(b, p.opt.inner()...), ring...)
	return append(appendUint(b, "(entries:", n), ')')
}

// appendUmem appends the memory area and its two rings. In one line ss says tumem.
func (p *program) appendUmem(b []byte, x *diag.XDP) []byte {
	u := &x.Umem
	if p.opt.oneline {
		b = append(b, " t"...)
	} else {
		b = append(b, "\n\t"...)
	}
	b = appendUint(b, "umem(id:", u.ID)
	b = appendUint(b, ",size:", u.Size)
	b = appendUint(b, ",num_pages:", u.Pages)
	b = appendUint(b, ",chunk_size:", u.ChunkSize)
	b = appendUint(b, ",headroom:", u.Headroom)
	b = appendUint(b, ",ifindex:", u.Iface)
	b = appendUint(b, ",qid:", u.Queue)
	b = appendUint(b, ",zc:", u.Flags&1)
	b = append(appendUint(b, ",refs:", u.Refs), ')')
	if x.Fill != 0 {
		b = p.appendEntries(b, "fr", x.Fill)
	}
	if x.Complete != 0 {
		b = p.appendEntries(b, "cr", x.Complete)
	}
	return b
}
