// Package netstat is the netstat front end: the command line, layout, messages and exit codes of net-tools
// 2.10, fed from netlink. It prints and decides what to print; where the values come from is the
// business of pkg/*.
//
// Start reading at [Main]. options.go knows the command line, sockets.go the order of the sections;
// then there is one file for each thing that is printed. Files named proc*.go read from /proc what no
// netlink message carries. docs/netstat-differences.md lists where we differ on purpose;
// NETSTAT_STRICT=1 in the environment takes those differences back.
package netstat
