//go:build linux

package link

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// skipStats leaves the counters of each address family out, a quarter of the data: it applies to
// IFLA_AF_SPEC only, IFLA_STATS64 is still sent. Since Linux 4.4.
const skipStats = 1 << 3 // RTEXT_FILTER_SKIP_STATS

// A Query selects links. The zero value selects all of them.
type Query struct {
	Master uint32 // members of this link only; 0 = all
	Kind   string // links of this kind only, such as "veth"; "" = all
}

// append encodes the request: struct ifinfomsg and the kernel's filters.
func (q *Query) append(dst []byte) []byte {
	dst = append(dst, make([]byte, unix.SizeofIfInfomsg)...)
	dst = nl.AppendAttrUint32(dst, unix.IFLA_EXT_MASK, skipStats)
	if q.Master != 0 {
		dst = nl.AppendAttrUint32(dst, unix.IFLA_MASTER, q.Master)
	}
	if q.Kind != "" {
		b, at := nl.OpenAttr(dst, unix.IFLA_LINKINFO)
		b = nl.AppendAttr(b, unix.IFLA_INFO_KIND, append([]byte(q.Kind), 0))
		dst = nl.CloseAttr(b, at)
	}
	return dst
}

// selects checks the conditions that older kernels and recordings did not.
func (q *Query) selects(l *Link) bool {
	return (q.Master == 0 || q.Master == l.Master) && (q.Kind == "" || q.Kind == string(l.kind))
}

// answers reports whether a recorded request includes all that q requests.
func (q *Query) answers(recorded []byte) bool {
	if len(recorded) < unix.SizeofIfInfomsg {
		return false
	}
	attrs := nl.Attrs(recorded[unix.SizeofIfInfomsg:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			return true
		}
		switch typ {
		case unix.IFLA_MASTER:
			if v, _ := nl.Uint32(val); v != q.Master {
				return false
			}
		case unix.IFLA_LINKINFO:
			if q.Kind == "" {
				return false
			}
		}
	}
}

// Links lists the links that q selects, by index. The Link is overwritten by the next iteration. At
// most one error is yielded, last: the list is then incomplete, except for ErrInterrupted. When ctx
// ends, the error is its cause. A nil q is the zero Query.
func (c *Conn) Links(ctx context.Context, q *Query) iter.Seq2[*Link, error] {
	if q == nil {
		q = &Query{}
	}
	return func(yield func(*Link, error) bool) {
		var l Link // overwritten by each iteration
		r := nl.Request{Op: "dump links", Type: unix.RTM_GETLINK, Payload: q.append(nil), Answers: q.answers}
		for m, err := range c.nl.Dump(ctx, &r) {
			if err != nil {
				yield(nil, err)
				return
			}
			if m.Type != unix.RTM_NEWLINK {
				continue
			}
			if err := c.take(&l, m.Payload); err != nil {
				yield(nil, fmt.Errorf("%s: %w", r.Op, err))
				return
			}
			if !q.selects(&l) {
				continue
			}
			c.rows.Add(1)
			if !yield(&l, nil) {
				return
			}
		}
	}
}

// take decodes one message into l.
func (c *Conn) take(l *Link, payload []byte) error {
	bad, err := l.decode(payload)
	c.malformed.Add(uint64(bad))
	return err
}

// List returns copies of the links that q selects. If links change meanwhile it repeats the dump, a
// few times; then they are returned with ErrInterrupted.
func (c *Conn) List(ctx context.Context, q *Query) ([]*Link, error) {
	return nl.Collect(c.Links(ctx, q), (*Link).Clone)
}

// Link requests one link by its index. The caller owns the result.
func (c *Conn) Link(ctx context.Context, index uint32) (*Link, error) {
	req := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(req[4:], index)
	return c.one(ctx, req, fmt.Sprintf("look up link %d", index))
}

// ByName requests one link by its name or, since Linux 5.5, one of its alternative names.
func (c *Conn) ByName(ctx context.Context, name string) (*Link, error) {
	typ := uint16(unix.IFLA_IFNAME)
	if len(name) >= unix.IFNAMSIZ {
		typ = unix.IFLA_ALT_IFNAME // only those may be longer
	}
	op := fmt.Sprintf("look up link %q", name)
	l, err := c.named(ctx, op, typ, name)
	if errors.Is(err, ErrNotFound) && typ == unix.IFLA_IFNAME {
		if alt, err := c.named(ctx, op, unix.IFLA_ALT_IFNAME, name); err == nil {
			return alt, nil
		}
	}
	return l, err
}

func (c *Conn) named(ctx context.Context, op string, typ uint16, name string) (*Link, error) {
	req := nl.AppendAttr(make([]byte, unix.SizeofIfInfomsg), typ, append([]byte(name), 0))
	return c.one(ctx, req, op)
}

func (c *Conn) one(ctx context.Context, req []byte, op string) (*Link, error) {
	var found *Link
	for m, err := range c.nl.Get(ctx, &nl.Request{Op: op, Type: unix.RTM_GETLINK, Payload: req}) {
		switch {
		case errors.Is(err, unix.ENODEV):
			return nil, fmt.Errorf("%s: %w", op, ErrNotFound)
		case err != nil:
			return nil, err
		}
		found = &Link{}
		if err := c.take(found, bytes.Clone(m.Payload)); err != nil {
			return nil, fmt.Errorf("%s: %w", op, err)
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s: %w", op, ErrNotFound)
	}
	return found, nil
}
