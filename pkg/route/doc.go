// Package route lists routes, rules, neighbors and nexthop objects over rtnetlink, and looks up the route
// of a packet.
//
// [Conn.Routes] streams the routes of IPv4 and IPv6, of any table: one [Route] at a time, decoded in
// place, without an allocation per route, so that a full Internet table takes no more memory than an empty
// one.
//
//	c, err := route.Dial(nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	for r, err := range c.Routes(ctx, &route.Query{Table: route.TableMain}) {
//		if err != nil {
//			return err
//		}
//		for h := range r.Hops() {
//			fmt.Println(r.Dst, h.Gateway, h.Iface)
//		}
//	}
//
// The kernel filters as much as possible. Kernels before 4.20 ignore filters; their replies are filtered
// by this package. A dump of a table that changes meanwhile ends with [ErrInterrupted] if the kernel
// reports it; for routes it mostly does not.
//
// Start reading in route.go and query.go; lookup.go looks up one route, rule.go, neighbor.go and
// nexthop.go have the other tables. ipv6ref.go reads the one column of netstat that has no netlink source.
package route
