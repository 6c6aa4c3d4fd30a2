//go:build linux

package redact

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// A layout describes what is replaced in the replies of an address family.
type layout struct {
	header int // length of the fixed part
	fixed  func(r *Redactor, b []byte)
	attrs  attrTable
}

// An attrTable has the replacements of attributes.
type attrTable struct {
	last    uint16 // known type; later ones are cleared, others remain
	replace replacements
}

// replacements are indexed by type. Unlike a map they are data, not work at the start of the program.
type replacements []func(r *Redactor, val []byte)

// Requests of inet_diag: where struct inet_diag_sockid is, and the lengths before the attributes.
const (
	tcpdiagGetSock  = 18
	dccpdiagGetSock = 19

	inetReqIDs    = 8
	inetReqLen    = 56
	inetLegacyIDs = 4
	inetLegacyLen = 60
)

// inetRequest has the attributes of inet requests (INET_DIAG_REQ_*).
var inetRequest = attrTable{3, replacements{1: (*Redactor).bytecode}}

// layouts, by address family, are those of sock_diag (include/uapi/linux/*_diag.h).
var layouts = [256]*layout{
	unix.AF_INET:  &inetLayout,
	unix.AF_INET6: &inetLayout,
	unix.AF_UNIX: {header: 16, attrs: attrTable{7, replacements{
		0: (*Redactor).unixName, // UNIX_DIAG_NAME
		7: blank,                // UNIX_DIAG_UID
	}}},
	unix.AF_PACKET: {header: 16, attrs: attrTable{7, replacements{
		1: (*Redactor).members, // PACKET_DIAG_MCLIST
		5: blank,               // PACKET_DIAG_UID
		7: blank,               // PACKET_DIAG_FILTER
	}}},
	unix.AF_XDP: {header: 16, attrs: attrTable{8, replacements{
		2: blank, // XDP_DIAG_UID
	}}},
	unix.AF_SMC: {header: 64, fixed: (*Redactor).smc, attrs: attrTable{5, replacements{
		2: blank, // SMC_DIAG_LGRINFO: ids of adapters
		4: blank, // SMC_DIAG_DMBINFO
	}}},
	unix.AF_TIPC: {attrs: attrTable{2, replacements{
		2: (*Redactor).tipc, // TIPC_NLA_SOCK
	}}},
	unix.AF_NETLINK: {header: 28, attrs: attrTable{last: 4}},
	unix.AF_VSOCK:   {header: 32},
}

var inetLayout = layout{header: 72, fixed: (*Redactor).inet, attrs: attrTable{22, replacements{
	12: (*Redactor).sockaddrs, // INET_DIAG_LOCALS
	13: (*Redactor).sockaddrs, // INET_DIAG_PEERS
	18: (*Redactor).md5,       // INET_DIAG_MD5SIG
	20: blank,                 // INET_DIAG_SK_BPF_STORAGES
}}}

// tipcSocket has the attributes inside TIPC_NLA_SOCK.
var tipcSocket = attrTable{12, replacements{8: blank}} // TIPC_NLA_SOCK_UID

func blank(_ *Redactor, val []byte) { clear(val) }

// inet replaces the addresses and the user of struct inet_diag_msg.
func (r *Redactor) inet(b []byte) {
	r.sockID(b, 4)
	clear(b[64:68])
}

// smc replaces those of struct smc_diag_msg, whose IPv4 addresses are recognized by zeros only.
func (r *Redactor) smc(b []byte) {
	family := b[0]
	b[0] = unix.AF_INET6
	if [12]byte(b[12:24]) == [12]byte{} && [12]byte(b[28:40]) == [12]byte{} {
		b[0] = unix.AF_INET
	}
	r.sockID(b, 4)
	b[0] = family
	clear(b[52:56])
}

// sockID replaces the addresses of the struct inet_diag_sockid at an offset of b, whose first byte is the
// address family.
func (r *Redactor) sockID(b []byte, at int) {
	if len(b) >= at+36 {
		r.addr(b[0], b[at+4:at+20])
		r.addr(b[0], b[at+20:at+36])
	}
}

// addr replaces an address in its 16 bytes.
func (r *Redactor) addr(family uint8, b []byte) {
	switch family {
	case unix.AF_INET:
		r.addr4(b[:4])
	case unix.AF_INET6:
		r.addr6(b)
	}
}

// sockaddrs replaces the addresses of an array of struct sockaddr_storage.
func (r *Redactor) sockaddrs(b []byte) {
	const size = 128
	for ; len(b) >= size; b = b[size:] {
		switch binary.NativeEndian.Uint16(b) {
		case unix.AF_INET:
			r.addr4(b[4:8])
		case unix.AF_INET6:
			r.addr6(b[8:24])
		default:
			clear(b[2:size])
		}
	}
	clear(b)
}

// md5 replaces the peers of an array of struct tcp_diag_md5sig, whose prefixes may be shorter than a network.
func (r *Redactor) md5(b []byte) {
	const size = 100
	for ; len(b) >= size; b = b[size:] {
		r.prefix(b[0], int(b[1]), b[4:20])
	}
	clear(b)
}

// prefix replaces an address of which only the given number of bits count, unless they are those of a
// network, which remain.
func (r *Redactor) prefix(family uint8, bits int, b []byte) {
	if family == unix.AF_INET && bits > 24 || family == unix.AF_INET6 && bits > 64 {
		r.addr(family, b)
	}
}

// bytecode replaces the addresses in a filter program.
func (r *Redactor) bytecode(b []byte) {
	const (
		localHost, remoteHost = 7, 8 // INET_DIAG_BC_S_COND, _D_COND
		opLen, hostLen        = 4, 12
	)
	for len(b) >= opLen {
		n := int(b[1]) // to the next instruction
		if n < opLen || n > len(b) {
			clear(b) // not a valid program
			return
		}
		if (b[0] == localHost || b[0] == remoteHost) && n >= hostLen+4 {
			var a [16]byte
			k := copy(a[:], b[hostLen:n])
			r.prefix(b[4], int(b[5]), a[:])
			copy(b[hostLen:hostLen+k], a[:])
		}
		b = b[n:]
	}
	clear(b)
}

// unixName replaces a name. A path ends with a NUL byte.
func (r *Redactor) unixName(b []byte) {
	if len(b) > 0 && b[0] != 0 {
		b = nl.CString(b)
	}
	r.Name(b)
}

// members clears the link-layer addresses of an array of struct packet_diag_mclist.
func (r *Redactor) members(b []byte) {
	const size, addr = 44, 12
	for ; len(b) >= size; b = b[size:] {
		clear(b[addr:size])
	}
	clear(b)
}

// tipc replaces the attributes inside TIPC_NLA_SOCK.
func (r *Redactor) tipc(b []byte) { r.attrs(b, &tipcSocket) }
