package view

import (
	"strings"

	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// cgroupColumns say where the socket was made.
var cgroupColumns = [...]render.Column[Socket]{
	{
		Key: "cgroup", Title: "CGROUP", Kind: render.String, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 16, Cut: render.CutStart},
		Help:  "Path of the control group (version 2) in which the socket was made. Since Linux 5.8.",
		Value: func(s *Socket) render.Value { return render.Name(s.CgroupPath()) },
	},
	{
		Key: "unit", Title: "UNIT", Kind: render.String, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 12},
		Help:  "systemd unit in which the socket was made, from the control group.",
		Value: func(s *Socket) render.Value { return render.Name(Unit(s.CgroupPath())) },
	},
	{
		Key: "container", Title: "CONTAINER", Kind: render.String, Needs: inspect.NeedCgroup,
		Fit: render.Fit{Min: 12},
		Help: "Container in which the socket was made, from the control group: the first twelve digits of " +
			"its id, or its name where the runtime uses that.",
		Value: func(s *Socket) render.Value { return render.Name(Container(s.CgroupPath())) },
	},
	{
		Key: "pod", Title: "POD", Kind: render.String, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 12},
		Help:  "Kubernetes pod in which the socket was made, from the control group: its uid.",
		Value: func(s *Socket) render.Value { return render.Name(Pod(s.CgroupPath())) },
	},
}

// Unit returns the innermost systemd unit of a control group's path: a service, or a scope that
// is not a container's.
func Unit(path string) string {
	for path != "" {
		i := strings.LastIndexByte(path, '/')
		name := path[i+1:]
		switch {
		case strings.HasSuffix(name, ".service"), strings.HasSuffix(name, ".socket"):
			return name
		case strings.HasSuffix(name, ".scope") && containerOf(name) == "":
			return name
		}
		path = path[:max(i, 0)]
	}
	return ""
}

// Container returns the innermost container of a control group's path, its id shortened.
func Container(path string) string { return ShortID(container(path)) }

// container is the same with the whole id.
func container(path string) string {
	for path != "" {
		i := strings.LastIndexByte(path, '/')
		if c := containerOf(path[i+1:]); c != "" {
			return c
		}
		if i > 0 && path[strings.LastIndexByte(path[:i], '/')+1:i] == "lxc" {
			return path[i+1:]
		}
		path = path[:max(i, 0)]
	}
	return ""
}

// runtimePrefixes come before the id in the names of the control groups that container runtimes make.
var runtimePrefixes = [...]string{
	"docker-", "cri-containerd-", "crio-", "libpod-", "containerd-", "nerdctl-", "podman-", "buildkit-",
}

const idLen, shortID = 64, 12

// ShortID shortens the id of a container as its runtime does; other names stay as they are.
func ShortID(name string) string {
	if len(name) == idLen && strings.Trim(name, "0123456789abcdef") == "" {
		return name[:shortID]
	}
	return name
}

// containerOf returns the container that one element of a path belongs to.
func containerOf(name string) string {
	if rest, ok := strings.CutPrefix(name, "lxc.payload."); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(name, "systemd-nspawn@"); ok {
		return strings.TrimSuffix(rest, ".service")
	}
	id := strings.TrimSuffix(name, ".scope")
	if rest, ok := strings.CutPrefix(id, "machine-"); ok && rest != "" && id != name {
		return rest
	}
	for _, p := range runtimePrefixes {
		id = strings.TrimPrefix(id, p)
	}
	if _, after, ok := strings.Cut(id, ":"); ok && strings.Contains(name, ":cri-containerd:") {
		_, id, _ = strings.Cut(after, ":") // slice:cri-containerd:ID
	}
	if ShortID(id) != id {
		return id
	}
	return ""
}

// Pod returns the uid of the Kubernetes pod of a control group's path.
func Pod(path string) string {
	_, rest, ok := strings.Cut(path, "kubepods")
	for ok {
		var element string
		element, rest, ok = strings.Cut(strings.TrimPrefix(rest, "/"), "/")
		element = strings.TrimSuffix(element, ".slice")
		i := strings.LastIndex(element, "pod")
		if i < 0 || i > 0 && element[i-1] != '-' {
			continue
		}
		if uid := strings.ReplaceAll(element[i+3:], "_", "-"); len(uid) >= 32 {
			return uid
		}
	}
	return ""
}
