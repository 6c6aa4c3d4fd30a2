//go:build linux

package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/route"
)

// A Reach is the scope from which an address can be reached, without regard to firewalls and translations
// on other hosts.
type Reach uint8

// The reaches, in ascending order.
const (
	ReachUnknown  Reach = iota
	ReachLoopback       // this host alone
	ReachLink           // the networks that the host is linked to
	ReachPrivate        // private networks: RFC 1918, RFC 4193, and other addresses without public routes
	ReachPublic
)

var reachNames = [...]string{"unknown", "loopback", "link", "private", "public"}

// String returns "unknown", "loopback", "link", "private" or "public".
func (r Reach) String() string {
	if int(r) < len(reachNames) {
		return reachNames[r]
	}
	return "REACH-" + strconv.Itoa(int(r))
}

// MarshalText returns what String does.
func (r Reach) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// ReachOf returns the reach of an address; that of the unspecified address is unknown.
func ReachOf(a netip.Addr) Reach {
	a = a.Unmap()
	switch {
	case !a.IsValid(), a.IsUnspecified():
		return ReachUnknown
	case a.IsLoopback():
		return ReachLoopback
	case a.IsLinkLocalUnicast(), a.IsLinkLocalMulticast():
		return ReachLink
	case a.IsMulticast(), a.IsPrivate(),
		slices.ContainsFunc(special[:], func(p netip.Prefix) bool { return p.Contains(a) }):
		return ReachPrivate
	default:
		return ReachPublic
	}
}

// special are ranges, besides those that netip knows, that are not routed publicly (IANA's registry of
// special-purpose addresses): for carriers, documentation, benchmarks, reserved.
var special = [...]netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("3fff::/20"),
}

// An Exposure computes the reach of listeners of a network namespace. It keeps no addresses.
type Exposure struct {
	// Somaxconn is net.core.somaxconn, the limit of the backlog of listen(2); 0 = unknown.
	Somaxconn uint32

	widest    map[exposed]Reach // of local addresses
	published map[uint32]Reach  // listeners that running flows are translated to, by inode
}

func newExposure() *Exposure {
	return &Exposure{widest: map[exposed]Reach{}, published: map[uint32]Reach{}}
}

// exposed are local addresses of a family and an interface, 0 = any.
type exposed struct {
	family uint8
	iface  uint32
}

// loopback is the index of the loopback interface (LOOPBACK_IFINDEX).
const loopback = 1

// Of returns the reach of a listening socket. For one that is bound to all addresses it is the widest of
// them; for one that a running flow was translated to, at least that of the address that the flow was sent
// to.
func (e *Exposure) Of(s *diag.Socket) Reach {
	return max(e.bound(s), e.published[s.Inode])
}

// bound returns the reach of the addresses that a socket is bound to.
func (e *Exposure) bound(s *diag.Socket) Reach {
	switch {
	case s.Family != unix.AF_INET && s.Family != unix.AF_INET6:
		return ReachUnknown
	case s.Iface == loopback:
		return ReachLoopback
	case !s.Local.Addr().Unmap().IsUnspecified():
		return ReachOf(s.Local.Addr())
	}
	reach := e.at(unix.AF_INET, s.Iface)
	if s.Family == unix.AF_INET6 && !s.Local.Addr().Is4In6() {
		six := e.at(unix.AF_INET6, s.Iface)
		if s.V6Only || six > reach {
			reach = six
		}
	}
	return reach
}

// at returns the widest reach of an interface, or of all if it has no address of its own.
func (e *Exposure) at(family uint8, iface uint32) Reach {
	if r, ok := e.widest[exposed{family, iface}]; ok {
		return r
	}
	return e.widest[exposed{family, 0}]
}

func (e *Exposure) add(a netip.Addr, iface uint32) {
	family := uint8(unix.AF_INET6)
	if a.Unmap().Is4() {
		family = unix.AF_INET
	}
	e.set(family, iface, ReachOf(a))
	e.set(family, 0, ReachOf(a))
}

