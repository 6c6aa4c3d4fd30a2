//go:build linux

package route

import (
	"context"
	"encoding/binary"
	"errors"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Query selects routes. The zero value selects the routes of IPv4 and IPv6 in all tables.
type Query struct {
	Family   uint8 // AF_INET or AF_INET6; 0 = both, IPv4 first
	Type     Type  // TypeAny = all
	Table    Table // TableAll = all
	Iface    uint32
	Protocol Protocol // ProtocolAny = all
	// Cloned requests the learned exceptions instead of the routes: path MTUs and redirects. Since Linux
	// 5.3; empty before.
	Cloned bool
	// Prefix requests only routes from prefixes in IPv6 routers' advertisements (RTM_F_PREFIX). Since Linux
	// 4.20; older kernels ignore it, and replies do not distinguish them.
	Prefix bool
}

// Routes lists the routes that q selects, in the kernel's order. The Route is overwritten by the next
// iteration. At most one error is yielded, last: the list is then incomplete, except for ErrInterrupted.
// When ctx ends, the error is its cause. A table that does not exist is ENOENT.
//
// A nil q is the zero Query. The loop may be left early; the next request then opens a new netlink
// socket.
func (c *Conn) Routes(ctx context.Context, q *Query) iter.Seq2[*Route, error] {
	if q == nil {
		q = &Query{}
	}
	return func(yield func(*Route, error) bool) {
		if q.Family != 0 {
			t := c.routes(q, q.Family)
			t.all(ctx, yield)
			return
		}
		c.both(ctx, q, yield)
	}
}

// both lists IPv4, then IPv6. It is no error if a table exists for one of them only, and ErrInterrupted
// of IPv4 is yielded after IPv6.
func (c *Conn) both(ctx context.Context, q *Query, yield func(*Route, error) bool) {
	first := c.routes(q, unix.AF_INET)
	more, err4 := first.run(ctx, yield)
	if !more {
		return
	}
	absent := errors.Is(err4, unix.ENOENT)
	if err4 != nil && !absent && !errors.Is(err4, ErrInterrupted) {
		yield(nil, err4)
		return
	}
	second := c.routes(q, unix.AF_INET6)
	more, err := second.run(ctx, yield)
	if errors.Is(err, unix.ENOENT) && !absent || lacksIPv6(err) {
		err = nil
	}
	if err == nil && !absent {
		err = err4
	}
	if more && err != nil {
		yield(nil, err)
	}
}

// lacksIPv6 reports whether an error says that the kernel has no IPv6.
func lacksIPv6(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EAFNOSUPPORT)
}

func (c *Conn) routes(q *Query, family uint8) table[Route] {
	asked := *q
	asked.Family = family
	req := asked.append(nil)
	op := "dump routes"
	if q.Cloned {
		op = "dump route exceptions"
	}
	return table[Route]{
		conn: c, answer: unix.RTM_NEWROUTE, always: q.typeHere(),
		req:    nl.Request{Op: op, Type: unix.RTM_GETROUTE, Payload: req, Answers: asked.answers},
		decode: (*Route).decode, selects: asked.selects,
	}
}

// append encodes the request: struct rtmsg and the kernel's filters.
func (q *Query) append(dst []byte) []byte {
	var h [unix.SizeofRtMsg]byte
	h[0], h[5] = q.Family, uint8(q.Protocol)
	if !q.typeHere() {
		h[7] = uint8(q.Type)
	}
	binary.NativeEndian.PutUint32(h[8:], q.flags())
	dst = append(dst, h[:]...)
	if q.Table != TableAll {
		dst = nl.AppendAttrUint32(dst, unix.RTA_TABLE, uint32(q.Table))
	}
	if q.Iface != 0 {
		dst = nl.AppendAttrUint32(dst, unix.RTA_OIF, q.Iface)
	}
	return dst
}

// typeHere reports whether the type is not filtered by the kernel: a route whose nexthop object is a
// blackhole is unicast for its filter, but a blackhole in its replies.
func (q *Query) typeHere() bool { return q.Type == TypeUnicast || q.Type == TypeBlackhole }

func (q *Query) flags() (flags uint32) {
	if q.Cloned {
		flags |= unix.RTM_F_CLONED
	}
	if q.Prefix {
		flags |= unix.RTM_F_PREFIX
	}
	return flags
}

// selects checks what older kernels did not filter. Without strict checking, exceptions are mixed with
// routes.
func (q *Query) selects(r *Route) bool {
	return q.Cloned == r.Cloned() && q.Family == r.Family &&
		(q.Type == TypeAny || q.Type == r.Type) &&
		(q.Table == TableAll || q.Table == r.Table) &&
		(q.Protocol == ProtocolAny || q.Protocol == r.Protocol) &&
		(q.Iface == 0 || r.uses(q.Iface))
}

// answers reports whether a recorded request includes all that q requests.
func (q *Query) answers(recorded []byte) bool {
	if len(recorded) < unix.SizeofRtMsg {
		return false
	}
	if recorded[0] != q.Family || binary.NativeEndian.Uint32(recorded[8:]) != q.flags() {
		return false
	}
	narrower := func(was, want uint32) bool { return was != 0 && was != want }
	if narrower(uint32(recorded[5]), uint32(q.Protocol)) || narrower(uint32(recorded[7]), uint32(q.Type)) {
		return false
	}
	attrs := nl.Attrs(recorded[unix.SizeofRtMsg:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return true
		}
		v, _ := nl.Uint32(val)
		switch {
		case typ == unix.RTA_TABLE && narrower(v, uint32(q.Table)):
			return false
		case typ == unix.RTA_OIF && narrower(v, q.Iface):
			return false
		}
	}
}
