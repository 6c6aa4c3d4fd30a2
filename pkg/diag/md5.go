//go:build linux

package diag

import (
	"iter"
	"net/netip"

	"golang.org/x/sys/unix"
)

// An MD5Key is a TCP-MD5 key (RFC 2385) of a socket for some peers (struct tcp_diag_md5sig). Since
// Linux 4.14.
type MD5Key struct {
	Peers netip.Prefix
	Key   []byte // in clear; a view, see [Socket]
}

// Layout of struct tcp_diag_md5sig.
const (
	md5KeyMax = 80 // TCP_MD5SIG_MAXKEYLEN
	md5Len    = 20 + md5KeyMax
)

// MD5Keys yields the socket's TCP-MD5 keys, newest first, if the query wanted HasMD5 and the caller
// has CAP_NET_ADMIN.
func (s *Socket) MD5Keys() iter.Seq[MD5Key] {
	return func(yield func(MD5Key) bool) {
		if s.Has&HasMD5 == 0 {
			return
		}
		for b := s.attr(inetMD5); len(b) >= md5Len; b = b[md5Len:] {
			addr := netip.AddrFrom4([4]byte(b[4:8]))
			if b[0] == unix.AF_INET6 {
				addr = netip.AddrFrom16([16]byte(b[4:20]))
			}
			n := min(int(u16(b[2:])), md5KeyMax)
			key := MD5Key{Peers: netip.PrefixFrom(addr, int(b[1])), Key: b[20 : 20+n : 20+n]}
			if !yield(key) {
				return
			}
		}
	}
}

// scrubMD5 clears the keys of an attribute and their lengths, but not the peers.
func scrubMD5(b []byte) {
	for ; len(b) >= md5Len; b = b[md5Len:] {
		clear(b[2:4])
		clear(b[20:md5Len])
	}
	clear(b)
}
