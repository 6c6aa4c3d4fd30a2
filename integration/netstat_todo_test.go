//go:build integration

package integration

import "regexp"

var unfinished = regexp.MustCompile(`(^| )-[A-Za-z0-9]*[gM]|--(gr|m)`)

// todo leaves out what the netstat face cannot do yet.
func todo(lines []string) []string {
	var done []string
	for _, l := range lines {
		if !unfinished.MatchString(l) {
			done = append(done, l)
		}
	}
	return done
}
