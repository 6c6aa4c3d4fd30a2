//go:build linux

package container

import (
	"os"
	"strings"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// logsFolder has a link for the log of each container of Kubernetes.
const logsFolder = "/var/log/containers"

// fromLogs finds containers of Kubernetes by the names of their logs, POD_NAMESPACE_CONTAINER-ID.log,
// which all users may list.
func (n *Names) fromLogs(id string) Info {
	if n.logs == nil {
		n.logs = make(map[string]Info)
		n.readLogs()
	}
	return n.logs[id]
}

// readLogs lists a limited number of names.
func (n *Names) readLogs() {
	dir, err := os.Open(n.cfg.Root + logsFolder)
	if err != nil {
		return // no Kubernetes here
	}
	defer func() { _ = dir.Close() }()  // read-only
	entries, _ := dir.ReadDir(maxKnown) // errors: the rest is skipped
	for _, e := range entries {
		if id, info, ok := parseLog(e.Name()); ok {
			n.logs[id] = info
		}
	}
}

func parseLog(name string) (id string, info Info, ok bool) {
	name, ok = strings.CutSuffix(name, ".log")
	dash := strings.LastIndexByte(name, '-')
	if !ok || dash < 0 || !cgroup.IsID(name[dash+1:]) {
		return "", Info{}, false
	}
	parts := strings.Split(name[:dash], "_")
	if len(parts) != 3 {
		return "", Info{}, false
	}
	return name[dash+1:], Info{Pod: parts[0], Namespace: parts[1], Name: parts[2]}, true
}
