package netstat

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/route"
)

// Two of the kernel's flags that Go's tables lack.
const (
	flagExpires  = 0x00400000 // RTF_EXPIRES
	flagModified = 0x00000020 // RTF_MODIFIED
)

const routeHeader6 = "Destination                    Next Hop                   Flag Met Ref  Use If\n"

// routeFlags6 are the letters of the kernel's flags in their order.
var routeFlags6 = [...]struct {
	flag   uint32
	letter byte
}{
	{unix.RTF_UP, 'U'},
	{unix.RTF_REJECT, '!'},
	{unix.RTF_GATEWAY, 'G'},
	{unix.RTF_HOST, 'H'},
	{unix.RTF_DEFAULT, 'D'},
	{unix.RTF_ADDRCONF, 'A'},
	{unix.RTF_CACHE, 'C'},
	{unix.RTF_ALLONLINK, 'a'},
	{flagExpires, 'e'},
	{flagModified, 'm'},
	{unix.RTF_NONEXTHOP, 'n'},
	{unix.RTF_FLOW, 'f'},
}

// cache6 prints the title of the route cache, which is empty on present kernels.
func (t *tool) cache6() {
	t.out.text("Kernel IPv6 routing cache\n" + routeHeader6)
}

// routes6 prints the IPv6 routes of all tables. They come from /proc, for the reference count and the null
// entry of tables without a default route, which netlink does not have.
func (t *tool) routes6(context.Context) status {
	t.out.text("Kernel IPv6 routing table\n" + routeHeader6)
	for e, err := range route.IPv6Entries(nil) {
		if err != nil {
			return t.routes6Failed(err)
		}
		if !t.out.row(t.appendRoute6(t.out.buf, e)) {
			break
		}
	}
	return statusOK
}

func (t *tool) routes6Failed(err error) status {
	const path = "ipv6_route"
	if !errors.Is(err, fs.ErrNotExist) {
		t.complain("netstat: %v\n", err)
		return statusMissing
	}
	return t.noRoutes(noRoutes{
		path: procRoot + "/net/" + path, stdout: "INET6 (IPv6) not configured in this system.", code: statusMissing,
	})
}

// appendRoute6 formats one row. Nothing is cut.
func (t *tool) appendRoute6(b []byte, e *route.IPv6Entry) []byte {
	start := len(b)
	b = append(t.appendRouteAddr6(b, e.Dst.Addr()), '/')
	b = left(strconv.AppendInt(b, int64(e.Dst.Bits()), 10), start, 30)
	b = append(b, ' ')
	start = len(b)
	b = left(t.appendRouteAddr6(b, e.Gateway), start, 26)
	b = append(b, ' ')
	start = len(b)
	for _, f := range routeFlags6 {
		if e.Flags&f.flag != 0 {
			b = append(b, f.letter)
		}
	}
	b = append(left(b, start, 4), ' ')
	b = append(leftInt(b, int64(int32(e.Metric)), 3), ' ')
	b = append(leftUint(b, uint64(e.Ref), 1), ' ')
	b = append(rightUint(b, uint64(e.Use), 6), ' ')
	return append(append(b, e.Iface()...), '\n')
}

func (t *tool) appendRouteAddr6(b []byte, a netip.Addr) []byte {
	a = a.Unmap()
	if t.numericRoutes() {
		return appendAddr(b, a)
	}
	return t.appendName(b, a)
}
