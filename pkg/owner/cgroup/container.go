package cgroup

import "strings"

// Lengths of a container's id and of its short form.
const (
	idLen   = 64
	shortID = 12
)

// IsID reports whether a name is the id of a container: 64 hexadecimal digits.
func IsID(name string) bool { return len(name) == idLen && isHex(name) }

// ShortID shortens the id of a container as its runtime does. Other names are not changed.
func ShortID(name string) string {
	if IsID(name) {
		return name[:shortID]
	}
	return name
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// runtimes are the prefixes of a container's id in a part of the path, or the part above it.
var runtimes = [...]struct{ word, name string }{
	{"docker", "docker"},
	{"moby", "docker"}, // dockerd's namespace in containerd
	{"cri-containerd", "containerd"},
	{"containerd", "containerd"},
	{"nerdctl", "containerd"},
	{"k8s.io", "containerd"}, // the kubelet's namespace in containerd
	{"crio", "cri-o"},
	{"libpod", "podman"},
	{"libpod-payload", "podman"}, // within the unit that runs podman: --cgroups=split, Quadlet
	{"libpod_parent", "podman"},
	{"buildkit", "buildkit"},
}

func runtimeOf(word string) string {
	for _, r := range runtimes {
		if word == r.word {
			return r.name
		}
	}
	return ""
}

// containerOf returns the container that one part of a path names, and its runtime.
//
//	ID                    below docker, k8s.io, podUID and others
//	docker-ID.scope       systemd
//	crio-ID               cgroupfs
//	SLICE:cri-containerd:ID   systemd's notation with the cgroupfs driver
//	machine-NAME.scope    systemd-machined
func containerOf(part, above string) (name, runtime string) {
	stem, isScope := strings.CutSuffix(part, scope)
	if n := len(stem) - idLen; n >= 0 && IsID(stem[n:]) {
		return withID(stem[:n], stem[n:], above)
	}
	if machine, ok := strings.CutPrefix(stem, "machine-"); ok && isScope {
		return machine, "machine"
	}
	for _, template := range machineTemplates {
		if machine, ok := strings.CutPrefix(part, template); ok {
			return strings.TrimSuffix(machine, ".service"), "machine"
		}
	}
	if lxc, ok := strings.CutPrefix(part, lxcPayload+"."); ok {
		return lxc, "lxc"
	}
	if above == "lxc" || above == lxcPayload {
		return part, "lxc"
	}
	return "", ""
}

// machineTemplates are the units in which systemd itself runs machines.
var machineTemplates = [...]string{"systemd-nspawn@", "systemd-vmspawn@"}

// lxcPayload is the group of a container's processes in LXC, since version 4.
const lxcPayload = "lxc.payload"

// withID returns the container and runtime of an id, by its prefix or the part above.
func withID(before, id, above string) (name, runtime string) {
	if before == "" {
		return id, runtimeOf(above)
	}
	word := before[:len(before)-1]
	word = word[strings.LastIndexByte(word, ':')+1:]
	switch separator := before[len(before)-1]; {
	case separator != '-' && separator != ':', isMonitor(before):
		return "", ""
	default:
		return id, runtimeOf(word)
	}
}

// isMonitor reports whether a part is the group of a container's monitor: conmon of Podman and CRI-O.
func isMonitor(part string) bool {
	return part == "conmon" || strings.HasPrefix(part, "conmon-") || strings.HasPrefix(part, "crio-conmon-") ||
		strings.HasPrefix(part, "libpod-conmon-")
}
