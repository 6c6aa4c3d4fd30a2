package rights

import (
	"os"
	"strings"
)

// redirecting are the variables that redirect a library or ss to other files than the system's.
var redirecting = [...]struct {
	name   string // or a prefix, before a star
	leads  func(value string) bool
	reason string
}{
	{"PROC_*", always, "ss reads tables of the kernel from there, owners among them"},
	{"TZ", isPath, "the time package reads the file"},
	{"ZONEINFO", always, "the time package reads a folder or archive"},
	{"TMPDIR", always, "temporary files are made there"},
	{"HOSTALIASES", always, "resolvers read the file; Go's does not"},
	{"LOCALDOMAIN", always, "resolvers search there; Go's does not"},
	{"RES_OPTIONS", always, "options of resolvers; Go's reads none"},
}

func always(string) bool { return true }

// isPath reports whether TZ is a path, not the name of a zone.
func isPath(zone string) bool {
	zone = strings.TrimPrefix(zone, ":")
	return strings.HasPrefix(zone, "/") || strings.Contains(zone, "..")
}

// CleanEnvironment unsets the variables that redirect to other files than the system's, if the process has
// more rights than its caller. Main calls it first. TCPDIAG_FILE, NLSTAT_CONFIG, HOME and XDG_CONFIG_HOME are
// kept: their files are opened with the caller's rights.
func CleanEnvironment() {
	if !Limited() {
		return
	}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if redirects(name, value) {
			_ = os.Unsetenv(name) // names in the environment are valid
		}
	}
}

func redirects(name, value string) bool {
	for i := range redirecting {
		r := &redirecting[i]
		stem, open := strings.CutSuffix(r.name, "*")
		if (name == stem || open && strings.HasPrefix(name, stem)) && r.leads(value) {
			return true
		}
	}
	return false
}
