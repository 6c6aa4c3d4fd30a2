// Package netstat is the netstat front end: the command line, layout, messages and exit codes of net-tools
// 2.10. The values come from netlink, by the packages below pkg/.
//
// Start reading at [Main]. options.go has the command line, sockets.go the order of the sections; then
// there is one file for each table. Files named proc*.go read from /proc what no netlink message has.
// docs/netstat-differences.md lists the intended differences; NETSTAT_STRICT=1 in the environment
// disables them.
package netstat