func (e *Exposure) set(family uint8, iface uint32, r Reach) {
	k := exposed{family, iface}
	e.widest[k] = max(e.widest[k], r)
}

// exposureTable is an exposure in a recording: a line with somaxconn, then one for each family and interface,
// and one for the inode of each published listener.
const exposureTable = "nlstat/exposure"

// exposure returns the Exposure of a namespace, and those flows that are forwarded to it. Errors leave
// values unknown.
func (p *Place) exposure(ctx context.Context, flows forwards) (e *Exposure, here []forward, err error) {
	e = newExposure()
	if p.Replay != nil {
		return e, nil, e.replay(p.Replay)
	}
	e.Somaxconn = somaxconn(p.FD)
	err = eachLocal(ctx, p.FD, func(r *route.Route) {
		e.add(r.Dst.Addr(), r.Iface)
		here = append(here, flows.leading(r.Dst)...)
	})
	if err != nil {
		return nil, nil, err
	}
	if p.HasVRF() { // each has addresses of its own
		for a := range localAddresses(ctx, p.FD) {
			e.add(a, 0)
			here = append(here, flows[a]...)
		}
	}
	return e, here, nil
}

// eachLocal calls take with the local routes: addresses of links that are up, and networks that are routed
// to the host itself.
func eachLocal(ctx context.Context, netns int, take func(*route.Route)) error {
	c, err := route.Dial(&route.Config{NetNS: netns})
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // no data to lose
	for r, err := range c.Routes(ctx, &route.Query{Table: route.TableLocal, Type: route.TypeLocal}) {
		switch {
		case errors.Is(err, route.ErrInterrupted), errors.Is(err, unix.ENOENT):
			return nil // the other routes suffice
		case err != nil:
			return err
		}
		take(r)
	}
	return nil
}

// somaxconn reads net.core.somaxconn of a namespace, 0 if it cannot.
func somaxconn(ns int) uint32 {
	const name = "core/somaxconn"
	values, _ := netns.Settings(ns, name) // what cannot be read is unknown
	n, _ := strconv.ParseUint(values[name], 10, 32)
	return uint32(n)
}

func (e *Exposure) record(rec *diag.Recorder) {
	b := fmt.Appendf(nil, "somaxconn %d\n", e.Somaxconn)
	for _, k := range slices.SortedFunc(maps.Keys(e.widest), func(a, b exposed) int {
		return cmp.Or(cmp.Compare(a.family, b.family), cmp.Compare(a.iface, b.iface))
	}) {
		b = fmt.Appendf(b, "%d %d %d\n", k.family, k.iface, e.widest[k])
	}
	for _, inode := range slices.Sorted(maps.Keys(e.published)) {
		b = fmt.Appendf(b, "published %d %d\n", inode, e.published[inode])
	}
	rec.Chunk(exposureTable, b)
}

func (e *Exposure) replay(rec *diag.Recording) (err error) {
	for line := range tableLines(rec, exposureTable, &err) {
		var family uint8
		var iface, inode uint32
		var r Reach
		if _, err := fmt.Sscanf(string(line), "somaxconn %d", &e.Somaxconn); err == nil {
			continue
		}
		if _, err := fmt.Sscanf(string(line), "published %d %d", &inode, &r); err == nil && r <= ReachPublic {
			e.published[inode] = r
			continue
		}
		if _, err := fmt.Sscanf(string(line), "%d %d %d", &family, &iface, &r); err == nil && r <= ReachPublic {
			e.set(family, iface, r)
		}
	}
	return err
}

// Reach returns the reach of a listening socket: the widest of its addresses.
func (r *Row) Reach() Reach {
	if r.Joins == nil || r.Joins.Exposure == nil {
		return ReachOf(r.Local.Addr())
	}
	return r.Joins.Exposure.Of(r.Socket)
}

// Somaxconn returns net.core.somaxconn of the row's namespace, 0 if it is unknown.
func (r *Row) Somaxconn() uint32 {
	if r.Joins == nil || r.Joins.Exposure == nil {
		return 0
	}
	return r.Joins.Exposure.Somaxconn
}
