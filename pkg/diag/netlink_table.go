//go:build linux

package diag

import (
	"iter"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A NetlinkProtocol is a protocol of netlink sockets (NETLINK_*, linux/netlink.h). [NetlinkProtocols]
// yields them.
type NetlinkProtocol struct {
	Number uint16 // as in [Socket.Protocol]
	Name   string
	Word   string // the name that ss uses

	aliases string // separated by spaces
}

// Aliases yields other names of the protocol.
func (p *NetlinkProtocol) Aliases() iter.Seq[string] { return strings.FieldsSeq(p.aliases) }

// Is reports whether a word is one of the names of the protocol.
func (p *NetlinkProtocol) Is(word string) bool {
	return word == p.Name || word == p.Word || hasWord(p.aliases, word)
}

// NetlinkProtocols yields the protocols of netlink sockets, by number.
func NetlinkProtocols() iter.Seq[NetlinkProtocol] { return slices.Values(netlinkProtocols[:]) }

var netlinkProtocols = [...]NetlinkProtocol{
	{unix.NETLINK_ROUTE, "route", "rtnl", "rtnetlink rtnl"},
	{unix.NETLINK_UNUSED, "unused", "unused", ""},
	{unix.NETLINK_USERSOCK, "usersock", "usersock", ""},
	{unix.NETLINK_FIREWALL, "fw", "fw", ""},
	{unix.NETLINK_SOCK_DIAG, "sock_diag", "tcpdiag", "inet_diag tcpdiag"},
	{unix.NETLINK_NFLOG, "nflog", "nflog", ""},
	{unix.NETLINK_XFRM, "xfrm", "xfrm", ""},
	{unix.NETLINK_SELINUX, "selinux", "selinux", ""},
	{unix.NETLINK_ISCSI, "iscsi", "iscsi", ""},
	{unix.NETLINK_AUDIT, "audit", "audit", ""},
	{unix.NETLINK_FIB_LOOKUP, "fiblookup", "fiblookup", "fib_lookup"},
	{unix.NETLINK_CONNECTOR, "connector", "connector", ""},
	{unix.NETLINK_NETFILTER, "nft", "nft", "netfilter nfnetlink"},
	{unix.NETLINK_IP6_FW, "ip6fw", "ip6fw", ""},
	{unix.NETLINK_DNRTMSG, "dec-rt", "dec-rt", ""},
	{unix.NETLINK_KOBJECT_UEVENT, "uevent", "uevent", "kobject_uevent udev"},
	{unix.NETLINK_GENERIC, "genl", "genl", "generic genetlink"},
	{unix.NETLINK_SCSITRANSPORT, "scsi-trans", "scsi-trans", ""},
	{unix.NETLINK_ECRYPTFS, "ecryptfs", "ecryptfs", ""},
	{unix.NETLINK_RDMA, "rdma", "rdma", ""},
	{unix.NETLINK_CRYPTO, "crypto", "crypto", ""},
}

// NetlinkName returns the name of a protocol of netlink sockets, "" if it is unknown.
func NetlinkName(protocol uint16) string {
	for i := range netlinkProtocols {
		if netlinkProtocols[i].Number == protocol {
			return netlinkProtocols[i].Name
		}
	}
	return ""
}
