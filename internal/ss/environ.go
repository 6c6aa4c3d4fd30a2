package ss

import (
	"os"
	"strings"
)

// An environment holds the variables of ss about the files that it reads.
type environment struct {
	root     string            // PROC_ROOT without a slash at its end
	hasRoot  bool              // it is set, even to ""
	files    map[string]string // PROC_NET_TCP and so on, those that are set
	tcpDump  string            // TCPDIAG_FILE
	hasDump  bool
	portsVar string // PROC_IP_LOCAL_PORT_RANGE
}

// procRoot is the default of PROC_ROOT.
const procRoot = "/proc"

func readEnvironment() environment {
	e := environment{files: map[string]string{}}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case name == "PROC_ROOT":
			e.root, e.hasRoot = strings.TrimSuffix(value, "/"), true
			if value == "/" {
				e.root = "/"
			}
		case name == "PROC_IP_LOCAL_PORT_RANGE":
			e.portsVar = value
		case name == "TCPDIAG_FILE":
			e.tcpDump, e.hasDump = value, true
		case strings.HasPrefix(name, "PROC_NET_"):
			e.files[name] = value
		}
	}
	return e
}

// proc returns the path of a file below the root of /proc.
func (e *environment) proc(name string) string {
	if e.hasRoot {
		return e.root + "/" + name
	}
	return procRoot + "/" + name
}

// processes returns the folder of the processes, "" = the default.
func (e *environment) processes() string {
	if e.hasRoot && e.root == "" {
		return "/"
	}
	return e.root
}

// net returns the path of a file below net, or the value of the named variable.
func (e *environment) net(variable, name string) string {
	if path, ok := e.files[variable]; ok {
		return path
	}
	if !e.hasRoot {
		return procRoot + "/thread-self/net/" + name // of this thread's namespace, see enterNamespace
	}
	return e.proc("net/" + name)
}

// portRange returns the path of the file with the two bounds of the ephemeral ports.
func (e *environment) portRange() string {
	if e.portsVar != "" {
		return e.portsVar
	}
	return e.proc("sys/net/ipv4/ip_local_port_range")
}
