//go:build linux

package diag

import "golang.org/x/sys/unix"

// NetlinkProtocols are the protocols of netlink sockets (NETLINK_*).
var NetlinkProtocols = [...]struct {
	Number  uint16
	Name    string
	Word    string   // the name that ss uses
	Aliases []string // other names
}{
	{unix.NETLINK_ROUTE, "route", "rtnl", []string{"rtnetlink", "rtnl"}},
	{unix.NETLINK_UNUSED, "unused", "unused", nil},
	{unix.NETLINK_USERSOCK, "usersock", "usersock", nil},
	{unix.NETLINK_FIREWALL, "fw", "fw", nil},
	{unix.NETLINK_SOCK_DIAG, "sock_diag", "tcpdiag", []string{"inet_diag", "tcpdiag"}},
	{unix.NETLINK_NFLOG, "nflog", "nflog", nil},
	{unix.NETLINK_XFRM, "xfrm", "xfrm", nil},
	{unix.NETLINK_SELINUX, "selinux", "selinux", nil},
	{unix.NETLINK_ISCSI, "iscsi", "iscsi", nil},
	{unix.NETLINK_AUDIT, "audit", "audit", nil},
	{unix.NETLINK_FIB_LOOKUP, "fiblookup", "fiblookup", []string{"fib_lookup"}},
	{unix.NETLINK_CONNECTOR, "connector", "connector", nil},
	{unix.NETLINK_NETFILTER, "nft", "nft", []string{"netfilter", "nfnetlink"}},
	{unix.NETLINK_IP6_FW, "ip6fw", "ip6fw", nil},
	{unix.NETLINK_DNRTMSG, "dec-rt", "dec-rt", nil},
	{unix.NETLINK_KOBJECT_UEVENT, "uevent", "uevent", []string{"kobject_uevent", "udev"}},
	{unix.NETLINK_GENERIC, "genl", "genl", []string{"generic", "genetlink"}},
	{unix.NETLINK_SCSITRANSPORT, "scsi-trans", "scsi-trans", nil},
	{unix.NETLINK_ECRYPTFS, "ecryptfs", "ecryptfs", nil},
	{unix.NETLINK_RDMA, "rdma", "rdma", nil},
	{unix.NETLINK_CRYPTO, "crypto", "crypto", nil},
}

// NetlinkName returns the name of a protocol of netlink sockets, "" if it is unknown.
func NetlinkName(protocol uint16) string {
	for i := range NetlinkProtocols {
		if NetlinkProtocols[i].Number == protocol {
			return NetlinkProtocols[i].Name
		}
	}
	return ""
}
