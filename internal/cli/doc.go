// Package cli is the command nlstat: its command line and its commands. The fields of rows are in
// internal/view, their encoding in pkg/render.
//
// Start reading in main.go, then root.go for the tree of commands. Every listing takes the flags of
// output.go; the socket table, its selection and where its rows come from are sockets.go, selection.go
// and source.go.
package cli
