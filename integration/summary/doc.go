// Package summary turns the events of go test (`go test -json`, `go tool test2json`) into what a person
// reads: the closing line of every package as it comes, the output of what failed, and in the end a summary
// of what passed, what failed, and what was not tried, why, and what would help. Start with Run.
package summary
