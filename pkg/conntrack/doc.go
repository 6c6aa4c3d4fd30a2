// Package conntrack lists the flows of the kernel's connection tracking, with the translations of their
// addresses, over ctnetlink.
//
// [Conn.Flows] streams the table of a network namespace: one [Flow] at a time, decoded in place, without an
// allocation per flow. The kernel filters as much as possible; because older kernels ignore filters, all
// conditions are checked again. [Query.NAT] selects translated flows without reading the rest if the kernel
// filters by status (since Linux 5.15).
//
//	c, err := conntrack.Dial(nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	for f, err := range c.Flows(ctx, &conntrack.Query{NAT: conntrack.NATAny}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(f.Orig.Source(), "is seen as", f.Reply.Destination())
//	}
//
// Everything needs CAP_NET_ADMIN: the error is [ErrPermission] without it, and errors.ErrUnsupported if the
// kernel has no connection tracking.
//
// Start reading in flow.go and query.go; decode.go decodes the messages.
package conntrack
