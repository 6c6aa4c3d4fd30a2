//go:build linux

package link

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"math"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// An Address is an IP address of a link. It is overwritten by the next iteration: use [Address.Clone] to
// keep it.
type Address struct {
	Link      uint32       // index
	Prefix    netip.Prefix // the local address with the length of its network, not masked
	Peer      netip.Addr   // the other end of a point-to-point link; invalid if none
	Broadcast netip.Addr   // invalid if none
	Anycast   netip.Addr   // IFA_ANYCAST; invalid if none
	Flags     uint32       // IFA_F_*
	Scope     uint8        // RT_SCOPE_*: 0 = global, 253 = link, 254 = host
	Protocol  uint8        // IFAPROT_*: its origin, since Linux 5.18; 0 = unknown
	// Priority is the metric of the route that was added with the address; 0 = the default.
	Priority uint32
	// Preferred and Valid are the remaining times in which the address may be used for new connections, and
	// at all: [Forever] unless it is from DHCP or a router's advertisement.
	Preferred, Valid time.Duration
	// Created and Updated are times since boot, in steps of 10 ms.
	Created, Updated time.Duration
	// Deleted marks the event of a removed address (RTM_DELADDR).
	Deleted bool

	label []byte
	raw   []byte
}

// Forever is a lifetime without end.
const Forever time.Duration = math.MaxInt64

const ifaProto = 11 // IFA_PROTO, since Linux 5.18

// Label returns the label of an IPv4 address: the link's name "eth0", or an alias "eth0:1". nil for IPv6.
func (a *Address) Label() []byte { return a.label }

// Clone returns a copy that shares nothing with a or the receive buffer.
func (a *Address) Clone() *Address {
	c := &Address{}
	_, _ = c.decode(bytes.Clone(a.raw)) // it was decoded before
	c.Deleted = a.Deleted
	return c
}

// An AddressQuery selects addresses. The zero value selects all of them.
type AddressQuery struct {
	Family uint8  // AF_INET or AF_INET6; 0 = both
	Link   uint32 // of this link only; 0 = all
}

// Addresses lists the addresses that q selects, IPv4 before IPv6, by link. The Address is overwritten by
// the next iteration. A nil q is the zero query. Errors are those of [Conn.Links].
func (c *Conn) Addresses(ctx context.Context, q *AddressQuery) iter.Seq2[*Address, error] {
	if q == nil {
		q = &AddressQuery{}
	}
	return func(yield func(*Address, error) bool) {
		if err := nl.CheckFamily("dump addresses", q.Family, unix.AF_INET, unix.AF_INET6); err != nil {
			yield(nil, err)
			return
		}
		var a Address // overwritten by each iteration
		req := make([]byte, unix.SizeofIfAddrmsg)
		req[0] = q.Family
		binary.NativeEndian.PutUint32(req[4:], q.Link) // older kernels ignore it
		r := nl.Request{Op: "dump addresses", Type: unix.RTM_GETADDR, Payload: req, Answers: q.answers}
		for m, err := range c.nl.Dump(ctx, &r) {
			if err != nil {
				yield(nil, err)
				return
			}
			if m.Type != unix.RTM_NEWADDR {
				continue
			}
			bad, err := a.decode(m.Payload)
			c.malformed.Add(uint64(bad))
			if err != nil {
				yield(nil, fmt.Errorf("%s: %w", r.Op, err))
				return
			}
			if !q.selects(&a, m.Payload[0]) {
				continue
			}
			c.rows.Add(1)
			if !yield(&a, nil) {
				return
			}
		}
	}
}

// ListAddresses returns copies of the addresses that q selects, as [Conn.List] does of links.
func (c *Conn) ListAddresses(ctx context.Context, q *AddressQuery) ([]*Address, error) {
	return nl.Collect(c.Addresses(ctx, q), (*Address).Clone)
}

func (q *AddressQuery) selects(a *Address, family uint8) bool {
	if family != unix.AF_INET && family != unix.AF_INET6 {
		return false // AF_UNSPEC includes phonet and others
	}
	return (q.Family == 0 || q.Family == family) && (q.Link == 0 || q.Link == a.Link)
}

func (q *AddressQuery) answers(recorded []byte) bool {
	if len(recorded) < unix.SizeofIfAddrmsg {
		return false
	}
	link := binary.NativeEndian.Uint32(recorded[4:])
	return (recorded[0] == 0 || recorded[0] == q.Family) && (link == 0 || link == q.Link)
}

// decode fills a from the payload of RTM_NEWADDR, which it keeps views of.
func (a *Address) decode(b []byte) (malformed int, err error) {
	*a = Address{raw: b, Preferred: Forever, Valid: Forever}
	if len(b) < unix.SizeofIfAddrmsg {
		return 0, fmt.Errorf("address message of %d bytes: %w", len(b), ErrMalformed)
	}
	bits := int(b[1])
	a.Flags, a.Scope = uint32(b[2]), b[3]
	a.Link = binary.NativeEndian.Uint32(b[4:])
	var local, address netip.Addr
	attrs := nl.Attrs(b[unix.SizeofIfAddrmsg:])
	for {
		typ, val, ok := attrs.Next()
		if !ok {
			break
		}
		switch typ {
		case unix.IFA_LOCAL:
			local, ok = netip.AddrFromSlice(val)
		case unix.IFA_ADDRESS:
			address, ok = netip.AddrFromSlice(val)
		default:
			ok = a.attr(typ, val)
		}
		if !ok {
			malformed++
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	a.ends(local, address, bits)
	return malformed, nil
}

// ends sets Prefix and Peer: IFA_LOCAL is the local address if present, and IFA_ADDRESS is then the peer
// or equal to it.
func (a *Address) ends(local, address netip.Addr, bits int) {
	if !local.IsValid() {
		local, address = address, netip.Addr{}
	}
	if address != local {
		a.Peer = address
	}
	a.Prefix = netip.PrefixFrom(local, bits)
}

func (a *Address) attr(typ uint16, val []byte) (ok bool) {
	switch typ {
	case unix.IFA_LABEL:
		a.label, ok = nl.CString(val), true
	case unix.IFA_BROADCAST:
		a.Broadcast, ok = netip.AddrFromSlice(val)
	case unix.IFA_ANYCAST:
		a.Anycast, ok = netip.AddrFromSlice(val)
	case unix.IFA_FLAGS: // since Linux 3.14: all 32 bits
		a.Flags, ok = nl.Uint32(val)
	case unix.IFA_RT_PRIORITY:
		a.Priority, ok = nl.Uint32(val)
	case ifaProto:
		a.Protocol, ok = nl.Uint8(val)
	case unix.IFA_CACHEINFO:
		if ok = len(val) >= 16; ok { // struct ifa_cacheinfo
			a.Preferred, a.Valid = lifetime(val[0:]), lifetime(val[4:])
			a.Created, a.Updated = centiseconds(val[8:]), centiseconds(val[12:])
		}
	default:
		return true
	}
	return ok
}

// lifetime reads seconds; all ones mean forever (INFINITY_LIFE_TIME).
func lifetime(b []byte) time.Duration {
	v := binary.NativeEndian.Uint32(b)
	if v == math.MaxUint32 {
		return Forever
	}
	return time.Duration(v) * time.Second
}

func centiseconds(b []byte) time.Duration {
	return time.Duration(binary.NativeEndian.Uint32(b)) * 10 * time.Millisecond
}
