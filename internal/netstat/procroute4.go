package netstat

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"golang.org/x/sys/unix"
)

// route4Path lists the main IPv4 table. It is read if netlink sockets are refused.
const route4Path = "/proc/net/route"

// fileRoutes4 prints the rows of the file.
func (t *tool) fileRoutes4(l *routeLayout) status {
	header := true
	err := t.eachLine(route4Path, func(line []byte) bool {
		row, ok := parseRoute4(line)
		skipped := header || !ok
		header = false
		return skipped || l == nil || t.out.row(t.appendRoute(t.out.buf, l, &row))
	})
	switch {
	case err != nil:
		t.perror(route4Path, err)
		return statusMissing
	case header:
		return statusMissing // no route was added yet, so the table does not exist
	}
	return statusOK
}

// parseRoute4 reads a line: interface, destination, gateway, flags, two counters that are always zero,
// metric, mask, segment size, window and round trip time.
func parseRoute4(line []byte) (r routeRow, ok bool) {
	f := fields(line)
	r.iface = string(f.next())
	dst, ok1 := hex(f.next())
	gateway, ok2 := hex(f.next())
	flags, ok3 := hex(f.next())
	skip(&f, 2)
	metric, ok4 := decimal(f.next())
	mask, ok5 := hex(f.next())
	mss, ok6 := decimal(f.next())
	window, ok7 := decimal(f.next())
	rtt, ok8 := decimal(f.next())
	r.dst = netip.PrefixFrom(rawAddr4(dst), bits.OnesCount32(uint32(mask)))
	r.gateway, r.via, r.refused = rawAddr4(gateway), flags&unix.RTF_GATEWAY != 0, flags&unix.RTF_REJECT != 0
	r.metric, r.mss, r.window, r.rtt = int32(metric), uint32(mss), int32(window), uint32(rtt)
	return r, ok1 && ok2 && ok3 && ok4 && ok5 && ok6 && ok7 && ok8 && flags&unix.RTF_UP != 0
}

// rawAddr4 is an address that is a number in native byte order in the file.
func rawAddr4(v uint64) netip.Addr {
	var raw [4]byte
	binary.NativeEndian.PutUint32(raw[:], uint32(v))
	return netip.AddrFrom4(raw)
}
