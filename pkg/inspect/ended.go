//go:build linux

package inspect

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// end yields the event of a destroyed socket.
func (w *watch) end(netns uint64, now time.Time, message []byte) error {
	space := w.spaces[netns]
	if space == nil {
		return nil // left meanwhile
	}
	s := &w.ended
	if _, err := s.DecodeEvent(message); err != nil {
		return err
	}
	w.now = now
	w.row = Row{Socket: s, Netns: space.name, NetNS: netns, Joins: space.joins}
	row, shown, err := w.memory.taken(&w.row)
	if err != nil {
		return err
	}
	if row.Life.From == OwnerUnknown {
		w.servers.own(w.memory.known(), row)
	}
	w.endLife(row, true)
	if !shown && !w.matches(row) {
		return nil
	}
	return w.show(row, ChangeRemoved)
}

// endLife completes the row of a closed socket. Its other end can no longer be looked up.
func (w *watch) endLife(row *Row, last bool) {
	l := &row.Life
	l.Ended, l.Final = w.now, last
	row.Rates.Interval, row.Rates.Age = 0, 0
	if !l.FirstSeen.IsZero() {
		row.Rates.Age = l.Ended.Sub(l.FirstSeen)
	}
	if row.Joins == nil {
		return
	}
	kept := *row.Joins
	kept.Peers = nil
	if l.From == OwnerUnknown {
		kept.Owners = unknownOwner{}
	}
	row.Joins = &kept
}

// final copies the last counters of a socket into its last sample.
func final(s, last *diag.Socket) {
	s.Timer, s.Expires, s.Retrans = diag.TimerNone, 0, 0
	if last.Has&diag.HasTCPInfo != 0 {
		s.TCP = last.TCP
		s.Has |= diag.HasTCPInfo
		s.RecvQ, s.SendQ = last.RecvQ, last.SendQ
	}
}

// matches reports whether a closed socket matches the plan. Its event has the state CLOSE: a connection
// also matches by its former state.
func (w *watch) matches(row *Row) bool {
	if w.filter == nil || w.filter(row) {
		return true
	}
	if row.Protocol != unix.IPPROTO_TCP || row.Remote.Port() == 0 || row.State != diag.StateClose {
		return false
	}
	row.State = diag.StateEstablished
	ok := w.filter(row)
	row.State = diag.StateClose
	return ok
}

// servers has the listeners of the last sample and of the current one, and while events from before the
// last one are processed, also those of the sample before.
type servers struct{ before, now, next serving }

// serving is a sample of listeners with the numbers of their owners.
type serving struct {
	all *Listeners
	who map[server]uint32
}

// A server is the index of a listener in the list of a namespace.
type server struct {
	netns uint64
	at    int32
}

// listenerQueries returns the queries for listeners that servers needs besides those of the plan.
func (w *watch) listenerQueries() []Query {
	states := diag.States(diag.StateListen)
	note := func(row *Row) { w.servers.add(w.memory.known(), row) }
	return []Query{
		{Query: diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: states}, to: note},
		{Query: diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, States: states}, to: note},
	}
}

func (s *servers) begin() {
	s.next = serving{NewListeners(), make(map[server]uint32, len(s.now.who))}
}

// add adds a listener of the current sample.
func (s *servers) add(h *holders, row *Row) {
	s.next.all.Add(row)
	if n := h.instead(0, row); n != 0 {
		s.next.who[server{row.NetNS, int32(len(s.next.all.space(row.NetNS).list)) - 1}] = n
	}
}

// end completes the sample. The one before is kept until forget.
func (s *servers) end() { s.before, s.now, s.next = s.now, s.next, serving{} }

// forget drops the sample before the last.
func (s *servers) forget(h *holders) {
	for _, n := range s.before.who {
		h.release(n)
	}
	s.before = serving{}
}

// holder returns the number of the process whose listener a connection came through, 0 if none is known.
func (s *serving) holder(row *Row) uint32 {
	if s.all == nil {
		return 0
	}
	space := s.all.spaces[row.NetNS]
	if space == nil {
		return 0
	}
	return s.who[server{row.NetNS, space.find(row.Socket)}]
}

// own sets the owner of a connection to the process of the listener that accepted it. If that process
// changed between two samples, the owner is unknown.
func (s *servers) own(h *holders, row *Row) {
	if row.Protocol != unix.IPPROTO_TCP || row.Remote.Port() == 0 || row.Joins == nil {
		return
	}
	was, n := s.before.holder(row), s.now.holder(row)
	if was != 0 && n != 0 && was != n {
		return
	}
	if n = max(was, n); n != 0 {
		row.Joins = h.joins(row, n)
		row.Life.From = OwnerOfListener
	}
}

// unknownOwner is the owner of a closed socket without a known process.
type unknownOwner struct{}

func (unknownOwner) Owners(uint32) []owner.Ref          { return nil }
func (unknownOwner) Comm(int32) []byte                  { return nil }
func (unknownOwner) Name(int32) []byte                  { return nil }
func (unknownOwner) Cmdline(int32) []byte               { return nil }
func (unknownOwner) Ancestry(int32) string              { return "" }
func (unknownOwner) Group(int32) *cgroup.Group          { return nil }
func (unknownOwner) Complete() bool                     { return false }
func (unknownOwner) Absence(*diag.Socket) owner.Absence { return owner.AbsenceUnknown }
