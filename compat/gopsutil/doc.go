// Package gopsutil lists connections as package net of github.com/shirou/gopsutil/v4 does, with the same
// values in the same types, from netlink and one scan of the processes.
//
//	import psnet "github.com/nlstat/nlstat/compat/gopsutil"
//
//	conns, err := psnet.Connections("tcp") // instead of net.Connections
//
// Tests compare with gopsutil: family, type, both addresses, status, process, descriptor and user ids of
// every connection, and which of several sockets with the same addresses is shown. The order of rows is
// that of the kinds of sockets, then the kernel's. If HOST_PROC names another directory gopsutil itself is
// used.
package gopsutil
