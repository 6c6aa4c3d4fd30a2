package live

import (
	"context"
	"errors"
	"time"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/render"
)

// A linkKey identifies a network interface.
type linkKey struct {
	netns uint64
	index uint32
}

// A Link is a network interface and the growth of its counters since the previous sample.
type Link struct {
	key          linkKey
	Netns        string
	Name, State  string
	Kind         string
	MTU          uint32
	Rated        bool
	interval     time.Duration
	grown, stats link.Stats
}

// perSecond returns growth per second.
func (l *Link) perSecond(n uint64) float64 {
	if l.interval <= 0 {
		return 0
	}
	return float64(n) / l.interval.Seconds()
}

// links lists the network interfaces.
func (s *sampler) links(ctx context.Context, g *gathering) error {
	before := s.linkStats
	s.linkStats = make(map[linkKey]linkSample, len(before))
	return s.session.Each(ctx, func(p *inspect.Place) error {
		c, err := link.Dial(&link.Config{NetNS: p.FD})
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }() // nothing is lost with it
		now := time.Now()
		for l, err := range c.Links(ctx, &link.Query{}) {
			if errors.Is(err, link.ErrInterrupted) {
				break
			} else if err != nil {
				return err
			}
			out := Link{
				key: linkKey{p.Inode, l.Index}, Netns: p.Name, Name: string(l.Name()), State: l.OperState.String(),
				Kind: string(l.Kind()), MTU: l.MTU, stats: l.Stats,
			}
			if was, ok := before[out.key]; ok {
				out.Rated, out.interval, out.grown = true, now.Sub(was.at), l.Stats.Sub(&was.stats)
			}
			s.linkStats[out.key] = linkSample{now, l.Stats}
			g.Links = append(g.Links, out)
		}
		return nil
	})
}

// A linkSample holds the counters of a sample.
type linkSample struct {
	at    time.Time
	stats link.Stats
}

func linkView(s *scene) listing {
	bytes := func(key, title string, n func(*link.Stats) uint64) render.Column[Link] {
		return rated(s, key, title, func(l *Link) (float64, bool) { return l.perSecond(n(&l.grown)), l.Rated })
	}
	each := func(key, title string, style render.Style, n func(*link.Stats) uint64) render.Column[Link] {
		return count(key, title, render.KindDecimal, style, func(l *Link) render.Value {
			return amount(l.Rated, tenths(l.perSecond(n(&l.grown))))
		})
	}
	total := func(key, title string, n func(*link.Stats) uint64) render.Column[Link] {
		return number(key, title, render.StyleNotice, func(l *Link) uint64 { return n(&l.stats) })
	}
	l := &list[Link, linkKey]{
		title: "Links", sort: "recv",
		of: func() []Link { return s.Links },
		id: func(l *Link) linkKey { return l.key },
		cols: []render.Column[Link]{
			inNetns(func(l *Link) string { return l.Netns }),
			text("name", "NAME", render.Fit{Min: 10}, func(l *Link) string { return l.Name }),
			text("kind", "KIND", render.Fit{Drop: 6}, func(l *Link) string { return l.Kind }),
			text("state", "STATE", render.Fit{Drop: 1}, func(l *Link) string { return l.State }),
			bytes("send", "SEND", func(s *link.Stats) uint64 { return s.TxBytes }),
			bytes("recv", "RECV", func(s *link.Stats) uint64 { return s.RxBytes }),
			each("tx_packets", "TX-PKT/s", render.StylePlain, func(s *link.Stats) uint64 { return s.TxPackets }),
			each("rx_packets", "RX-PKT/s", render.StylePlain, func(s *link.Stats) uint64 { return s.RxPackets }),
			each("tx_drops", "TX-DROP/s", render.StyleBad, func(s *link.Stats) uint64 { return s.TxDropped }),
			each("rx_drops", "RX-DROP/s", render.StyleBad, func(s *link.Stats) uint64 { return s.RxDropped }),
			each("errors", "ERR/s", render.StyleBad, func(s *link.Stats) uint64 { return s.TxErrors + s.RxErrors }),
			total("dropped", "DROPPED", func(s *link.Stats) uint64 { return s.TxDropped + s.RxDropped }),
			total("error", "ERRORS", func(s *link.Stats) uint64 { return s.TxErrors + s.RxErrors }),
		},
	}
	l.hideNetns(s)
	return l.standard()
}
