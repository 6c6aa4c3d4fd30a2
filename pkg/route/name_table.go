//go:build linux

package route

import (
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
)

// A Type is the type of a route (RTN_*).
type Type uint8

// The types.
const (
	TypeAny         Type = unix.RTN_UNSPEC
	TypeUnicast     Type = unix.RTN_UNICAST
	TypeLocal       Type = unix.RTN_LOCAL
	TypeBroadcast   Type = unix.RTN_BROADCAST
	TypeAnycast     Type = unix.RTN_ANYCAST
	TypeMulticast   Type = unix.RTN_MULTICAST
	TypeBlackhole   Type = unix.RTN_BLACKHOLE
	TypeUnreachable Type = unix.RTN_UNREACHABLE
	TypeProhibit    Type = unix.RTN_PROHIBIT
	TypeThrow       Type = unix.RTN_THROW // continue in the next table
	TypeNAT         Type = unix.RTN_NAT
)

var typeNames = [...]string{
	TypeAny: "none", TypeUnicast: "unicast", TypeLocal: "local", TypeBroadcast: "broadcast", TypeAnycast: "anycast",
	TypeMulticast: "multicast", TypeBlackhole: "blackhole", TypeUnreachable: "unreachable", TypeProhibit: "prohibit",
	TypeThrow: "throw", TypeNAT: "nat", unix.RTN_XRESOLVE: "xresolve",
}

// String returns the word of ip-route(8): "unicast".
func (t Type) String() string { return enum.Name(typeNames[:], t, "type") }

// MarshalText returns what String does.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// A Protocol is the origin of a route (RTPROT_*). Routing daemons have numbers of their own.
type Protocol uint8

// The protocols that the kernel interprets.
const (
	ProtocolAny      Protocol = unix.RTPROT_UNSPEC
	ProtocolRedirect Protocol = unix.RTPROT_REDIRECT // an ICMP redirect
	ProtocolKernel   Protocol = unix.RTPROT_KERNEL
	ProtocolBoot     Protocol = unix.RTPROT_BOOT
	ProtocolStatic   Protocol = unix.RTPROT_STATIC
	ProtocolRA       Protocol = unix.RTPROT_RA // an IPv6 router's advertisement
	ProtocolDHCP     Protocol = unix.RTPROT_DHCP
)

var protocolNames = [...]string{
	0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 10: "mrt",
	11: "zebra", 12: "bird", 13: "dnrouted", 14: "xorp", 15: "ntk", 16: "dhcp", 17: "mrouted",
	18: "keepalived", 42: "babel", 84: "ovn", 99: "openr", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip",
	192: "eigrp",
}

// String returns the word of ip-route(8): "static".
func (p Protocol) String() string { return enum.Name(protocolNames[:], p, "proto") }

// MarshalText returns what String does.
func (p Protocol) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// A Scope is the distance of a route's destinations (RT_SCOPE_*): higher numbers are nearer.
type Scope uint8

// The scopes.
const (
	ScopeGlobal  Scope = unix.RT_SCOPE_UNIVERSE
	ScopeSite    Scope = unix.RT_SCOPE_SITE
	ScopeLink    Scope = unix.RT_SCOPE_LINK
	ScopeHost    Scope = unix.RT_SCOPE_HOST
	ScopeNowhere Scope = unix.RT_SCOPE_NOWHERE
)

var scopeNames = [...]string{
	ScopeGlobal: "global", ScopeSite: "site", ScopeLink: "link", ScopeHost: "host", ScopeNowhere: "nowhere",
}

// String returns the word of ip-route(8): "link".
func (s Scope) String() string { return enum.Name(scopeNames[:], s, "scope") }

// MarshalText returns what String does.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Table is the number of a routing table (RT_TABLE_*).
type Table uint32

// The tables that always exist.
const (
	TableAll     Table = unix.RT_TABLE_UNSPEC
	TableDefault Table = unix.RT_TABLE_DEFAULT
	TableMain    Table = unix.RT_TABLE_MAIN
	TableLocal   Table = unix.RT_TABLE_LOCAL
)

var tableNames = [...]string{TableDefault: "default", TableMain: "main", TableLocal: "local"}

// String returns "main", "local", "default" or the number.
func (t Table) String() string { return enum.Name(tableNames[:], t, "") }

// MarshalText returns what String does.
func (t Table) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// A Pref is the preference of an IPv6 router (ICMPV6_ROUTER_PREF_*).
type Pref uint8

// The preferences.
const (
	PrefMedium Pref = 0
	PrefHigh   Pref = 1
	PrefLow    Pref = 3
)

var prefNames = [...]string{PrefMedium: "medium", PrefHigh: "high", PrefLow: "low"}

// String returns "low", "medium" or "high".
func (p Pref) String() string { return enum.Name(prefNames[:], p, "pref") }

// MarshalText returns what String does.
func (p Pref) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
