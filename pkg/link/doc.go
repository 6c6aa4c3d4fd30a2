// Package link lists network interfaces, their counters and their addresses over rtnetlink.
//
// [Conn.Links] streams the links of a network namespace: one [Link] at a time, decoded in place,
// without an allocation per link. [Conn.Addresses] does the same for addresses. [Names] resolves
// interface indexes, for programs that print sockets and routes. [Conn.Samples] reads only counters, a
// fifth of the data, for repeated samples. [Conn.Events] reports changes.
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
// A dump during which links change ends with [ErrInterrupted], after all rows; [Conn.List] then repeats
// it.
//
// Start reading in link.go and conn.go. The properties of each kind of link (the VLAN's number, the
// bridge's timers) are in kind_table.go, decoded by detail.go.
package link
