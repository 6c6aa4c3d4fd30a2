//go:build linux

// Package container finds the names of a container's id, in the state files of the runtimes. No daemon is
// queried. Most of these files are readable by root only, and their content is hostile input. Ids are
// those of package cgroup.
//
// It is a package of its own so that programs without such names do not link a JSON decoder.
package container

import (
	"strings"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// Info is the data of a container in its runtime's state files. Unknown fields are empty. The values are
// not escaped: escape them where they are printed.
type Info struct {
	Name      string
	Image     string
	Pod       string // of Kubernetes
	Namespace string // of the pod
}

// Config has the directories of the files.
type Config struct {
	// Root is the root of the host's files, empty for "/".
	Root string
	// Homes are the home directories of users whose rootless containers are included. Below them neither
	// symbolic links nor mounts are followed, because their owners are not trusted: that needs openat2(2), since
	// Linux 5.6. On older kernels nothing below them is read.
	Homes []string
}

// Names looks up containers and caches the results. It is for one goroutine.
type Names struct {
	cfg   Config
	known map[string]Info
	lists map[string]*storage // by file
	logs  map[string]Info     // from the names of /var/log/containers, read once
}

// New returns an empty cache. Files are read by [Names.Lookup].
func New(cfg Config) *Names {
	return &Names{cfg: cfg, known: make(map[string]Info), lists: make(map[string]*storage)}
}

// maxKnown limits the number of cached containers. Others are not looked up, because users may create any
// number of control groups.
const maxKnown = 1 << 16

// Lookup returns the data of a container, by the id in cgroup.Group.
func (n *Names) Lookup(id string) Info {
	info, ok := n.known[id]
	if ok || len(n.known) >= maxKnown || !cgroup.IsID(id) { // the id becomes part of a path
		return info
	}
	info = n.find(id)
	n.known[id] = info
	return info
}

// sources are the state files, with ID for the container's id, and their parsers.
var sources = []struct {
	path string
	read func(b []byte) Info
}{
	{"/var/lib/docker/containers/ID/config.v2.json", docker},
	{"/run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json", spec},
	{"/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json", spec},
	{"/run/containerd/io.containerd.runtime.v2.task/default/ID/config.json", spec}, // nerdctl
	{"/run/containers/storage/overlay-containers/ID/userdata/config.json", spec},   // CRI-O
}

// Directories of containers/storage, where Podman stores names, and of rootless dockerd.
const (
	systemStorage = "/var/lib/containers/storage/overlay-containers/"
	homeStorage   = ".local/share/containers/storage/overlay-containers/"
	homeDocker    = ".local/share/docker/containers/ID/config.v2.json"
)

// storageLists are the files there; the second has the containers that are removed when they end.
var storageLists = [...]string{"containers.json", "volatile-containers.json"}

// find reads sources until nothing is missing.
func (n *Names) find(id string) Info {
	var info Info
	for _, s := range sources {
		if b := readFile(open(n.cfg.Root + strings.Replace(s.path, "ID", id, 1))); b != nil {
			info.fill(s.read(b))
		}
	}
	for _, list := range storageLists {
		info.fill(n.stored(id, systemStorage+list, open(n.cfg.Root+systemStorage+list)))
	}
	for _, home := range n.cfg.Homes {
		if b := readFile(openBelow(home, strings.Replace(homeDocker, "ID", id, 1))); b != nil {
			info.fill(docker(b))
		}
		for _, list := range storageLists {
			info.fill(n.stored(id, home+"/"+list, openBelow(home, homeStorage+list)))
		}
	}
	if info.Name == "" || info.Pod == "" {
		info.fill(n.fromLogs(id))
	}
	return info
}

// fill sets the empty fields from other.
func (i *Info) fill(other Info) {
	for _, f := range []struct{ to, from *string }{
		{&i.Name, &other.Name},
		{&i.Image, &other.Image},
		{&i.Pod, &other.Pod},
		{&i.Namespace, &other.Namespace},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
}
