// Package ss is the front end that prints what iproute2's ss 7.3 prints, byte for byte: its command
// line, its tables, its layout and its exit codes.
//
// Start reading in main.go. options.go and select.go turn the command line into tables, families and
// states; show.go requests each table in ss's order; inet.go, unix.go and so on turn a socket into
// the cells of a row; sheet.go, width.go and render.go lay the rows out.
//
// Requests to the kernel and the decoding of its replies are in pkg/diag, names of services and hosts in
// internal/names, the filter language in pkg/filter, owners in pkg/owner.
package ss
