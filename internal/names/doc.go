// Package names maps numbers to names: of services, protocols, users, hosts and
// networks, and some names to numbers.
//
// It is a pure Go replacement for the part of glibc's name service switch that is
// needed here, so that the programs are static: services, protocols,
// users and networks come from the files below /etc, hosts from Go's resolver,
// which follows the "files" and "dns" words of nsswitch.conf. Each file is read
// once, when the first name of its kind is requested, and each host is looked up
// once, even if it has no name. A missing file is treated as empty.
//
// Start reading at [Names].
package names
