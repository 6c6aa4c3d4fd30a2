//go:build linux

package filter

import (
	"errors"
	"io"
	"net/netip"
)

// Options are the options of [Parse].
type Options struct {
	// Family is that of values without a prefix such as "unix:" (AF_*); 0 = IPv4 and IPv6.
	Family uint8
	// Loose compares addresses as ss does: the first bits, regardless of the family of the socket, so that src
	// 42.1.0.0/16 also selects the IPv6 address 2a01::1. Otherwise families are distinguished, see [Network].
	Loose bool
	// TCP and UDP say whose services (Names.Service) are accepted as ports: with both, TCP's come first; with
	// neither, a port is a number.
	TCP, UDP bool
	// Names looks up names; nil = there are none.
	Names Names
	// File is the rest of the filter, after the words: line by line, without lines that begin with # or 0. It
	// is read up to the first error. nil = no file.
	File io.Reader
	// Ephemeral are the first and last port of the kernel's ephemeral range; zero = 1024 to 4999, the default
	// of ss.
	Ephemeral [2]uint16
}

// Names looks up the names in a filter. Numbers are not looked up, except for interfaces, whose names may
// be numbers.
type Names interface {
	// Hosts returns the addresses of a host: those of the family, or of both if family is 0.
	Hosts(host string, family uint8) []netip.Addr
	// Service returns the port of a service of "tcp" or "udp" (/etc/services).
	Service(service, protocol string) (port uint16, ok bool)
	// Device returns the index of an interface by its name or one of its other names.
	Device(name string) (index uint32, ok bool)
	// EtherType returns the number of a protocol of packet sockets (ETH_P_*).
	EtherType(name string) (number uint16, ok bool)
	// NetlinkFamily returns the number of a netlink protocol.
	NetlinkFamily(name string) (number uint8, ok bool)
	// Cgroup returns the id of a version 2 cgroup. The error is wrapped by a [ValueError].
	Cgroup(path string) (id uint64, err error)
}

// noNames has no names.
type noNames struct{}

func (noNames) Hosts(string, uint8) []netip.Addr      { return nil }
func (noNames) Service(string, string) (uint16, bool) { return 0, false }
func (noNames) Device(string) (uint32, bool)          { return 0, false }
func (noNames) EtherType(string) (uint16, bool)       { return 0, false }
func (noNames) NetlinkFamily(string) (uint8, bool)    { return 0, false }

func (noNames) Cgroup(string) (uint64, error) { return 0, errors.ErrUnsupported }
