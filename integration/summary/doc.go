// Package summary turns the events of go test (`go test -json`, `go tool test2json`) into readable output:
// the closing line of every package, the output of failures, and a summary of what passed, failed and was
// skipped, with reasons and remedies. Start with Run.
package summary
