// Package maddr lists multicast memberships: the groups that the links of a network namespace listen to.
//
// [Conn.Groups] asks rtnetlink, which knows the IPv6 groups on every kernel and the IPv4 groups since Linux
// 6.15. What no netlink message tells is read from three files of /proc/net: how many users each
// group has (igmp, igmp6), the IPv4 groups of older kernels (igmp) and the link-layer addresses that
// cards let through (dev_mcast).
//
//	c, err := maddr.Dial(nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	for g, err := range c.Groups(ctx, &maddr.Query{Users: true}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(g.Iface, g.Addr, g.Users)
//	}
//
// Start reading in group.go; proc.go knows the files.
package maddr
