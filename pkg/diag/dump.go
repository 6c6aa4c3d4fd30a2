//go:build linux

package diag

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/bits"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// Sockets lists the sockets that q selects, in the kernel's order. The Socket is overwritten by the next
// iteration. At most one error is yielded, last: the list is then incomplete, except for ErrInterrupted.
// When ctx ends, the error is its cause.
//
// If the kernel lacks the diag module, /proc/net is read if it has such a table and [Config.Sources] allows
// it; otherwise the error is ENOENT and errors.ErrUnsupported.
//
// The loop may be left early; the next query then opens a new netlink socket.
func (c *Conn) Sockets(ctx context.Context, q *Query) iter.Seq2[*Socket, error] {
	if q == nil {
		q = &Query{}
	}
	return func(yield func(*Socket, error) bool) {
		r := c.begin()
		defer c.end(r)
		d := r.newDump(q)
		if d.f == nil {
			yield(nil, nl.Unsupported(fmt.Errorf("%s: not a family that sock_diag lists", d.op)))
			return
		}
		d.run(ctx, yield)
	}
}

// familyOf returns the family of q, nil if it is unknown.
func familyOf(q *Query) *family {
	if q.Legacy {
		return &inet
	}
	if int(q.Family) < len(families) {
		return families[q.Family]
	}
	return nil
}

// A dump is one run of [Conn.Sockets].
type dump struct {
	conn     *run
	q        *Query
	f        *family
	op       string // for errors
	whole    bool   // a recording has all that q selects
	check    bool   // the reply may contain sockets that q does not select
	bound    bool   // sockets that are only bound may be among those
	repeat   bool   // the kernel may repeat sockets, see recent
	counting bool   // for unixRefs: the caller handles a missing diag module
	kept     bool   // the previous socket was selected: so are its associations
	recent   recent
	sent     map[uint64]struct{} // cookies, if a socket may come from two tables, else nil
}

func (c *run) newDump(q *Query) dump {
	return dump{conn: c, q: q, f: familyOf(q), op: "dump " + tableName(q) + " sockets"}
}

// run chooses the source: the kernel, the recording or /proc.
func (d *dump) run(ctx context.Context, yield func(*Socket, error) bool) {
	if err := d.q.verify(); err != nil && !d.conn.live() {
		yield(nil, fmt.Errorf("%s: %w", d.op, err))
		return
	}
	switch {
	case d.conn.cfg.Sources == SourcesProc:
		d.proc(nil, yield)
	case d.f == &unixFamily && (d.q.Pending || d.q.Want&HasRefs != 0):
		d.derive(ctx, yield)
	case d.f == &unixFamily && d.q.Want&HasIcons != 0 && !d.q.IconsInline:
		d.withIcons(ctx, yield)
	default:
		d.netlink(ctx, yield)
	}
}

// netlink runs the query on sock_diag.
func (d *dump) netlink(ctx context.Context, yield func(*Socket, error) bool) {
	c, r := d.conn, d.request()
	if r.Part != nil && c.nl.Holds(&r) && !d.whole {
		c.stats.Partial++
	}
	for m, err := range c.nl.Dump(ctx, &r) {
		if errors.Is(err, unix.ENOENT) {
			err = nl.Unsupported(err)
		}
		if !d.counting && d.lacking(err) {
			d.proc(err, yield)
			return
		}
		if err != nil {
			yield(nil, err)
			return
		}
		if m.Type != r.Type && m.Type != unix.SOCK_DIAG_BY_FAMILY {
			continue // not requested
		}
		ok, err := d.take(m.Payload)
		if err != nil {
			yield(nil, err)
			return
		}
		if ok && !yield(&c.sock, nil) {
			return
		}
	}
}

// request encodes the query and decides what must be checked in the reply.
func (d *dump) request() (r nl.Request) {
	c, q := d.conn, d.q
	c.req = d.f.request(c.req[:0], q)
	// The kernel does not check states of some tables, filters on SCTP, and ports of TCP sockets that are only
	// bound.
	loose := d.f.stateless || q.Protocol == unix.IPPROTO_RAW ||
		q.Protocol == unix.IPPROTO_SCTP && len(q.Filter) > 0
	d.check = loose
	d.bound = q.Protocol == unix.IPPROTO_TCP && q.LocalPort|q.RemotePort != 0
	d.repeat = d.f.repeats && q.Protocol != unix.IPPROTO_SCTP // whose associations share a cookie
	if d.f.twice && !q.Repeats {
		d.sent = map[uint64]struct{}{}
	}
	r = nl.Request{Op: d.op, Type: unix.SOCK_DIAG_BY_FAMILY, Payload: c.req}
	r.Large = q.Want&HasStorage != 0 // a map's values may have 64 KiB
	if q.Legacy {
		r.Type = tcpdiagGetSock
	}
	if c.nl.Replaying() {
		r.Answers = func(recorded []byte) bool {
			same := bytes.Equal(recorded, c.req)
			d.check = loose || !same // the kernel has checked what was requested
			d.whole = same || d.f.answers(recorded, q)
			return d.whole
		}
		if c.cfg.Partial {
			r.Part = d.part
		}
	}
	return r
}

