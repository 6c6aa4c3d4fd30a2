package ss

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
)

// filterNames looks up the names in a filter.
type filterNames struct {
	ctx      context.Context //nolint:containedctx // the interface has none, and the value lives for one call
	names    *names.Names
	netlink  *netlinkNames
	complain func(string)
}

// Hosts returns the addresses of a host, of one family or, if none is given, of IPv4 if it has any, else of
// IPv6. Without addresses of the family it finds nothing.
func (n *filterNames) Hosts(host string, family uint8) []netip.Addr {
	all, err := n.names.Addresses(n.ctx, host)
	if err != nil {
		return nil
	}
	var four, six []netip.Addr
	for _, a := range all {
		switch a = a.Unmap(); {
		case a.Is4():
			four = append(four, a)
		case a == netip.IPv6Loopback():
			four = append(four, loopback4) // as the C library does for the hosts file
			fallthrough
		default:
			six = append(six, a)
		}
	}
	switch {
	case family == unix.AF_INET, family == 0 && len(four) > 0:
		return four
	case family == unix.AF_INET6, family == 0:
		return six
	}
	return nil
}

var loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// Service returns the port of a service.
func (n *filterNames) Service(service, protocol string) (uint16, bool) {
	return n.names.Port(protocol, service)
}

// Device returns the index of an interface, by its name or an alternative one.
func (n *filterNames) Device(name string) (uint32, bool) {
	if len(name) >= unix.IFNAMSIZ {
		return n.longDevice(name)
	}
	index := ifaceIndex(name)
	return index, index != 0
}

// longDevice finds an alternative name that is too long for an ioctl.
func (n *filterNames) longDevice(name string) (uint32, bool) {
	c, err := link.Dial(nil)
	if err != nil {
		return 0, false
	}
	defer func() { _ = c.Close() }() // nothing was written
	l, err := c.ByName(n.ctx, name)
	if err != nil {
		return 0, false
	}
	return l.Index, true
}

// EtherType returns the number of a protocol of packet sockets, whatever the case of its name.
func (n *filterNames) EtherType(name string) (uint16, bool) {
	if strings.EqualFold(name, "ipv4") {
		return unix.ETH_P_IP, true
	}
	for t := range diag.EtherTypes() {
		if strings.EqualFold(t.Name, name) {
			return t.Number, true
		}
	}
	return 0, false
}

// NetlinkFamily returns the number of a netlink family.
func (n *filterNames) NetlinkFamily(name string) (uint8, bool) {
	for number := range uint16(256) {
		if n.netlink.name(number) == name {
			return uint8(number), true
		}
	}
	return 0, false
}

// Cgroup returns the id of a control group. Errors have been printed.
func (n *filterNames) Cgroup(path string) (uint64, error) {
	id, message := cgroupID(path)
	if message != "" {
		n.complain(message)
		return 0, errNoCgroup
	}
	return id, nil
}

var errNoCgroup = errors.New("no such control group")

// callersHandle is handleID with the caller's rights: the existence of a path may be confidential.
func callersHandle(dir int, path string) (id uint64, err error) {
	err = rights.AsCaller(func() (err error) {
		id, err = handleID(dir, path)
		return err
	})
	return id, err
}

// handleID returns the file handle of a path as a number, if it has the size of one.
func handleID(dir int, path string) (uint64, error) {
	handle, _, err := unix.NameToHandleAt(dir, path, 0)
	if err != nil {
		return 0, err
	}
	if handle.Size() != 8 {
		return 0, unix.EOVERFLOW
	}
	return binary.NativeEndian.Uint64(handle.Bytes()), nil
}
