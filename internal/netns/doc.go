// Package netns finds, names and enters network namespaces.
//
// Start reading in enter.go. What does not live here: asking the sockets of a namespace, which needs
// no entering but a descriptor (pkg/diag, Config.NetNS).
package netns
