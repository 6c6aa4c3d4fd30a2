//go:build integration

package integration

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A small reader of sock_diag and /proc, which shares no code with the programs under test, for comparison.

// A plainSocket is an inet socket as decoded by the reader.
type plainSocket struct {
	protocol, state uint8
	local, remote   netip.AddrPort // IPv4 is not mapped
	iface, inode    uint32
	cookie          uint64
}

// plainSockets lists the TCP and UDP sockets of a namespace in all states.
func plainSockets(t *testing.T, ns *harness.NS) []plainSocket {
	t.Helper()
	var all []plainSocket
	var err error
	ns.Do(func() {
		for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
			for _, protocol := range []uint8{unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_UDPLITE} {
				if err == nil {
					all, err = queryDiag(all, family, protocol)
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// queryDiag appends the answers to one struct inet_diag_req_v2.
func queryDiag(all []plainSocket, family, protocol uint8) ([]plainSocket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd) //nolint:errcheck // read-only
	e := binary.NativeEndian
	req := make([]byte, 72)
	e.PutUint32(req, 72)
	e.PutUint16(req[4:], 20) // SOCK_DIAG_BY_FAMILY
	e.PutUint16(req[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	req[16], req[17] = family, protocol
	e.PutUint32(req[20:], ^uint32(0)) // all states
	if err := unix.Sendto(fd, req, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, err
	}
	buf := make([]byte, 1<<16)
	for {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err != nil {
			return nil, err
		}
		for b := buf[:n]; len(b) >= 16; b = b[(e.Uint32(b)+3)&^3:] {
			switch e.Uint16(b[4:]) {
			case unix.NLMSG_DONE:
				return all, nil
			case unix.NLMSG_ERROR:
				if no := unix.Errno(-int32(e.Uint32(b[16:]))); no != unix.ENOENT {
					return nil, fmt.Errorf("sock_diag, family %d, protocol %d: %w", family, protocol, no)
				}
				return all, nil // the kernel has none of the kind
			}
			all = append(all, plainOf(b[16:], protocol))
		}
	}
}

// plainOf reads struct inet_diag_msg.
func plainOf(m []byte, protocol uint8) plainSocket {
	e := binary.NativeEndian
	addr := func(at int) netip.Addr {
		if m[0] == unix.AF_INET {
			return netip.AddrFrom4([4]byte(m[at:]))
		}
		return netip.AddrFrom16([16]byte(m[at:])).Unmap()
	}
	return plainSocket{
		protocol: protocol, state: m[1],
		local:  netip.AddrPortFrom(addr(8), binary.BigEndian.Uint16(m[4:])),
		remote: netip.AddrPortFrom(addr(24), binary.BigEndian.Uint16(m[6:])),
		iface:  e.Uint32(m[40:]), inode: e.Uint32(m[68:]),
		cookie: uint64(e.Uint32(m[44:])) | uint64(e.Uint32(m[48:]))<<32,
	}
}

// holdersOf returns the names of the processes that have each socket open, by inode.
func holdersOf(t *testing.T) map[uint32]map[int]string {
	t.Helper()
	all := map[uint32]map[int]string{}
	list, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range list {
		link, err := os.Readlink(path)
		if err != nil {
			continue // it was closed meanwhile
		}
		number, ok := strings.CutPrefix(link, "socket:[")
		if !ok {
			continue
		}
		inode, err := strconv.ParseUint(strings.TrimSuffix(number, "]"), 10, 32)
		if err != nil {
			t.Fatalf("%s leads to %s", path, link)
		}
		pid, err := strconv.Atoi(strings.Split(path, "/")[2])
		if err != nil {
			t.Fatal(err)
		}
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil {
			continue
		}
		if all[uint32(inode)] == nil {
			all[uint32(inode)] = map[int]string{}
		}
		all[uint32(inode)][pid] = strings.TrimSuffix(string(comm), "\n")
	}
	return all
}
