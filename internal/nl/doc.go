// Package nl holds the one dump loop and the one attribute walker of the project.
//
// The socket itself (namespace entry, strict checking, extended acknowledgements) comes from
// mdlayher/netlink; the replies are read here, because a dump of a million sockets must not allocate for
// each of them. Start reading in stream.go: [Stream] turns datagrams into messages, whatever their
// [Source]: the kernel (conn.go), a goroutine reading ahead (ahead.go) or a recording (replay.go). The
// format of recordings is in format.go; record.go writes them, index.go reads them.
//
// What does not live here: the meaning of any message. That is pkg/diag, pkg/route, pkg/link,
// pkg/maddr and pkg/conntrack.
package nl
