// Package cli is the command nlstat: its command line, what each command does, and nothing about
// the format of rows (internal/view) or are encoded (pkg/render).
//
// Start reading in main.go, then root.go for the tree of commands. Every listing takes the flags of
// output.go; the socket table, its selection and where its rows come from are sockets.go, selection.go
// and source.go.
package cli
