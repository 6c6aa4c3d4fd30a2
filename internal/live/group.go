package live

import (
	"cmp"
	"net/netip"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/render"
)

// A grouping is a property by which sockets are summed up.
type grouping uint8

// The groupings, in the order of the key a.
const (
	byProcess grouping = iota
	byUnit
	byContainer
	byPeer
	groupings
)

var groupingNames = [groupings]string{"process", "unit", "container", "peer"}

func (g grouping) String() string { return groupingNames[g] }

// grouped names the first column by what it holds. Units have no column of their own then.
func (s *scene) grouped(c *render.Column[Group]) bool {
	if c.Key == "process" {
		c.Title = strings.ToUpper(s.by.String())
	}
	return c.Key != "unit" || s.by != byUnit
}

// A groupKey identifies a group of a grouping.
type groupKey struct {
	pid  int32
	name string // if there is no process
	addr [16]byte
}

// key returns the key of the group that a connection belongs to.
func (g grouping) key(s *Sample, c *Conn) groupKey {
	if g == byPeer {
		return groupKey{addr: c.Remote.addr}
	}
	return g.of(&s.Owners[c.owner])
}

// of returns the key of an owner's group.
func (g grouping) of(o *Owner) groupKey {
	switch {
	case g == byUnit:
		return groupKey{name: cmp.Or(o.Unit, "-")}
	case g == byContainer:
		return groupKey{name: cmp.Or(o.Container, "-")}
	case o.PID != 0:
		return groupKey{pid: o.PID}
	default:
		return groupKey{name: o.Name}
	}
}

// A Group holds the common properties of sockets, and their sums.
type Group struct {
	key                         groupKey
	Owner                       Owner // of the first socket
	Owners                      int   // different ones
	Peer                        netip.Addr
	Conns, Listeners, CloseWait int
	Rated                       bool
	Send, Recv                  float64
	RTT                         time.Duration // the longest
	Drops, Recent               uint64        // packets and connections, in all and since the previous sample
	segments, resent            uint64
	last                        uint32 // owner
}

// Name returns the name of a group.
func (g *Group) Name(by grouping) string {
	switch by {
	case byPeer:
		return g.Peer.String()
	case byProcess:
		return g.Owner.Name
	default:
		return g.key.name
	}
}

// Resent returns the share of retransmitted segments since the previous sample, in percent.
func (g *Group) Resent() (percent float64, ok bool) {
	if g.segments == 0 {
		return 0, false
	}
	return 100 * float64(g.resent) / float64(g.segments), true
}

// A grouper sums up sockets. Groups by owner are found by its number.
type grouper struct {
	*Sample
	by    grouping
	index map[groupKey]int
	owned []int // by owner: group + 1
	list  []Group
}

// groups sums up the sockets of a sample.
func groups(s *Sample, by grouping) []Group {
	g := grouper{Sample: s, by: by, index: map[groupKey]int{}, owned: make([]int, len(s.Owners))}
	for i := range s.Conns {
		c := &s.Conns[i]
		if by == byPeer && c.Remote.port == 0 {
			continue
		}
		g.of(c).add(c)
	}
	if by == byPeer {
		return g.list
	}
	for i := range s.Listener {
		l := &s.Listener[i]
		at := g.at(by.of(&l.Owner))
		if g.list[at].Owner == (Owner{}) {
			g.list[at].Owner = l.Owner
		}
		g.list[at].Listeners++
		g.list[at].Drops += uint64(l.Drops)
		g.list[at].Recent += uint64(l.Recent)
	}
	return g.list
}

// of returns the group of a connection.
func (g *grouper) of(c *Conn) *Group {
	if g.by == byPeer {
		group := &g.list[g.at(groupKey{addr: c.Remote.addr})]
		if group.Conns == 0 {
			group.Peer = c.remote().Addr()
		}
		g.name(group, c.owner)
		return group
	}
	at := g.owned[c.owner] - 1
	if at < 0 {
		at = g.at(g.by.of(&g.Owners[c.owner]))
		g.owned[c.owner] = at + 1
	}
	g.name(&g.list[at], c.owner)
	return &g.list[at]
}

// name adds an owner to a group.
func (g *grouper) name(group *Group, owner uint32) {
	switch {
	case group.Owners == 0:
		group.Owner, group.Owners = g.Owners[owner], 1
	case group.last != owner:
		group.Owners++
	}
	group.last = owner
}

// at returns the index of a group.
func (g *grouper) at(key groupKey) int {
	i, ok := g.index[key]
	if !ok {
		i = len(g.list)
		g.index[key] = i
		g.list = append(g.list, Group{key: key})
	}
	return i
}

func (g *Group) add(c *Conn) {
	g.Conns++
	if c.closeWait() {
		g.CloseWait++
	}
	g.Rated = g.Rated || c.Rated
	g.Send += float64(c.Send)
	g.Recv += float64(c.Recv)
	g.RTT = max(g.RTT, time.Duration(c.rtt)*time.Microsecond)
	g.Drops += uint64(c.drops)
	g.Recent += uint64(c.dropped)
	g.segments += uint64(c.segments)
	g.resent += uint64(c.resent)
}
