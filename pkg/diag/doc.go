// Package diag lists the sockets of a Linux host through NETLINK_SOCK_DIAG.
//
// A [Query] names a family, a protocol, states and what is wanted of each socket. [Conn.Sockets]
// streams the kernel's answer: one [Socket] at a time, decoded in place, without an allocation per
// socket, in memory that does not grow with their number.
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
// [Conn.Find]; [Conn.Destroy] closes one, and [Conn.Events] tells of its end. [Parallel] lists TCP with
// several dumps at once. Where the kernel lacks a diag module, /proc/net answers and [Socket.Source] says so.
//
// [NewRecorder] writes what the kernel answers to a file, of one network namespace or of many, and
// [OpenRecording] lets it answer again, on any machine; package redact makes recordings for strangers.
//
// Start reading in socket.go, conn.go and dump.go. Each family has a file of its own that encodes its
// request and decodes its answer: inet.go for TCP, UDP, RAW and their kin, unix.go, packet.go and so
// on. The table of all families is in ARCHITECTURE.md.
package diag
