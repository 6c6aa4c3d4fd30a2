// Package route lists routes, rules, neighbors and nexthop objects over rtnetlink, and asks which route a
// packet would take.
//
// [Conn.Routes] streams the routes of IPv4 and IPv6, of any table: one [Route] at a time, decoded in
// place and without an allocation a route, so that a full Internet table takes no more memory
// than an empty one.
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
// What the kernel can filter it filters. Kernels before 4.20 ignore filters; their answers are checked
// here. A dump of a table that changes meanwhile ends with [ErrInterrupted] where the kernel tells; for
// routes it mostly does not.
//
// Start reading in route.go and query.go; lookup.go looks up one route, rule.go, neighbor.go and
// nexthop.go hold the other tables. ipv6ref.go reads the one column of netstat that has no netlink source.
package route
