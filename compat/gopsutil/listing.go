package gopsutil

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// A listing is the state of one call.
type listing struct {
	stats  []ConnectionStat
	inodes []uint32 // of stats, in the same order
	shared bool     // one row for each owner of a socket, as for unix

	seen  map[ends]struct{}
	texts map[netip.Addr]string // many sockets have the same addresses
}

// ends identify a row: gopsutil shows one of those with the same.
type ends struct {
	local, remote         [16]byte
	localPort, remotePort uint16
	kind                  uint8
	state                 diag.State // 0 = not one of TCP
}

// A holding identifies a row of a unix socket.
type holding struct {
	inode uint32
	pid   int32
	fd    uint32
	kind  uint32
	path  string
}

// newListing returns a listing with room for some rows.
func newListing(rows int) *listing {
	return &listing{
		stats: make([]ConnectionStat, 0, rows), inodes: make([]uint32, 0, rows),
		seen: make(map[ends]struct{}, rows), texts: map[netip.Addr]string{},
	}
}

// statuses are the names of TCP states.
var statuses = [...]string{
	diag.StateEstablished: "ESTABLISHED", diag.StateSynSent: "SYN_SENT", diag.StateSynRecv: "SYN_RECV",
	diag.StateFinWait1: "FIN_WAIT1", diag.StateFinWait2: "FIN_WAIT2", diag.StateTimeWait: "TIME_WAIT",
	diag.StateClose: "CLOSE", diag.StateCloseWait: "CLOSE_WAIT", diag.StateLastAck: "LAST_ACK",
	diag.StateListen: "LISTEN", diag.StateClosing: "CLOSING", diag.StateNewSynRecv: "SYN_RECV",
}

// list appends the sockets of a table.
func (l *listing) list(ctx context.Context, conn *diag.Conn, t *table) error {
	q := diag.Query{Family: t.family, Protocol: t.protocol}
	if t.protocol == unix.IPPROTO_TCP {
		q.States = diag.StatesKnown &^ diag.States(diag.StateBoundInactive) // /proc/net/tcp does not have them
	}
	if t.family == unix.AF_UNIX {
		q.Want, q.Pending, l.shared = diag.HasName, true, true // /proc/net/unix has waiting connections
	}
	for s, err := range conn.Sockets(ctx, &q) {
		if err != nil {
			return err
		}
		if t.family == unix.AF_UNIX {
			l.add(s.Inode, ConnectionStat{
				Family: unix.AF_UNIX, Type: uint32(s.Type), Status: "NONE", Laddr: Addr{IP: path(s.Name())},
			})
			continue
		}
		status, key := "NONE", ends{
			local: s.Local.Addr().As16(), remote: s.Remote.Addr().As16(),
			localPort: s.Local.Port(), remotePort: s.Remote.Port(), kind: uint8(t.kind),
		}
		if t.protocol == unix.IPPROTO_TCP {
			status, key.state = statuses[s.State], s.State
		}
		if _, ok := l.seen[key]; ok {
			continue
		}
		l.seen[key] = struct{}{}
		l.add(s.Inode, ConnectionStat{
			Family: uint32(t.family), Type: t.kind, Status: status, Laddr: l.addr(s.Local), Raddr: l.addr(s.Remote),
		})
	}
	return nil
}

func (l *listing) add(inode uint32, c ConnectionStat) {
	l.stats, l.inodes = append(l.stats, c), append(l.inodes, inode)
}

// addr formats a mapped address as IPv4, as package net does, also for IPv6 sockets.
func (l *listing) addr(a netip.AddrPort) Addr {
	text, ok := l.texts[a.Addr()]
	if !ok {
		text = a.Addr().Unmap().String()
		l.texts[a.Addr()] = text
	}
	return Addr{IP: text, Port: uint32(a.Port())}
}

// path returns a name as in /proc/net/unix, "" if it has blanks, which gopsutil does not parse.
func path(name []byte) string {
	text := string(bytes.ReplaceAll(name, []byte{0}, []byte{'@'}))
	if strings.ContainsFunc(text, unicode.IsSpace) {
		return ""
	}
	return text
}

// wanted returns the inodes whose owners are searched.
func (l *listing) wanted() []uint32 {
	list := make([]uint32, 0, len(l.inodes))
	for _, inode := range l.inodes {
		if inode != 0 {
			list = append(list, inode)
		}
	}
	return list
}

// join adds owners and descriptors: the first of an inet socket, each of a unix socket in a row of its own.
func (l *listing) join(held *owner.Index) {
	seen := map[holding]struct{}{}
	kept := l.stats[:0]
	var more []ConnectionStat
	for i := range l.stats {
		c := l.stats[i]
		refs := held.Owners(l.inodes[i])
		if c.Family != unix.AF_UNIX {
			if len(refs) > 0 {
				c.Pid, c.Fd = refs[0].PID, uint32(refs[0].FD)
			}
			kept = append(kept, c)
			continue
		}
		if len(refs) == 0 {
			refs = nobody
		}
		for _, ref := range refs {
			c.Pid, c.Fd = ref.PID, uint32(ref.FD)
			key := holding{l.inodes[i], c.Pid, c.Fd, c.Type, c.Laddr.IP}
			if _, ok := seen[key]; ok {
				continue
			}
			seen[key] = struct{}{}
			more = append(more, c)
		}
	}
	kept = append(kept, more...) // unix sockets come last
	l.stats = kept
}

// nobody stands for the owner of a unix socket without one.
var nobody = []owner.Ref{{}}

// users adds the user ids of owners, read once for each process and shared by its rows.
func (l *listing) users() {
	known := map[int32][]int32{}
	for i := range l.stats {
		c := &l.stats[i]
		ids, ok := known[c.Pid]
		if !ok {
			ids = userIDs(c.Pid)
			known[c.Pid] = ids
		}
		c.Uids = slices.Clip(ids)
	}
}

// userIDs reads the real, effective, saved and file system ids of a process.
func userIDs(pid int32) (ids []int32) {
	ids = []int32{}
	if pid == 0 {
		return ids
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(int(pid)) + "/status")
	if err != nil {
		return ids // it has ended
	}
	_, line, _ := bytes.Cut(text, []byte("\nUid:"))
	line, _, _ = bytes.Cut(line, []byte("\n"))
	for field := range bytes.FieldsSeq(line) {
		id, err := strconv.ParseUint(string(field), 10, 32)
		if err != nil {
			return []int32{}
		}
		ids = append(ids, int32(id)) //nolint:gosec // as in gopsutil
	}
	return ids
}
