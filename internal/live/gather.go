package live

import (
	"math"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A gathering is a sample in the making.
type gathering struct {
	*sampler
	*Sample
	interval time.Duration // since the previous sample, 0 = there is none
	first    bool
	rescan   bool // look up owners again
	rows     int
	hint     int // where the sample before is likely to have the next socket
	spaces   map[uint64]uint16
	space    uint16
	through  *inspect.Listeners
	held     map[inspect.Identity]*heldListener
}

// heldListener is the part of a listener that its row has.
type heldListener struct {
	socket Target
	reach  string
}

// gathering begins a sample.
func (s *sampler) gathering() *gathering {
	g := &gathering{
		sampler: s, Sample: &Sample{At: time.Now(), Filter: s.wish.Selection.Text},
		first: s.at.IsZero(), spaces: map[uint64]uint16{}, held: map[inspect.Identity]*heldListener{},
	}
	g.Conns = s.room()
	switch owned := s.wish.Needs&inspect.NeedOwner != 0; {
	case !owned:
		s.scanned = time.Time{}
	case len(s.owners.list) > manyOwners, g.At.Sub(s.scanned) > ownersAge:
		g.rescan = true
		s.owners, s.scanned = newOwners(), g.At
	}
	if g.through = inspect.Rated(); s.listeners != nil && !s.cfg.Replay && s.counted.sameConns(&s.wish) {
		g.through = s.listeners.After()
	}
	switch {
	case s.cfg.Replay: // the same as before
	case !g.first:
		g.interval = g.At.Sub(s.at)
	}
	return g
}

// sameConns reports whether samples for both wishes count the same connections by listener. Those that only
// the second counts would seem to be new.
func (w Wish) sameConns(next *Wish) bool {
	return w.Counted && next.Counted && w.Selection == next.Selection && w.All == next.All
}

// shownTime is how long the screen may take to return the memory of the sample that it has shown.
const shownTime = time.Second / 2

// room returns the memory of the next sample. Two are enough: that of the previous sample, and the one that
// the screen returns for it.
func (s *sampler) room() []Conn {
	wait := time.Millisecond // to take memory already returned
	if len(s.conns) > manyConns && s.rooms > 1 {
		wait = shownTime
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case used := <-s.free:
		// After a failed sample the screen returns the one that the next is still compared with.
		if !same(used, s.conns) {
			return used[:0]
		}
	case <-timer.C:
	}
	s.rooms++
	return make([]Conn, 0, s.expected())
}

// same reports whether two lists share their memory.
func same(a, b []Conn) bool {
	return cap(a) > 0 && cap(b) > 0 && &a[:1][0] == &b[:1][0]
}

// expected estimates the connections of the next sample, so that their list need not grow, which takes its
// memory twice.
func (s *sampler) expected() int {
	if len(s.conns) == 0 && s.header != nil {
		n, _ := diag.ReadSockStat(nil) // zero if it fails: the list grows then
		return int(n.TCP + n.TimeWait + n.TCP6 + n.UDP + n.UDP6)
	}
	return len(s.conns) + len(s.conns)/64
}

// breath is the number of rows, some milliseconds, after which keys may be answered: reading and decoding
// keep two processors busy during a sample. It takes a sleep: the runtime looks for what was typed when it
// has nothing to run, and otherwise every ten milliseconds.
const (
	breath = 1024
	nap    = 20 * time.Microsecond
)

// add takes a row.
func (g *gathering) add(row *inspect.Row) {
	if g.rows++; g.rows%breath == 0 {
		time.Sleep(nap)
	}
	if row.Own {
		return
	}
	if row.Protocol == unix.IPPROTO_TCP {
		g.States[row.State&15]++
		if row.State == diag.StateListen || g.wish.Counted && inspect.OfListener(row) {
			g.through.Add(row)
		}
		if row.State == diag.StateListen {
			g.hold(row)
			return
		}
	}
	g.enter(row)
	g.Conns = append(g.Conns, Conn{
		ID: idOf(g.hasher, row.NetNS, row.Socket), known: row.Cookie != 0, space: g.space,
		Local: endpointOf(row.Local), Remote: endpointOf(row.Remote), inode: row.Inode, iface: row.Iface,
		protocol: row.Protocol, family: row.Family, kind: row.Type, state: row.State,
		queued: row.RecvQ + row.SendQ,
	})
	g.compare(row, &g.Conns[len(g.Conns)-1])
}

// enter numbers the namespace of a row. Rows of a namespace are consecutive.
func (g *gathering) enter(row *inspect.Row) {
	if int(g.space) < len(g.Spaces) && g.Spaces[g.space].Inode == row.NetNS {
		return
	}
	n, ok := g.spaces[row.NetNS]
	if !ok {
		n = uint16(min(len(g.Spaces), math.MaxUint16))
		g.spaces[row.NetNS] = n
		g.Spaces = append(g.Spaces, Space{row.NetNS, row.Netns})
	}
	g.space = n
}

// compare completes a connection by its counters and those of the previous sample.
func (g *gathering) compare(row *inspect.Row, c *Conn) {
	was, at := g.before(c.ID, g.hint)
	if g.hint = at; was != nil {
		g.hint++
	}
	if row.Has&diag.HasSkMem != 0 {
		c.drops, c.measured = row.SkMem.Drops, true
	}
	if now := inspect.CountersOf(row.Socket); now.Valid {
		c.TCP, c.rtt = true, uint32(row.TCP.RTT)
		c.sent, c.recv, c.segs, c.retrans = now.Sent, now.Received, now.SegsOut, now.Retrans
	}
	if was == nil {
		c.born, c.early = uint32(g.At.Sub(g.begun).Milliseconds()), g.first
		c.owner = g.owners.number(ownerOf(row))
		return
	}
	c.born, c.early, c.owner = was.born, was.early, was.owner
	if g.rescan || was.inode != c.inode || was.state != c.state {
		c.owner = g.owners.number(ownerOf(row))
	}
	if c.measured && was.measured { // views request no more than they show
		c.dropped = c.drops - was.drops // it has 32 bits, which wrap
	}
	if c.Rated = c.TCP && was.TCP && g.interval > 0; !c.Rated {
		return
	}
	c.Send, c.Recv = perSecond(c.sent-was.sent, g.interval), perSecond(c.recv-was.recv, g.interval)
	c.segments, c.resent = c.segs-was.segs, c.retrans-was.retrans
}

func perSecond(n uint64, in time.Duration) float32 { return float32(float64(n) / in.Seconds()) }

// hold keeps the shown values of a listener.
func (g *gathering) hold(row *inspect.Row) {
	id := inspect.IdentityOf(row.NetNS, row.Socket)
	var owner Owner
	if was := g.sampler.held[id]; was != nil && !g.rescan {
		owner = was.socket.Owner
	} else {
		owner = ownerOf(row)
	}
	g.held[id] = &heldListener{
		socket: Target{
			ID: id, Netns: row.Netns, Type: row.Type, State: row.State, Iface: row.Iface, Inode: row.Inode,
			Local: row.Local, Remote: row.Remote, Proto: "tcp", Owner: owner,
		},
		reach: row.Reach().String(),
	}
}

// health completes the listeners by the connections through them.
func (g *gathering) health() {
	drops := map[inspect.Identity]uint32{}
	for l := range g.through.All() {
		held := g.held[l.Identity]
		if held == nil {
			continue
		}
		out := Listener{
			Socket: held.socket, Owner: held.socket.Owner, Reach: held.reach, Counted: g.wish.Counted,
			Conns: uint64(l.Through.Conns()), CloseWait: uint64(l.Through.CloseWait()),
			SynQueue:    uint64(l.Through.SynQueue()),
			AcceptQueue: l.AcceptQueue, AcceptLimit: l.AcceptLimit, Drops: l.Drops,
		}
		out.Accepted, out.Rated = l.Through.AcceptRate()
		out.Rated = out.Rated && g.wish.Counted
		if l.HasDrops {
			if was, ok := g.drops[l.Identity]; ok {
				out.Recent = l.Drops - was
			}
			drops[l.Identity] = l.Drops
		}
		g.Listener = append(g.Listener, out)
	}
	g.drops = drops
}
