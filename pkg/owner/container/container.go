//go:build linux

// Package container finds the names behind a container's id, in the files that the runtimes keep about
// what they run. It asks no daemon. Most of these files are for root alone, and what they say is
// hostile input. Ids are those of pkg/owner/cgroup.
//
// It is a package of its own so that programs which print no such names do not link a JSON decoder.
package container

import (
	"strings"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// Info is what a runtime's state says of a container. What it does not say is empty. The values are as the
// runtime wrote them: escape them where they are printed.
type Info struct {
	Name      string
	Image     string
	Pod       string // of Kubernetes
	Namespace string // of the pod
}

// Config says where the files are.
type Config struct {
	// Root is where the machine's files are, empty for "/".
	Root string
	// Homes are the folders of users whose containers without root are to be known too. Below them neither
	// symbolic links nor mounts are followed: their owners may put there what they like. Linux 5.6.
	Homes []string
}

// Names looks containers up and remembers the answers. It is not for use by several goroutines at once.
type Names struct {
	cfg   Config
	known map[string]Info
	lists map[string]*storage // by file
	logs  map[string]Info     // from the names of /var/log/containers, read once
}

// New returns an empty cache. Nothing is read before it is requested.
func New(cfg Config) *Names {
	return &Names{cfg: cfg, known: make(map[string]Info), lists: make(map[string]*storage)}
}

// maxKnown is the number of containers that are remembered. Others are not looked up: a user who may make
// control groups can name as many as he likes.
const maxKnown = 1 << 16

// Lookup returns what is known of a container, by the id that cgroup.Group has.
func (n *Names) Lookup(id string) Info {
	info, ok := n.known[id]
	if ok || len(n.known) >= maxKnown || !cgroup.IsID(id) { // it becomes part of a path
		return info
	}
	info = n.find(id)
	n.known[id] = info
	return info
}

// sources are the state files, with ID for the container's id, and how to read them.
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

// Folders of containers/storage, where Podman keeps names, and of dockerd without root.
const (
	systemStorage = "/var/lib/containers/storage/overlay-containers/"
	homeStorage   = ".local/share/containers/storage/overlay-containers/"
	homeDocker    = ".local/share/docker/containers/ID/config.v2.json"
)

// storageLists are the files there; the second has the containers that are removed when they end.
var storageLists = [...]string{"containers.json", "volatile-containers.json"}

// find asks every source for what is still missing.
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

// fill takes over what is missing.
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
