//go:build integration

package integration

import (
	"strings"
	"testing"
)

// labCompletions are words that shells offer in the lab, and words that they do not.
var labCompletions = []struct{ line, want, none string }{
	{"", "listen summary wait why", "accept_queue process"},
	{"li", "limits links listen", "summary"},
	{"-N ", "cache self web2", "nginx"},
	{"-N ca", "cache", "web2"},
	{"links -N w", "web2", "cache"},
	{"container=", "container=cache", "nginx"},
	{"unit=ngi", "unit=nginx.service", "postgresql"},
	{"process=", "process=nginx process=postgres", "cache"},
	{"iface=", "iface=eth0 iface=docker0 iface=lo", "nginx"},
	{"state ", "established listen", "nginx"},
	{"listen -s dr", "drops", "memory"},
	{"--co", "--columns --color --count", "--csv"},
}

// completions checks the completions of the shells, each on a line of its own and without markup.
func (l *lab) completions() {
	for _, shell := range completionShells {
		l.t.Run(shell.name, func(t *testing.T) {
			for _, c := range labCompletions {
				r := shell.complete(t, l.ns.With(t), c.line, t.TempDir())
				offered := map[string]bool{}
				for word := range strings.FieldsSeq(string(r.Stdout)) {
					offered[word] = true
					offered[c.line[:strings.LastIndexByte(c.line, '=')+1]+word] = true // bash offers what is behind =
				}
				for word := range strings.FieldsSeq(c.want) {
					if !offered[word] {
						t.Errorf("%q: %q is not offered: %q %s", c.line, word, r.Stdout, r.Stderr)
					}
				}
				for word := range strings.FieldsSeq(c.none) {
					if offered[word] {
						t.Errorf("%q: %q is offered: %q", c.line, word, r.Stdout)
					}
				}
				if strings.ContainsAny(string(r.Stdout), "`*[]{}") {
					t.Errorf("%q: markup: %q", c.line, r.Stdout)
				}
			}
		})
	}
}
