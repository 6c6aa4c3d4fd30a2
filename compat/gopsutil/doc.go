// Package gopsutil lists connections as package net of github.com/shirou/gopsutil/v4 does, with the same
// values in the same types, from netlink and one look at the processes.
//
//	import psnet "github.com/nlstat/nlstat/compat/gopsutil"
//
//	conns, err := psnet.Connections("tcp") // instead of net.Connections
//
// What is the same is tested against gopsutil: family, type, both addresses, status, process, descriptor and
// user ids of every connection, and which of several sockets with the same addresses is shown. The order of
// rows is that of the kinds of sockets, then the kernel's. Where HOST_PROC names another host's processes
// gopsutil itself answers.
package gopsutil
