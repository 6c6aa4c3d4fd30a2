// Package netns finds, names and enters network namespaces.
//
// Start reading in find.go: [List] gathers what tasks, mounts, descriptors and the kernel itself know.
// enter.go runs functions inside. What does not live here: asking about the sockets of a namespace, which
// needs no entering but a descriptor (pkg/diag, Config.NetNS), and the names of containers (pkg/owner).
package netns
