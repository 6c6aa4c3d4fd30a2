package view

import (
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// memoryColumns returns the socket's memory (SK_MEMINFO_*), overhead included.
func memoryColumns() []render.Column[Socket] {
	return []render.Column[Socket]{
		{
			Key: "memory", Title: "MEMORY", Kind: render.KindByteSize, Type: render.TypeGauge, Right: true, Needs: inspect.NeedMem,
			Help: "Kernel memory of the socket: queues, backlog, options and reserved memory.",
			Value: func(s *Socket) render.Value {
				m := &s.SkMem
				if s.Has&diag.HasSkMem == 0 || m.Len < 8 {
					return render.Value{}
				}
				sum := uint64(m.RmemAlloc) + uint64(max(int32(m.FwdAlloc), 0)) + uint64(m.Optmem) + uint64(m.Backlog)
				// packets passed to the interface stay in TCP's queue; other protocols have no other send memory
				return render.Bytes(sum + uint64(max(m.WmemAlloc, m.WmemQueued)))
			},
		},
		memory("mem_recv", "MEM-RECV", "Memory of the receive queue.",
			func(m *diag.SkMem) (uint32, uint8) { return m.RmemAlloc, 1 }),
		memory("rcvbuf", "RCVBUF", "Limit of the receive memory (SO_RCVBUF).",
			func(m *diag.SkMem) (uint32, uint8) { return m.Rcvbuf, 2 }),
		memory("mem_send", "MEM-SEND", "Memory of data passed to the device.",
			func(m *diag.SkMem) (uint32, uint8) { return m.WmemAlloc, 3 }),
		memory("sndbuf", "SNDBUF", "Limit of the send memory (SO_SNDBUF).",
			func(m *diag.SkMem) (uint32, uint8) { return m.Sndbuf, 4 }),
		memory("mem_ahead", "MEM-AHEAD", "Memory reserved for future allocations.",
			func(m *diag.SkMem) (uint32, uint8) { return m.FwdAlloc, 5 }),
		memory("mem_queued", "MEM-QUEUED", "Memory of the send queue.",
			func(m *diag.SkMem) (uint32, uint8) { return m.WmemQueued, 6 }),
		memory("mem_options", "MEM-OPT", "Memory of options and filters.",
			func(m *diag.SkMem) (uint32, uint8) { return m.Optmem, 7 }),
		memory("mem_backlog", "MEM-BACKLOG", "Memory of the backlog queue, used while a process holds the socket lock.",
			func(m *diag.SkMem) (uint32, uint8) { return m.Backlog, 8 }),
		{
			Key: "drops", Title: "DROPS", Kind: render.KindUnsigned, Type: render.TypeCounter, Right: true, Needs: inspect.NeedMem,
			Help: "Packets dropped by the socket. Since Linux 4.7.",
			Value: func(s *Socket) render.Value {
				if s.Has&diag.HasSkMem == 0 || s.SkMem.Len < 9 {
					return render.Value{}
				}
				return render.Uint(uint64(s.SkMem.Drops))
			},
			Style: func(s *Socket) render.Style {
				if s.SkMem.Drops > 0 {
					return render.StyleBad
				}
				return render.StyleFaint
			},
		},
	}
}

// memory returns the column of the n-th value of the kernel's array.
func memory(key, title, help string, get func(*diag.SkMem) (v uint32, n uint8)) render.Column[Socket] {
	return render.Column[Socket]{
		Key: key, Title: title, Kind: render.KindByteSize, Type: render.TypeGauge, Right: true, Needs: inspect.NeedMem, Help: help,
		Value: func(s *Socket) render.Value {
			v, n := get(&s.SkMem)
			if s.Has&diag.HasSkMem == 0 || s.SkMem.Len < n {
				return render.Value{}
			}
			return render.Bytes(uint64(v))
		},
	}
}
