package live

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// The views, by their numbers.
const (
	viewProcesses = iota
	viewConns
	viewListeners
	viewPeers
	viewClosed
	viewLinks
	viewDoctor
)

// Contents of samples for a view.
const (
	sockets = inspect.NeedOwner | inspect.NeedCgroup | inspect.NeedMem
	traffic = sockets | inspect.NeedTCP
)

// A viewInfo describes a view and the contents of samples for it.
type viewInfo struct {
	name    string
	short   string // for narrow terminals
	needs   inspect.Need
	counted bool // connections by listener
	make    func(*scene) listing
}

var viewInfos = [...]viewInfo{
	viewProcesses: {"Processes", "Procs", traffic, false, processView},
	viewConns:     {"Connections", "Conns", traffic, false, connView},
	viewListeners: {"Listeners", "Listen", sockets | inspect.NeedReach, true, listenerView},
	viewPeers:     {"Peers", "Peers", traffic, false, peerView},
	viewClosed:    {"Closed", "Closed", sockets, false, endedView},
	viewLinks:     {"Links", "Links", 0, false, linkView},
	viewDoctor:    {"Doctor", "Doctor", 0, false, doctorView},
}

func processView(s *scene) listing {
	l := &list[Group, groupKey]{
		title: "Processes", sort: "send", adapt: s.grouped,
		of: func() []Group { return groups(s.Sample, s.by) },
		id: func(g *Group) groupKey { return g.key },
		cols: []render.Column[Group]{
			text("process", "PROCESS", wholeFit, func(g *Group) string { return g.Name(s.by) }),
			text("unit", "UNIT", render.Fit{Min: 8, Drop: 4}, func(g *Group) string {
				if s.by == byUnit {
					return ""
				}
				return g.Owner.Unit
			}),
		},
	}
	l.cols = append(l.cols, groupColumns(s)...)
	return l.standard()
}

func peerView(s *scene) listing {
	l := &list[Group, groupKey]{
		title: "Peers", sort: "conns", hidden: []string{"listen"},
		of: func() []Group { return groups(s.Sample, byPeer) },
		id: func(g *Group) groupKey { return g.key },
		cols: []render.Column[Group]{
			{
				Key: "peer", Title: "PEER", Kind: render.KindAddress, Type: render.TypeAddress,
				Fit: render.Fit{Min: 15, Cut: render.CutMiddle},
				Value: func(g *Group) render.Value {
					if s.names != nil {
						return s.endpoint("tcp", netip.AddrPortFrom(g.Peer, 0))
					}
					return render.Addr(g.Peer)
				},
			},
			text("process", "PROCESS", nameFit, func(g *Group) string {
				if g.Owners > 1 {
					return g.Owner.Name + " …"
				}
				return g.Owner.Name
			}),
		},
	}
	l.cols = append(l.cols, groupColumns(s)...)
	return l.standard()
}

// groupColumns are the sums of groups.
func groupColumns(s *scene) []render.Column[Group] {
	return []render.Column[Group]{
		number("conns", "CONNS", render.StylePlain, func(g *Group) uint64 { return uint64(g.Conns) }),
		number("listen", "LISTEN", render.StylePlain, func(g *Group) uint64 { return uint64(g.Listeners) }),
		number("close_wait", "CLOSE-W", render.StyleNotice, func(g *Group) uint64 { return uint64(g.CloseWait) }),
		rated(s, "send", "SEND", func(g *Group) (float64, bool) { return g.Send, g.Rated }),
		rated(s, "recv", "RECV", func(g *Group) (float64, bool) { return g.Recv, g.Rated }),
		count("resent", "RETR%", render.KindDecimal, render.StyleNotice, func(g *Group) render.Value {
			percent, ok := g.Resent()
			return amount(ok, tenths(percent))
		}),
		late(func(g *Group) time.Duration { return g.RTT }),
		drops(func(g *Group) (uint64, uint64) { return g.Drops, g.Recent }),
	}
}

func connView(s *scene) listing {
	owner := func(c *Conn) *Owner { return &s.Owners[c.owner] }
	l := &list[Conn, connID]{
		title: "Connections", sort: "send", hidden: []string{"unit", "container", "sent", "received", "inode"},
		of:   func() []Conn { return s.Conns },
		keep: func(c *Conn) bool { return s.only == nil || s.only.holds(s.Sample, c) },
		id:   func(c *Conn) connID { return c.ID },
		cols: []render.Column[Conn]{
			inNetns(func(c *Conn) string { return s.Spaces[c.space].Name }),
			text("proto", "PROTO", render.Fit{Drop: 4}, (*Conn).proto),
			text("state", "STATE", render.Fit{Drop: 1}, stateName),
			address("local", "LOCAL", 1, func(c *Conn) render.Value { return s.endpoint(c.proto(), c.local()) }),
			address("remote", "PEER", 0, func(c *Conn) render.Value {
				return amount(c.Remote.port != 0, s.endpoint(c.proto(), c.remote()))
			}),
			text("process", "PROCESS", nameFit, func(c *Conn) string { return owner(c).Name }),
			text("unit", "UNIT", render.Fit{Min: 8, Drop: 1}, func(c *Conn) string { return owner(c).Unit }),
			text("container", "CONTAINER", render.Fit{Min: 8, Drop: 1}, func(c *Conn) string {
				return owner(c).Container
			}),
			rated(s, "send", "SEND", func(c *Conn) (float64, bool) { return float64(c.Send), c.Rated }),
			rated(s, "recv", "RECV", func(c *Conn) (float64, bool) { return float64(c.Recv), c.Rated }),
			late(func(c *Conn) time.Duration { return time.Duration(c.rtt) * time.Microsecond }),
			count("retrans", "RETR", render.KindUnsigned, render.StyleNotice, func(c *Conn) render.Value {
				return amount(c.TCP, render.Uint(uint64(c.retrans)))
			}),
			count("queued", "QUEUED", render.KindByteSize, render.StyleNotice, func(c *Conn) render.Value {
				return render.Bytes(uint64(c.queued))
			}),
			drops(func(c *Conn) (uint64, uint64) { return uint64(c.drops), uint64(c.dropped) }),
			count("sent", "SENT", render.KindByteSize, render.StylePlain, func(c *Conn) render.Value {
				return amount(c.TCP, render.Bytes(c.sent))
			}),
			count("received", "RECEIVED", render.KindByteSize, render.StylePlain, func(c *Conn) render.Value {
				return amount(c.TCP, render.Bytes(c.recv))
			}),
			number("inode", "INODE", render.StylePlain, func(c *Conn) uint64 { return uint64(c.inode) }),
		},
	}
	l.hideNetns(s)
	return l.standard()
}

