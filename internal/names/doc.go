// Package names turns numbers into the names people gave them: services and
// protocols, users, hosts and networks, and a few of them back.
//
// It is a pure Go replacement for the part of glibc's name service switch that a
// socket lister needs, so that the programs stay static: services, protocols,
// users and networks come from the files below /etc, hosts from Go's resolver,
// which follows the "files" and "dns" words of nsswitch.conf. Each file is read
// once, when the first name of its kind is requested, and each host is looked up
// once; misses are remembered as well. A file that is missing is an empty one.
//
// Start reading at [Names].
package names
