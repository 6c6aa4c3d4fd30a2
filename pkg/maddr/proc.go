//go:build linux

package maddr

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A procFile is a file with data of groups that netlink does not have.
type procFile struct {
	path string
	// parse parses a line into g. It reports whether the line is a group; ok is false for a malformed line.
	parse func(g *Group, line []byte) (group, ok bool)
}

var procFiles = [...]*procFile{
	unix.AF_INET:   {"/proc/thread-self/net/igmp", parseIGMP},
	unix.AF_INET6:  {"/proc/thread-self/net/igmp6", parseIGMP6},
	unix.AF_PACKET: {"/proc/thread-self/net/dev_mcast", parseDevMcast},
}

// proc yields groups from /proc alone. It reports whether the loop goes on.
func (l *listing) proc(family uint8, yield func(*Group, error) bool) (more bool, err error) {
	more = true
	err = l.lines(family, func(g *Group) bool {
		if l.q.Iface != 0 && l.q.Iface != g.Iface {
			return true
		}
		l.rows.Add(1)
		more = yield(g, nil)
		return more
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", unix.EAFNOSUPPORT, err)
	}
	return more, err
}

// countUsers reads the counts, which netlink does not report, from the file of a family.
func (l *listing) countUsers(family uint8) error {
	if l.users == nil {
		l.users = map[member]uint32{}
	}
	clear(l.users)
	err := l.lines(family, func(g *Group) bool {
		l.users[member{g.Iface, g.Addr}] = g.Users
		return true
	})
	if errors.Is(err, fs.ErrNotExist) { // a kernel without the protocol: netlink reports it
		return nil
	}
	return err
}

// lines calls row with every group of a file until it returns false.
func (l *listing) lines(family uint8, row func(g *Group) bool) error {
	if int(family) >= len(procFiles) || procFiles[family] == nil {
		return nl.Unsupported(fmt.Errorf("read groups of address family %d: %w", family, unix.EAFNOSUPPORT))
	}
	f := procFiles[family]
	r, err := l.nl.OpenFile(f.path, f.path)
	if err != nil {
		return fmt.Errorf("read groups: %w", err)
	}
	defer func() { _ = r.Close() }() // read-only
	return f.read(r, l, row)
}

func (f *procFile) read(r io.Reader, l *listing, row func(g *Group) bool) error {
	in := bufio.NewScanner(r)
	iface := uint32(0)
	for in.Scan() {
		g := &l.group
		*g = Group{Iface: iface, FromProc: true}
		group, ok := f.parse(g, in.Bytes())
		iface = g.Iface
		switch {
		case !ok:
			l.malformed.Add(1)
		case group && !row(g):
			return nil
		}
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("read groups: %w", err)
	}
	return nil
}

// parseIGMP parses a line of /proc/net/igmp (igmp_mc_seq_show, net/ipv4/igmp.c): one that begins with a
// link's index, or one of a group, whose address is a number in host byte order.
func parseIGMP(g *Group, line []byte) (group, ok bool) {
	if len(line) > 0 && line[0] != '\t' && line[0] != ' ' {
		if bytes.HasPrefix(line, []byte("Idx")) {
			return false, true
		}
		g.Iface, ok = decimal(line)
		return false, ok
	}
	addr, line := word(line)
	users, _ := word(line)
	v, err := strconv.ParseUint(string(addr), 16, 32)
	if g.Users, ok = decimal(users); !ok || err != nil || len(addr) != 8 {
		return false, false
	}
	var a [4]byte
	binary.NativeEndian.PutUint32(a[:], uint32(v))
	g.Family, g.Addr, g.Has = unix.AF_INET, netip.AddrFrom4(a), HasUsers
	return true, true
}

// parseIGMP6 parses a line of /proc/net/igmp6 (igmp6_mc_seq_show, net/ipv6/mcast.c).
func parseIGMP6(g *Group, line []byte) (group, ok bool) {
	index, line := word(line)
	_, line = word(line)
	addr, line := word(line)
	users, _ := word(line)
	var a [16]byte
	if len(addr) != 32 {
		return false, false
	}
	if _, err := hex.Decode(a[:], addr); err != nil {
		return false, false
	}
	iface, ok := decimal(index)
	n, also := decimal(users)
	g.Family, g.Iface, g.Addr, g.Users, g.Has = unix.AF_INET6, iface, netip.AddrFrom16(a), n, HasUsers
	return ok && also, ok && also
}

// parseDevMcast parses a line of /proc/net/dev_mcast (dev_mc_seq_show, net/core/net-procfs.c).
func parseDevMcast(g *Group, line []byte) (group, ok bool) {
	index, line := word(line)
	_, line = word(line)
	users, line := word(line)
	_, line = word(line)
	addr, _ := word(line)
	if len(addr) > 2*len(g.hw) {
		return false, false
	}
	n, err := hex.Decode(g.hw[:], addr)
	iface, ok := decimal(index)
	count, also := decimal(users)
	g.Family, g.Iface, g.Users, g.Has, g.hwLen = unix.AF_PACKET, iface, count, HasUsers, uint8(n)
	ok = ok && also && err == nil && n > 0
	return ok, ok
}

// word splits off the next word, empty at the end.
func word(b []byte) (w, rest []byte) {
	b = bytes.TrimLeft(b, " \t")
	if i := bytes.IndexAny(b, " \t"); i >= 0 {
		return b[:i], b[i:]
	}
	return b, nil
}

// decimal parses the number at the beginning of a text.
func decimal(b []byte) (v uint32, ok bool) {
	for i, c := range b {
		if c < '0' || c > '9' {
			return v, i > 0 && (c == ' ' || c == '\t')
		}
		v = v*10 + uint32(c-'0')
	}
	return v, len(b) > 0
}
