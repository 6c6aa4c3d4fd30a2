// Package nl is the core that the packages about the kernel's tables share: connections, errors and
// recordings.
//
// Most programs need only the types that those packages use: an [Error] has the kernel's explanation, a
// [LostError] the number of lost events, and a [Recording] replaces the kernel. A [Conn] of netlink
// protocol NETLINK_ROUTE can be shared by packages link, route and maddr:
//
//	c, err := nl.Dial(unix.NETLINK_ROUTE, nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	links, err := link.New(c)
//	if err != nil {
//		return err
//	}
//	routes, err := route.New(c)
//
// Tables that no package decodes can be requested directly: [Conn.Dump] streams the messages of any table,
// and [Attrs] walks their attributes in place.
//
// The socket itself (namespace entry, strict checking, extended acknowledgements) comes from
// mdlayher/netlink; the replies are read here, because a dump of a million sockets must not allocate for
// each of them. Start reading in stream.go, which turns datagrams into messages, whether they come from the
// kernel (conn.go), a goroutine reading ahead (ahead.go) or a recording (replay.go). The format of
// recordings is in format.go; record.go writes them, index.go reads them.
//
// Messages are decoded by packages diag, route, link, maddr and conntrack.
package nl
