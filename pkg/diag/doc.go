// Package diag lists the sockets of a Linux host through NETLINK_SOCK_DIAG.
//
// A [Query] selects a family, a protocol, states and the parts of each socket to request. [Conn.Sockets]
// streams the kernel's reply: one [Socket] at a time, decoded in place, without an allocation per socket
// and in constant memory.
//
//	c, err := diag.Dial(nil)
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: diag.HasTCPInfo}
//	for s, err := range c.Sockets(ctx, &q) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(s.Local, s.Remote, s.State, s.TCP.RTT)
//	}
//
// A socket dump is not a snapshot: sockets are created and closed while it runs, and the kernel does not
// report it. Cookies identify sockets, inodes do not: MPTCP subflows and SCTP associations share one, and a
// connection that was not accepted yet has none.
//
// [Kinds] lists the kinds of sockets. One socket is looked up by [Conn.Lookup] in microseconds, several by
// [Conn.Find]; [Conn.Destroy] closes one, and [Conn.Events] reports its end. [Parallel] lists TCP with
// several dumps at once. If the kernel lacks a diag module, /proc/net is read instead and [Socket.Source]
// says so.
//
// [NewRecorder] records the kernel's replies in a file, of one network namespace or of many, and
// [OpenRecording] replays them on any machine; package redact makes recordings that can be published.
//
// Start reading in socket.go, conn.go and dump.go. Each family has a file of its own that encodes its
// request and decodes its reply: inet.go for TCP, UDP, RAW and related protocols, unix.go, packet.go and so
// on. The table of all families is in ARCHITECTURE.md.
package diag
