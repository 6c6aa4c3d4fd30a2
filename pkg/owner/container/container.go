// Package container finds the names behind a container's id, in the files that the runtimes keep about
// what they run. It asks no daemon. Most of these files are for root alone.
//
// It is a package of its own so that programs which print no such names do not link a JSON decoder.
package container

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// Info is what a runtime's state says of a container. What it does not say is empty. The values are as the
// runtime wrote them: escape them where they are printed.
type Info struct {
	Name      string
	Image     string
	Pod       string // of Kubernetes
	Namespace string // of the pod
}

// Names looks containers up and remembers the answers. It is not for use by several goroutines at once.
type Names struct {
	root  string
	known map[string]Info
	logs  map[string]Info // from the names of /var/log/containers, read once
}

// New returns an empty cache. Paths are looked up below root; empty is the machine's own.
func New(root string) *Names {
	return &Names{root: root, known: make(map[string]Info)}
}

// maxState is the size from which on a state file is not read.
const maxState = 16 << 20

// Lookup returns what is known of a container, by the id that owner.Cgroup has.
func (n *Names) Lookup(id string) Info {
	if info, ok := n.known[id]; ok {
		return info
	}
	var info Info
	if isID(id) { // it becomes part of a path
		info = n.find(id)
	}
	n.known[id] = info
	return info
}

func isID(id string) bool {
	return len(id) == 64 && strings.Trim(id, "0123456789abcdef") == ""
}

// sources are the state files, with ID for the container's id, and how to read them.
var sources = []struct {
	path string
	read func(b []byte, id string) Info
}{
	{"/var/lib/docker/containers/ID/config.v2.json", docker},
	{"/run/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json", spec},
	{"/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/ID/config.json", spec},
	{"/run/containerd/io.containerd.runtime.v2.task/default/ID/config.json", spec}, // nerdctl
	{"/run/containers/storage/overlay-containers/ID/userdata/config.json", spec},   // CRI-O
	{"/var/lib/containers/storage/overlay-containers/containers.json", storage},    // Podman
}

// find asks every source for what is still missing.
func (n *Names) find(id string) Info {
	var info Info
	for _, s := range sources {
		name := n.root + strings.Replace(s.path, "ID", id, 1)
		if st, err := os.Stat(name); err != nil || st.Size() > maxState {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			continue // for root alone, or gone
		}
		info.fill(s.read(b, id))
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

// docker reads config.v2.json of dockerd.
func docker(b []byte, _ string) Info {
	var c struct {
		Name   string
		Config struct {
			Image  string
			Labels map[string]string
		}
	}
	if json.Unmarshal(b, &c) != nil {
		return Info{} // being written, or of a version that we do not know
	}
	info := annotated(c.Config.Labels)
	info.fill(Info{Name: strings.TrimPrefix(c.Name, "/"), Image: c.Config.Image})
	return info
}

// spec reads config.json of the Open Container Initiative's runtime specification.
func spec(b []byte, _ string) Info {
	var c struct {
		Annotations map[string]string `json:"annotations"`
	}
	if json.Unmarshal(b, &c) != nil {
		return Info{} // as above
	}
	return annotated(c.Annotations)
}

// storage reads containers.json of containers/storage, where Podman keeps names.
func storage(b []byte, id string) Info {
	var list []struct {
		ID    string   `json:"id"`
		Names []string `json:"names"`
	}
	if json.Unmarshal(b, &list) != nil {
		return Info{} // as above
	}
	for _, c := range list {
		if c.ID == id && len(c.Names) > 0 {
			return Info{Name: c.Names[0]}
		}
	}
	return Info{}
}

// annotations are the keys of annotations and labels, by what they say.
var annotations = []struct{ name, image, pod, namespace string }{
	{ // containerd
		"io.kubernetes.cri.container-name", "io.kubernetes.cri.image-name",
		"io.kubernetes.cri.sandbox-name", "io.kubernetes.cri.sandbox-namespace",
	},
	{ // CRI-O, and dockerd under Kubernetes
		"io.kubernetes.container.name", "io.kubernetes.cri-o.ImageName",
		"io.kubernetes.pod.name", "io.kubernetes.pod.namespace",
	},
	{name: "nerdctl/name"},
}

func annotated(m map[string]string) Info {
	var info Info
	for _, a := range annotations {
		info.fill(Info{Name: m[a.name], Image: m[a.image], Pod: m[a.pod], Namespace: m[a.namespace]})
	}
	return info
}

// fromLogs knows the containers of Kubernetes by the names of their logs, POD_NAMESPACE_CONTAINER-ID.log,
// which everybody may list.
func (n *Names) fromLogs(id string) Info {
	if n.logs == nil {
		n.logs = make(map[string]Info)
		entries, _ := os.ReadDir(filepath.Join(n.root, "/var/log/containers")) // no Kubernetes here
		for _, e := range entries {
			if id, info, ok := parseLog(e.Name()); ok {
				n.logs[id] = info
			}
		}
	}
	return n.logs[id]
}

func parseLog(name string) (id string, info Info, ok bool) {
	name, ok = strings.CutSuffix(name, ".log")
	dash := strings.LastIndexByte(name, '-')
	if !ok || dash < 0 || !isID(name[dash+1:]) {
		return "", Info{}, false
	}
	parts := strings.Split(name[:dash], "_")
	if len(parts) != 3 {
		return "", Info{}, false
	}
	return name[dash+1:], Info{Pod: parts[0], Namespace: parts[1], Name: parts[2]}, true
}
