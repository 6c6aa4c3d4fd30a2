package archtest

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPlaces checks that no file names a folder of the machine that it was written on, nor a host that
// packages come from: those differ from machine to machine, and whoever clones has others. What to look
// for is read from the machine itself, so that it need not stand here.
func TestPlaces(t *testing.T) {
	forbidden := append(packageHosts(t), parents(t)...)
	files(t, func(path string, text []byte) {
		for _, word := range forbidden {
			if before, _, found := bytes.Cut(text, []byte(word)); found {
				t.Errorf("%s:%d names %q", path, 1+bytes.Count(before, []byte("\n")), word)
			}
		}
	})
}

// parents returns the folder that the clone lies in, unless every machine has it.
func parents(t *testing.T) []string {
	t.Helper()
	dir := filepath.Dir(root(t)) + "/"
	if slices.Contains([]string{"/", "/tmp/", "/root/", "/home/", "/src/", "/usr/src/"}, dir) {
		return nil
	}
	return []string{dir}
}

var urlPattern = regexp.MustCompile(`https?://[^\s,|]+`)

// packageHosts returns the hosts of the Go module proxy and of the package manager.
func packageHosts(t *testing.T) []string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "go", "env", "GOPROXY", "GOSUMDB").Output()
	if err != nil {
		t.Fatal(err)
	}
	sources, _ := filepath.Glob("/etc/apt/sources.list.d/*") // the pattern is well formed
	for _, name := range append(sources, "/etc/apt/sources.list") {
		more, err := os.ReadFile(name)
		if err != nil {
			continue // another package manager
		}
		text = append(text, more...)
	}
	var hosts []string
	for _, u := range urlPattern.FindAllString(string(text), -1) {
		if parsed, err := url.Parse(u); err == nil && strings.Contains(parsed.Host, ".") {
			hosts = append(hosts, parsed.Hostname())
		}
	}
	return hosts
}

// TestNoPrograms finds what a build has left: it would stay in the history forever.
func TestNoPrograms(t *testing.T) {
	files(t, func(path string, text []byte) {
		if bytes.HasPrefix(text, []byte("\x7fELF")) {
			t.Errorf("%s is a program", path)
		}
	})
}
