package cli

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A tally counts the sockets of a summary. If every socket counts, TCP sockets in TIME-WAIT, and in
// ESTABLISHED unless their queues are requested, are taken from the kernel's counters and not listed: these
// are the ones of which there are many. Values without a counter are listed: other states, queues, other
// protocols.
type tally struct {
	counts view.Counts
	queues bool // of every socket are requested

	timeWait uint64 // the kernel's counter
	inUse    uint64 // likewise, in all states but TIME-WAIT; 0 where ESTABLISHED is listed
	seen     uint64 // those of inUse that were listed
	waiting  uint64 // those of timeWait that were listed: the kernel lists some as FIN-WAIT-2
	proc     bool   // rows come from /proc/net/tcp, where the counter of a row is unknown
}

// count counts the sockets of a lister.
func (t *tally) count(l *lister) ([]*view.Count, error) {
	if l.tree == nil && !l.selection.listening {
		l.enter = t.shorten
	}
	err := l.each(0, func(row *view.Socket) error {
		t.counts.Add(row)
		t.take(row.Socket)
		return nil
	})
	l.enter = nil
	if t.proc && t.inUse+t.timeWait > 0 && err == nil {
		*t = tally{queues: t.queues}
		err = l.each(0, func(row *view.Socket) error { t.counts.Add(row); return nil })
	}
	// The counters may have decreased meanwhile.
	t.counts.Put("tcp", diag.StateEstablished, t.inUse-min(t.seen, t.inUse))
	t.counts.Put("tcp", diag.StateTimeWait, t.timeWait-min(t.waiting, t.timeWait))
	return t.counts.Rows(), err
}

// take notes which counter includes a listed socket. "TCP: inuse" are full sockets in the tables of
// connections and listeners, which have a shutdown state in the dump. Sockets without it are requests of a
// handshake, which are not counted, and the second half of FIN-WAIT-2, which is in "TCP: tw".
func (t *tally) take(s *diag.Socket) {
	if !isTCP(s.Family, s.Protocol) {
		return
	}
	full := s.Has&diag.HasShutdown != 0
	switch s.State {
	case diag.StateTimeWait, diag.StateClose, diag.StateBoundInactive, diag.StateNewSynRecv:
		return
	case diag.StateSynRecv:
	case diag.StateFinWait2:
		if !full {
			t.waiting++
		}
	default:
		t.proc = t.proc || !full
	}
	if full {
		t.seen++
	}
}

// shorten removes from the queries in a namespace the sockets that its counters count. It changes nothing if
// replies are recorded or replayed: a recording is complete and has no counters.
func (t *tally) shorten(at *inspect.Place, qs []inspect.Query) {
	if at.Replay != nil || at.Record != nil {
		return
	}
	var tcp []*inspect.Query
	for i := range qs {
		if isTCP(qs[i].Family, qs[i].Protocol) {
			tcp = append(tcp, &qs[i])
		}
	}
	st, err := diag.ReadSockStat(&diag.Config{NetNS: at.FD})
	if err != nil {
		return // no /proc: everything is listed
	}
	for _, q := range tcp {
		n := st.TCP
		if q.Family == unix.AF_INET6 {
			n = st.TCP6
		}
		if !t.queues {
			q.States &^= diag.States(diag.StateEstablished)
			t.inUse += uint64(n)
		}
		if len(tcp) == 2 { // the families are counted together
			q.States &^= diag.States(diag.StateTimeWait)
		}
	}
	if len(tcp) == 2 {
		t.timeWait += uint64(st.TimeWait)
	}
	t.counts.Expect("tcp", t.inUse+t.timeWait > 0)
}

// isTCP distinguishes TCP from protocols of the same number in other families, such as NETLINK_XFRM.
func isTCP(family uint8, protocol uint16) bool {
	return protocol == unix.IPPROTO_TCP && (family == unix.AF_INET || family == unix.AF_INET6)
}
