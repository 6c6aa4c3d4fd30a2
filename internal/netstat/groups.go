package netstat

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/maddr"
)

// groupTable prints the multicast groups, those of IPv4 before those of IPv6. The title always names both.
func (t *tool) groupTable(ctx context.Context) status {
	t.out.text("IPv6/IPv4 Group Memberships\n" +
		"Interface       RefCnt Group\n" +
		"--------------- ------ ---------------------\n")
	q := maddr.Query{Users: true}
	switch {
	case t.selected && !t.inet6:
		q.Family = unix.AF_INET
	case t.selected && !t.inet:
		q.Family = unix.AF_INET6
	}
	c, err := maddr.Dial(nil)
	if err != nil { // as in dial
		c, err = maddr.Dial(&maddr.Config{NoSocket: true})
	}
	if err != nil {
		t.complain("netstat: %v\n", err)
		return statusBroken
	}
	defer func() { _ = c.Close() }() // nothing was written
	for g, err := range c.Groups(ctx, &q) {
		if errors.Is(err, maddr.ErrInterrupted) {
			break // all rows were shown
		}
		if err != nil {
			t.complain("netstat: %v\n", err)
			return statusBroken
		}
		if !t.out.row(t.appendGroup(t.out.buf, g)) {
			break
		}
	}
	return statusOK
}

// appendGroup lays out one row.
func (t *tool) appendGroup(b []byte, g *maddr.Group) []byte {
	start := len(b)
	b = append(left(append(b, t.linkName(g.Iface)...), start, 15), ' ')
	if g.Has&maddr.HasUsers != 0 {
		b = append(leftUint(b, uint64(g.Users), 6), ' ')
	} else {
		b = append(leftText(b, "-", 6), ' ') // only a file has the number, and it cannot be read
	}
	if t.numericHosts() {
		b = appendAddr(b, g.Addr)
	} else {
		b = t.appendName(b, g.Addr)
	}
	return append(b, '\n')
}
