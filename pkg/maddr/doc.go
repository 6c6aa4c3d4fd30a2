// Package maddr lists multicast memberships: the groups that the links of a network namespace have joined.
//
// [Conn.Groups] uses rtnetlink, which has the IPv6 groups on every kernel and the IPv4 groups since Linux
// 6.15. Data that no netlink message has are read from three files of /proc/net: the number of users of
// each group (igmp, igmp6), the IPv4 groups of older kernels (igmp) and the link-layer addresses that
// devices accept (dev_mcast).
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
// Start reading in group.go; proc.go reads the files.
package maddr
