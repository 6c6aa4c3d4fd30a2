//go:build linux

package maddr

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A Group is one membership of one link. It is a plain value that can be copied. It is overwritten by
// the next iteration.
type Group struct {
	Family uint8 // AF_INET, AF_INET6; AF_PACKET for a link-layer address
	Iface  uint32
	Addr   netip.Addr // invalid for a link-layer address: see HW
	Has    Fields
	Users  uint32 // sockets and parts of the kernel that joined, if HasUsers
	Scope  uint8  // RT_SCOPE_*, if HasScope
	// Created and Updated are times since boot, if HasCache.
	Created, Updated time.Duration
	// FromProc says that the row is from /proc because the kernel's netlink does not have it.
	FromProc bool

	hw    [32]byte
	hwLen uint8
}

// Fields is the set of known fields of a group besides its address.
type Fields uint8

// The fields.
const (
	HasUsers Fields = 1 << iota
	HasScope
	HasCache
)

// HW returns the link-layer address of a row of family AF_PACKET. It is a view into g.
func (g *Group) HW() []byte { return g.hw[:g.hwLen] }

// decode fills g from the payload of RTM_NEWMULTICAST. It returns the number of malformed attributes.
func (g *Group) decode(b []byte) (malformed int, err error) {
	*g = Group{}
	if len(b) < unix.SizeofIfAddrmsg {
		return 0, fmt.Errorf("group message of %d bytes: %w", len(b), ErrMalformed)
	}
	g.Family, g.Scope, g.Has = b[0], b[3], HasScope
	g.Iface = binary.NativeEndian.Uint32(b[4:])
	attrs := nl.Attrs(b[unix.SizeofIfAddrmsg:])
	for {
		typ, val, more := attrs.Next()
		if !more {
			break
		}
		ok := true
		switch typ {
		case unix.IFA_MULTICAST:
			g.Addr, ok = netip.AddrFromSlice(val)
		case unix.IFA_CACHEINFO:
			if ok = len(val) >= 16; ok { // struct ifa_cacheinfo
				g.Has |= HasCache
				g.Created, g.Updated = centiseconds(val[8:]), centiseconds(val[12:])
			}
		default: // ignored
		}
		if !ok {
			malformed++
		}
	}
	if attrs.Rest() != 0 {
		malformed++
	}
	return malformed, nil
}

func centiseconds(b []byte) time.Duration {
	return time.Duration(binary.NativeEndian.Uint32(b)) * 10 * time.Millisecond
}
