package owner

import (
	"bytes"
)

// A Cgroup says what a process belongs to, as far as the path of its control group tells. All of it are
// views into what was read.
type Cgroup struct {
	Path      []byte // in the unified hierarchy, else in systemd's own, else in the first that has one
	Unit      []byte // of the system's service manager: "ssh.service", "session-3.scope"
	UserUnit  []byte // of a user's service manager, below the Unit user@UID.service
	Container []byte // what its runtime calls it: 64 hexadecimal digits, or a name
	Runtime   string // "docker", "containerd", "cri-o", "podman", "lxc", "machine"; "" = it does not tell
	Pod       []byte // the uid of a Kubernetes pod; systemd's paths have "_" in it for "-"
}

// ParseCgroup reads /proc/PID/cgroup: lines of hierarchy number, controllers and path.
func ParseCgroup(file []byte) Cgroup {
	var c Cgroup
	c.Path = cgroupPath(file)
	c.units()
	c.container()
	return c
}

var unified, systemd = []byte("0::"), []byte(":name=systemd:")

// cgroupPath picks the hierarchy that says most.
func cgroupPath(file []byte) []byte {
	best, bestRank := []byte(nil), -1
	for line := range bytes.Lines(file) {
		line = bytes.TrimSuffix(line, []byte{'\n'})
		_, rest, _ := bytes.Cut(line, []byte{':'})
		_, path, ok := bytes.Cut(rest, []byte{':'})
		if !ok || len(path) == 0 || path[0] != '/' {
			continue
		}
		rank := 1
		switch {
		case len(path) == 1:
			rank = 0
		case bytes.HasPrefix(line, unified):
			rank = 3
		case bytes.Contains(line[:len(line)-len(path)], systemd):
			rank = 2
		}
		if rank > bestRank {
			best, bestRank = path, rank
		}
	}
	return bytes.TrimSuffix(best, []byte(" (deleted)"))
}

var unitSuffixes = []string{".service", ".scope", ".socket", ".mount", ".swap"}

// units finds the units in the path: the first component that is one and no slice, and the next one below
// if the first is a user's service manager.
func (c *Cgroup) units() {
	for part := range bytes.SplitSeq(c.Path, []byte{'/'}) {
		part = bytes.TrimPrefix(part, []byte{'_'}) // so systemd escapes names of files that the kernel uses
		if !hasAnySuffix(part, unitSuffixes) {
			continue
		}
		if c.Unit == nil {
			c.Unit = part
			continue
		}
		if bytes.HasPrefix(c.Unit, []byte("user@")) {
			c.UserUnit = part
		}
		return
	}
}

func hasAnySuffix(b []byte, suffixes []string) bool {
	for _, s := range suffixes {
		if len(b) > len(s) && string(b[len(b)-len(s):]) == s {
			return true
		}
	}
	return false
}

// runtimes are what stands before a container's id in a component of the path, or is the component above.
var runtimes = []struct{ prefix, name string }{
	{"docker", "docker"},
	{"cri-containerd", "containerd"},
	{"nerdctl", "containerd"},
	{"crio", "cri-o"},
	{"libpod", "podman"},
	{"libpod_parent", "podman"},
}

// container finds the innermost container, and the pod.
func (c *Cgroup) container() {
	var above []byte
	kube := false
	for part := range bytes.SplitSeq(c.Path, []byte{'/'}) {
		kube = kube || bytes.HasPrefix(part, []byte("kubepods"))
		if pod := podOf(part); kube && pod != nil {
			c.Pod = pod
		}
		if id, runtime := containerOf(part, above); id != nil {
			c.Container, c.Runtime = id, runtime
		}
		above = part
	}
}

// podOf takes the uid out of "kubepods-burstable-podUID.slice" and "podUID".
func podOf(part []byte) []byte {
	part, slice := bytes.CutSuffix(part, []byte(".slice"))
	if slice {
		i := bytes.LastIndex(part, []byte("-pod"))
		if i < 0 {
			return nil
		}
		part = part[i+1:]
	}
	uid, ok := bytes.CutPrefix(part, []byte("pod"))
	if !ok || len(uid) < 32 || !slice && bytes.ContainsAny(uid, ".") {
		return nil
	}
	return uid
}

// containerOf takes a container out of a component: its id, and what runs it.
func containerOf(part, above []byte) (id []byte, runtime string) {
	name, scope := bytes.CutSuffix(part, []byte(".scope"))
	if n := len(name) - idLen; n >= 0 && isID(name[n:]) {
		if n == 0 {
			return name, runtimeOf(above)
		}
		if sep := name[n-1]; sep == '-' || sep == ':' {
			prefix := name[:n-1]
			prefix = prefix[bytes.LastIndexByte(prefix, ':')+1:]
			if bytes.HasSuffix(prefix, []byte("conmon")) {
				return nil, "" // the runtime's own watcher beside the container
			}
			return name[n:], runtimeOf(prefix)
		}
	}
	if machine, ok := bytes.CutPrefix(name, []byte("machine-")); ok && scope && len(machine) > 0 {
		return machine, "machine"
	}
	if machine, ok := bytes.CutPrefix(part, []byte("systemd-nspawn@")); ok {
		return bytes.TrimSuffix(machine, []byte(".service")), "machine"
	}
	if lxc, ok := bytes.CutPrefix(part, []byte("lxc.payload.")); ok && len(lxc) > 0 {
		return lxc, "lxc"
	}
	if s := string(above); (s == "lxc" || s == "lxc.payload") && len(part) > 0 {
		return part, "lxc"
	}
	return nil, ""
}

func runtimeOf(prefix []byte) string {
	for _, r := range runtimes {
		if string(prefix) == r.prefix {
			return r.name
		}
	}
	return ""
}

// idLen is the length of a container's id.
const idLen = 64

func isID(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(b) == idLen
}
