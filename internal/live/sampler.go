package live

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// Needs is what rows are joined with.
const Needs = inspect.NeedTCP | inspect.NeedMem | inspect.NeedOwner | inspect.NeedCgroup | inspect.NeedReach

// A sampler makes samples. Between two it remembers some 60 bytes for each TCP connection.
type sampler struct {
	session   *inspect.Session
	plan      *inspect.Plan
	every     time.Duration
	hasher    *inspect.Hasher
	counted   map[inspect.Fingerprint]inspect.Counters // of the sample before
	listeners *inspect.Listeners
	drops     map[inspect.Identity]uint32
	at        time.Time
}

func newSampler(c *Config) *sampler {
	return &sampler{
		session: c.Session, plan: c.Plan, every: c.Interval,
		hasher: inspect.NewHasher(), listeners: inspect.Rated(),
	}
}

// run sends samples until ctx ends.
func (s *sampler) run(ctx context.Context, send func(*Sample)) {
	for {
		sample := s.take(ctx)
		if ctx.Err() != nil {
			return
		}
		send(sample)
		if inspect.Pause(ctx, max(0, time.Until(sample.At.Add(sample.Every)))) != nil {
			return
		}
	}
}

// share is the part of the interval that a sample may take; it is stretched beyond.
const share = 3

// stretched returns the interval for samples that take so long: whole multiples of what was asked.
func stretched(asked, took time.Duration) time.Duration {
	times := max(1, (share*took+asked-1)/asked)
	return asked * time.Duration(int64(times))
}

// take makes one sample.
func (s *sampler) take(ctx context.Context) *Sample {
	g := &gathering{
		sampler: s, Sample: &Sample{At: time.Now()}, counted: map[inspect.Fingerprint]inspect.Counters{},
		listeners: s.listeners.After(), held: map[inspect.Identity]listenerFacts{},
	}
	if s.at.IsZero() {
		g.listeners = s.listeners
	} else {
		g.interval = g.At.Sub(s.at)
	}
	for row, err := range s.session.Sockets(ctx, s.plan) {
		if err != nil {
			g.Err = err
			break
		}
		g.add(row)
	}
	g.Process = processes(g.Conns, g.held)
	g.health()
	if rep := s.session.Report(); rep.Owners.Missing && !rep.Owners.Complete() {
		g.Missing = rep.Owners.Why
	}
	g.Took = time.Since(g.At)
	g.Every = stretched(s.every, g.Took)
	if _, partial := errors.AsType[*inspect.IncompleteError](g.Err); g.Err == nil || partial {
		s.at, s.counted, s.listeners = g.At, g.counted, g.listeners
	}
	return g.Sample
}

// A gathering is a sample that is being made.
type gathering struct {
	*sampler
	*Sample
	interval  time.Duration // since the sample before, 0 = there is none
	counted   map[inspect.Fingerprint]inspect.Counters
	listeners *inspect.Listeners
	held      map[inspect.Identity]listenerFacts
}

// listenerFacts are what a row tells of a listener besides its health.
type listenerFacts struct {
	owner Owner
	netns string
	reach string
}

// add takes a row.
func (g *gathering) add(row *inspect.Row) {
	if row.Own {
		return
	}
	if row.Protocol == unix.IPPROTO_TCP {
		g.States[row.State&15]++
		if inspect.OfListener(row) {
			g.listeners.Add(row)
		}
		if row.State == diag.StateListen {
			g.held[inspect.IdentityOf(row.NetNS, row.Socket)] = listenerFacts{
				ownerOf(row), row.Netns, row.Reach().String(),
			}
			return
		}
	}
	g.Conns = append(g.Conns, g.conn(row))
}

// conn makes a connection of a row.
func (g *gathering) conn(row *inspect.Row) Conn {
	c := Conn{
		ID: g.hasher.Of(row.NetNS, row.Socket), Netns: row.Netns, Proto: protoName(row), State: row.State,
		Local: row.Local, Remote: row.Remote, Owner: ownerOf(row),
		Queued: uint64(row.RecvQ) + uint64(row.SendQ),
	}
	if row.Has&diag.HasSkMem != 0 {
		c.Drops = uint64(row.SkMem.Drops)
	}
	now := inspect.CountersOf(row.Socket)
	if !now.Valid {
		return c
	}
	c.TCP, c.RTT, c.Retrans = true, time.Duration(row.TCP.RTT)*time.Microsecond, uint64(now.Retrans)
	g.counted[c.ID] = now
	was, ok := g.sampler.counted[c.ID]
	if ok = ok && g.interval > 0; !ok {
		return c
	}
	c.Rated = true
	c.Send = perSecond(now.Sent-was.Sent, g.interval)
	c.Recv = perSecond(now.Received-was.Received, g.interval)
	c.segments, c.resent = uint64(now.SegsOut-was.SegsOut), uint64(now.Retrans-was.Retrans)
	return c
}

func perSecond(n uint64, in time.Duration) uint64 { return uint64(float64(n) / in.Seconds()) }

// health makes the listeners of what came through them.
func (g *gathering) health() {
	drops := map[inspect.Identity]uint32{}
	for l := range g.listeners.All() {
		facts := g.held[l.Identity]
		out := Listener{
			ID: l.Identity, Netns: facts.netns, Local: l.Local, Owner: facts.owner, Reach: facts.reach,
			Conns: uint64(l.Through.Conns()), CloseWait: uint64(l.Through.CloseWait()),
			SynQueue:    uint64(l.Through.SynQueue()),
			AcceptQueue: l.AcceptQueue, AcceptLimit: l.AcceptLimit, Drops: l.Drops,
		}
		out.Accepted, out.Rated = l.Through.AcceptRate()
		if was, ok := g.drops[l.Identity]; ok {
			out.Recent = l.Drops - was
		}
		drops[l.Identity] = l.Drops
		g.Listener = append(g.Listener, out)
	}
	g.drops = drops
}
