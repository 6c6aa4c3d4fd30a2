//go:build linux

package route

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Nexthop is a hop, or a group of hops, that routes refer to by its number (RTM_NEWNEXTHOP, since Linux
// 5.3). It is overwritten by the next iteration: use [Nexthop.Clone] to keep it.
type Nexthop struct {
	ID        uint32
	Family    uint8 // of the gateway; AF_UNSPEC for groups
	Scope     Scope
	Protocol  Protocol
	Flags     HopFlags
	Iface     uint32
	Master    uint32
	Gateway   netip.Addr
	Blackhole bool
	FDB       bool      // a tunnel endpoint, for forwarding entries
	GroupType uint16    // NEXTHOP_GRP_TYPE_*: 0 = by hash threshold, 1 = resilient
	Resilient Resilient // of groups of type 1, since Linux 5.13
	// Deleted marks the event of a removed object (RTM_DELNEXTHOP).
	Deleted bool

	group     []byte // struct nexthop_grp of each member
	encapType uint16
	encap     []byte
	raw       []byte
}

// Resilient has the parameters of a resilient group, which keeps flows on their hop (NHA_RES_GROUP).
type Resilient struct {
	Buckets        uint16
	IdleTimer      time.Duration
	Unbalanced     time.Duration // timer
	UnbalancedTime time.Duration // time since it became unbalanced
}

// A Member is one nexthop object of a group.
type Member struct {
	ID     uint32
	Weight uint32 // from 1 on
}

const (
	nexthopMsgLen    = 8 // struct nhmsg
	nexthopMemberLen = 8 // struct nexthop_grp
)

// Group reports whether the object is a group of others.
func (n *Nexthop) Group() bool { return len(n.group) > 0 }

// Members yields the objects of a group. Nothing is allocated.
func (n *Nexthop) Members() iter.Seq[Member] {
	return func(yield func(Member) bool) {
		for b := n.group; len(b) >= nexthopMemberLen; b = b[nexthopMemberLen:] {
			m := Member{ID: binary.NativeEndian.Uint32(b), Weight: uint32(b[4]) + uint32(b[5])<<8 + 1}
			if !yield(m) {
				return
			}
		}
	}
}

// Hop returns the object as a hop, unless it is a group.
func (n *Nexthop) Hop() Hop {
	return Hop{
		Iface: n.Iface, Gateway: n.Gateway, Weight: 1, Flags: n.Flags, encapType: n.encapType, encap: n.encap,
	}
}

// Clone returns a copy that shares nothing with n or the receive buffer.
func (n *Nexthop) Clone() *Nexthop {
	c := &Nexthop{}
	_, _ = c.decode(bytes.Clone(n.raw)) // it was decoded before
	c.Deleted = n.Deleted
	return c
}

// Nexthops lists the nexthop objects of a family by number; 0 = all. The Nexthop is overwritten by the next
// iteration. Errors are those of [Conn.Routes]; before Linux 5.3 it is EOPNOTSUPP.
func (c *Conn) Nexthops(ctx context.Context, family uint8) iter.Seq2[*Nexthop, error] {
	return func(yield func(*Nexthop, error) bool) {
		req := append([]byte{family}, make([]byte, nexthopMsgLen-1)...)
		t := table[Nexthop]{
			conn: c, answer: unix.RTM_NEWNEXTHOP, always: family != 0,
			req:     nl.Request{Op: "dump nexthop objects", Type: unix.RTM_GETNEXTHOP, Payload: req},
			decode:  (*Nexthop).decode,
			selects: func(n *Nexthop) bool { return family == 0 || family == n.Family },
		}
		t.all(ctx, yield)
	}
}

// decode fills n from the payload of RTM_NEWNEXTHOP, which it keeps views of.
func (n *Nexthop) decode(b []byte) (malformed int, err error) {
	*n = Nexthop{raw: b}
	if len(b) < nexthopMsgLen {
		return 0, fmt.Errorf("nexthop message of %d bytes: %w", len(b), ErrMalformed)
	}
	n.Family, n.Scope, n.Protocol = b[0], Scope(b[1]), Protocol(b[2])
	n.Flags = HopFlags(binary.NativeEndian.Uint32(b[4:]))
	attrs := nl.Attrs(b[nexthopMsgLen:])
	for {
		typ, val, more := attrs.Next()
		if !more {
			break
		}
		if !n.attr(typ, val) {
			malformed++
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed, nil
}

// attr decodes one attribute. It returns false if it is malformed.
func (n *Nexthop) attr(typ uint16, val []byte) (ok bool) {
	switch typ {
	case unix.NHA_ID:
		n.ID, ok = nl.Uint32(val)
	case unix.NHA_OIF:
		n.Iface, ok = nl.Uint32(val)
	case unix.NHA_MASTER:
		n.Master, ok = nl.Uint32(val)
	case unix.NHA_GATEWAY:
		n.Gateway, ok = netip.AddrFromSlice(val)
	case unix.NHA_BLACKHOLE:
		n.Blackhole, ok = true, true
	case nhaFDB:
		n.FDB, ok = true, true
	case unix.NHA_GROUP:
		n.group, ok = val, len(val)%nexthopMemberLen == 0
	case unix.NHA_GROUP_TYPE:
		n.GroupType, ok = nl.Uint16(val)
	case unix.NHA_ENCAP_TYPE:
		n.encapType, ok = nl.Uint16(val)
	case unix.NHA_ENCAP:
		n.encap, ok = val, true
	case nhaResGroup:
		ok = n.Resilient.decode(val)
	default:
		return true
	}
	return ok
}

const (
	nhaFDB      = 11 // NHA_FDB, since Linux 5.8
	nhaResGroup = 12 // NHA_RES_GROUP
)

func (r *Resilient) decode(val []byte) bool {
	attrs := nl.Attrs(val)
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return attrs.Rest() == 0
		}
		switch typ {
		case 1: // NHA_RES_GROUP_BUCKETS
			r.Buckets, ok = nl.Uint16(val)
		case 2: // NHA_RES_GROUP_IDLE_TIMER
			ok = setTicks(&r.IdleTimer, val)
		case 3: // NHA_RES_GROUP_UNBALANCED_TIMER
			ok = setTicks(&r.Unbalanced, val)
		case 4: // NHA_RES_GROUP_UNBALANCED_TIME
			var v uint64
			v, ok = nl.Uint64(val)
			r.UnbalancedTime = time.Duration(v) * (time.Second / userHZ)
		}
		if !ok {
			return false
		}
	}
}

func setTicks(d *time.Duration, val []byte) bool {
	v, ok := nl.Uint32(val)
	*d = ticks(v)
	return ok
}

// A NexthopSet has all nexthop objects, to find the hops of routes that refer to them.
type NexthopSet struct {
	byID map[uint32]*Nexthop
}

// LoadNexthops lists all nexthop objects. The set is empty before Linux 5.3.
func (c *Conn) LoadNexthops(ctx context.Context) (*NexthopSet, error) {
	all, err := c.ListNexthops(ctx, 0)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, ErrInterrupted) {
		err = nil
	}
	s := &NexthopSet{byID: make(map[uint32]*Nexthop, len(all))}
	for _, n := range all {
		s.byID[n.ID] = n
	}
	return s, err
}

// Get returns an object, nil if there is none with this number.
func (s *NexthopSet) Get(id uint32) *Nexthop { return s.byID[id] }

// Hops yields the hops of a route as [Route.Hops] does, those of its nexthop object if it has one.
func (s *NexthopSet) Hops(r *Route) iter.Seq[Hop] {
	n := s.byID[r.NexthopID]
	if r.NexthopID == 0 || n == nil {
		return r.Hops()
	}
	return func(yield func(Hop) bool) {
		if !n.Group() {
			yield(n.Hop())
			return
		}
		for m := range n.Members() {
			if one := s.byID[m.ID]; one != nil {
				h := one.Hop()
				h.Weight = m.Weight
				if !yield(h) {
					return
				}
			}
		}
	}
}