// hideNetns hides the namespace column if there is only one namespace.
func (l *list[T, K]) hideNetns(s *scene) {
	if !s.spaces {
		l.hidden = append(l.hidden, "netns")
	}
}

func stateName(c *Conn) string {
	if c.proto() != "tcp" && c.state != diag.StateEstablished {
		return "UNCONN"
	}
	return c.state.String()
}

func (l *Listener) full() bool { return l.AcceptLimit > 0 && l.AcceptQueue >= l.AcceptLimit }

func listenerView(s *scene) listing {
	l := &list[Listener, inspect.Identity]{
		title: "Listeners", sort: "drops",
		of: func() []Listener { return s.Listener },
		id: func(l *Listener) inspect.Identity { return l.Socket.ID },
		cols: []render.Column[Listener]{
			inNetns(func(l *Listener) string { return l.Socket.Netns }),
			address("local", "LOCAL", 0, func(l *Listener) render.Value { return s.endpoint("tcp", l.Socket.Local) }),
			text("process", "PROCESS", nameFit, func(l *Listener) string { return l.Owner.Name }),
			text("reach", "REACHABLE", render.Fit{Drop: 3}, func(l *Listener) string { return l.Reach }),
			count("conns", "CONNS", render.KindUnsigned, render.StylePlain, func(l *Listener) render.Value {
				return amount(l.Counted, render.Uint(l.Conns))
			}),
			count("accepted", "NEW/s", render.KindDecimal, render.StylePlain, func(l *Listener) render.Value {
				return amount(l.Rated, tenths(l.Accepted))
			}),
			count("syn_queue", "SYN-Q", render.KindUnsigned, render.StylePlain, func(l *Listener) render.Value {
				return amount(l.Counted, render.Uint(l.SynQueue))
			}),
			acceptColumn(), barColumn(),
			count("close_wait", "CLOSE-W", render.KindUnsigned, render.StyleNotice, func(l *Listener) render.Value {
				return amount(l.Counted, render.Uint(l.CloseWait))
			}),
			drops(func(l *Listener) (uint64, uint64) { return uint64(l.Drops), uint64(l.Recent) }),
		},
	}
	l.hideNetns(s)
	return l.standard()
}

// acceptColumn shows the accept queue: number and limit.
func acceptColumn() render.Column[Listener] {
	return render.Column[Listener]{
		Key: "accept_queue", Title: "ACCEPT-Q", Kind: render.KindUnsigned, Type: render.TypeGauge, Right: true,
		Value: func(l *Listener) render.Value { return render.Uint(uint64(l.AcceptQueue)) },
		Text: func(dst []byte, l *Listener) []byte {
			return fmt.Appendf(dst, "%d/%d", l.AcceptQueue, l.AcceptLimit)
		},
		Style: fullness,
	}
}

// fullness is the style of the accept queue.
func fullness(l *Listener) render.Style {
	switch {
	case l.full():
		return render.StyleBad
	case l.AcceptQueue > 0:
		return render.StyleNotice
	default:
		return render.StyleFaint
	}
}

// barColumn draws the fill of the accept queue.
func barColumn() render.Column[Listener] {
	return render.Column[Listener]{
		Key: "full", Title: "FULL", Kind: render.KindString, Type: render.TypeText, TextOnly: true,
		Fit:   render.Fit{Drop: 5},
		Value: func(l *Listener) render.Value { return render.Uint(uint64(l.AcceptQueue)) },
		Text: func(dst []byte, l *Listener) []byte {
			return appendBar(dst, uint64(l.AcceptQueue), uint64(l.AcceptLimit))
		},
		Style: fullness,
	}
}

// appendBar draws a share in ten cells, with + above 100 %.
func appendBar(dst []byte, n, limit uint64) []byte {
	const cells = 10
	filled := uint64(0)
	if limit > 0 {
		filled = min((n*cells+limit-1)/limit, cells)
	}
	for i := range uint64(cells) {
		c := byte('.')
		if i < filled {
			c = '#'
		}
		dst = append(dst, c)
	}
	if n > limit {
		return append(dst, '+')
	}
	return dst
}
