// Package reference finds the programs that ours must equal to the byte: ss of iproute2 7.3.0 and netstat
// of net-tools 2.10. They are looked for in the folder that NLSTAT_REFERENCE names, in ../shared/reference
// beside the repository, in .cache/reference, where Install puts them, and on PATH. Other versions are not
// used.
//
// What they print depends on their C library too (names of mapped IPv4 addresses, texts of errors). Install
// therefore takes them from Debian with the library that they were built for and runs them through its
// loader, whatever this machine has.
package reference
