// Package link lists network interfaces, their counters and their addresses over rtnetlink.
//
// [Conn.Links] streams the links of a network namespace: one [Link] at a time, decoded in place and
// without an allocation a link. [Conn.Addresses] does the same for addresses. [Names] resolves
// interface indexes, for those who print sockets and routes. [Conn.Samples] reads counters alone, five
// times less data than the links, for repeated samples. [Conn.Events] reports changes.
//
//	c, err := link.Dial(nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	for l, err := range c.Links(ctx, &link.Query{}) {
//		if err != nil {
//			return err
//		}
//		fmt.Printf("%s %s %d\n", l.Name(), l.OperState, l.Stats.RxBytes)
//	}
//
// A dump during which links change ends with [ErrInterrupted], after every row; [Conn.List] then
// reads again.
//
// Start reading in link.go and conn.go. What is special about each kind of link (the VLAN's number, the
// bridge's timers) is a table: kind_table.go, read by detail.go.
package link
