//go:build linux

package route

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"strconv"

	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/nl"
)

// An IPv6Entry is a line of /proc/net/ipv6_route (rt6_info_route, net/ipv6/route.c). The file has data that
// no netlink message has: the reference count, the kernel's flags, and the null entry at the end of every
// table without a default route.
type IPv6Entry struct {
	Dst, Src netip.Prefix
	Gateway  netip.Addr // :: if none
	Metric   uint32
	Ref      uint32
	Use      uint32
	Flags    uint32 // RTF_*
	name     [16]byte
	nameLen  uint8
}

// Iface returns the name of the link. It is a view into e.
func (e *IPv6Entry) Iface() []byte { return e.name[:e.nameLen] }

const ipv6RoutePath = "/proc/thread-self/net/ipv6_route"

// IPv6Entries reads /proc/net/ipv6_route of a namespace: all tables in the order of netlink, one line for
// each hop. The entry is overwritten by the next iteration. Of cfg it uses NetNS, Record and Replay; nil
// means the namespace of the calling thread. At most one error is yielded, last; a kernel
// without IPv6 has no such file (fs.ErrNotExist).
func IPv6Entries(cfg *Config) iter.Seq2[*IPv6Entry, error] {
	if cfg == nil {
		cfg = &Config{}
	}
	return func(yield func(*IPv6Entry, error) bool) {
		r, err := nl.OpenFile(ipv6RoutePath, cfg.Record, cfg.Replay, func() (io.ReadCloser, error) {
			return netns.Open(cfg.NetNS, ipv6RoutePath)
		})
		if err != nil {
			yield(nil, fmt.Errorf("read IPv6 routes: %w", err))
			return
		}
		defer func() { _ = r.Close() }() // read-only
		parseIPv6Entries(r, yield)
	}
}

func parseIPv6Entries(r io.Reader, yield func(*IPv6Entry, error) bool) {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 32<<10), 32<<10)
	var e IPv6Entry
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if !e.parse(lines.Bytes()) {
			yield(nil, fmt.Errorf("read IPv6 routes: line %.80q: %w", lines.Bytes(), ErrMalformed))
			return
		}
		if !yield(&e, nil) {
			return
		}
	}
	if err := lines.Err(); err != nil {
		yield(nil, fmt.Errorf("read IPv6 routes: %w", err))
	}
}

// fixed widths of the columns: each is followed by one blank.
const (
	colDst, colDstLen   = 0, 33
	colSrc, colSrcLen   = 36, 69
	colGateway          = 72
	colMetric, colRef   = 105, 114
	colUse, colFlags    = 123, 132
	colName, addrDigits = 141, 32
)

func (e *IPv6Entry) parse(line []byte) (ok bool) {
	*e = IPv6Entry{}
	if len(line) <= colName {
		return false
	}
	all := true
	number := func(at, digits int) uint32 {
		v, err := strconv.ParseUint(string(line[at:at+digits]), 16, 32)
		all = all && err == nil
		return uint32(v)
	}
	addr := func(at int) netip.Addr {
		var a [16]byte
		_, err := hex.Decode(a[:], line[at:at+addrDigits])
		all = all && err == nil
		return netip.AddrFrom16(a)
	}
	e.Dst = netip.PrefixFrom(addr(colDst), int(number(colDstLen, 2)))
	e.Src = netip.PrefixFrom(addr(colSrc), int(number(colSrcLen, 2)))
	e.Gateway = addr(colGateway)
	e.Metric, e.Ref = number(colMetric, 8), number(colRef, 8)
	e.Use, e.Flags = number(colUse, 8), number(colFlags, 8)
	name := line[colName:]
	for len(name) > 0 && name[0] == ' ' { // right-justified
		name = name[1:]
	}
	e.nameLen = uint8(copy(e.name[:], name))
	return all && e.Dst.IsValid() && e.Src.IsValid()
}