// part returns 1 + the number of q's states that a recorded request for the same table includes, 0 if it is
// for another table. Parts such as the other ends may be missing.
func (d *dump) part(recorded []byte) int {
	q := d.q
	if q.Legacy || len(recorded) == 0 || recorded[0] != q.Family {
		return 0
	}
	at := 0 // of the states in the request
	switch d.f {
	case &unixFamily:
		at = unixLayout.states
	case &inet:
		if len(recorded) < inetReqLen || recordedProtocol(recorded) != q.Protocol {
			return 0
		}
		at = 4
	}
	states := q.states() & StatesKnown
	if at > 0 && len(recorded) >= at+4 {
		states &= StateSet(u32(recorded[at:]))
	}
	return 1 + bits.OnesCount32(uint32(states))
}

// live reports whether the kernel checks and runs the filter of a query.
func (c *run) live() bool { return !c.nl.Replaying() && c.cfg.Sources != SourcesProc }

// verify checks the filter of a query that is not sent to the kernel.
func (q *Query) verify() error {
	if len(q.Filter) == 0 {
		return nil
	}
	return q.Filter.Verify()
}

// lacking reports whether err says that the kernel has no diag module for the table and another source may
// be used.
func (d *dump) lacking(err error) bool {
	return err != nil && d.conn.cfg.Sources == SourcesAny && errors.Is(err, unix.ENOENT)
}

// take decodes a reply into the run's socket and reports whether to yield it.
func (d *dump) take(payload []byte) (ok bool, err error) {
	c, s := d.conn, &d.conn.sock
	s.reset()
	bad, err := d.f.decode(s, payload, d.q)
	c.stats.Malformed += uint64(bad)
	if err != nil {
		return false, fmt.Errorf("%s: %w", d.op, err)
	}
	if (d.check || d.bound && s.State == StateClose) && (!d.kept || !s.IsAssociation()) {
		if d.kept = d.q.selects(s); !d.kept {
			return false, nil
		}
	}
	if d.repeat && d.recent.seen(s) || d.sent != nil && d.again(s.Cookie) {
		c.stats.Repeated++
		return false, nil
	}
	c.stats.Sockets++
	return true, nil
}

// again reports whether a socket was sent before, and remembers it. Old kernels have no cookies.
func (d *dump) again(cookie uint64) bool {
	if _, ok := d.sent[cookie]; ok {
		return true
	}
	if cookie != 0 {
		d.sent[cookie] = struct{}{}
	}
	return false
}

// recent remembers the latest sockets. The kernel's position in a dump is a bucket and the number of
// sockets sent from it: for each socket that is added to the head of the bucket between two datagrams, it
// sends one again.
type recent struct {
	keys [16]recentKey
	next uint8
}

// A recentKey identifies a row. A request and the connection that it becomes share the cookie, but
// not the state.
type recentKey struct {
	cookie uint64
	state  State
}

// seen reports whether s is among the latest sockets, and remembers it.
func (r *recent) seen(s *Socket) bool {
	k := recentKey{s.Cookie, s.State}
	if k.cookie == 0 {
		return false
	}
	for i := range r.keys {
		if r.keys[i] == k {
			return true
		}
	}
	r.keys[r.next] = k
	r.next = (r.next + 1) % uint8(len(r.keys))
	return false
}

// selects applies the query to replies that the kernel has not filtered: those of a recording or /proc, and
// of families whose states it does not check. The filter has passed verify.
func (q *Query) selects(s *Socket) bool {
	state := s.State
	if state == StateClose && q.Protocol == unix.IPPROTO_TCP {
		state = StateBoundInactive // the only TCP sockets that are reported as closed
	}
	if !q.states().Has(state) {
		return false
	}
	return (q.LocalPort == 0 || q.LocalPort == s.Local.Port()) &&
		(q.RemotePort == 0 || q.RemotePort == s.Remote.Port()) &&
		(len(q.Filter) == 0 || q.Filter.Run(s))
}
