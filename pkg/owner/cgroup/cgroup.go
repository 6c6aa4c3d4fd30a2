// Package cgroup reads the paths of control groups: which systemd unit, container and pod they name.
//
// Service managers and container runtimes put what they start into control groups whose names tell what is
// inside. The same names are found in /proc/PID/cgroup ([FromProc]) and below /sys/fs/cgroup ([Parse]). The
// package knows the names that systemd, Docker, containerd, CRI-O, Podman, LXC, systemd-nspawn, libvirt and
// the kubelet give, with their systemd and their cgroupfs drivers.
//
// A user who may write below a control group can create groups with any name there: what stands below a
// container was named by that container, and below user@UID.service by that user. The innermost name
// counts, as it does for containers within containers. All names are hostile input: escape them where they
// are printed.
//
// Names that runtimes keep on disk for a container's id are in pkg/owner/container.
package cgroup

import "strings"

// A Group says what a control group belongs to, as far as its path tells. What it does not tell is empty.
type Group struct {
	// Path is the whole path, from the root of the hierarchy or of the reader's control group namespace.
	Path string
	// Unit is the innermost unit of systemd as systemctl(1) writes it, with its escapes:
	// "ssh.service", "session-3.scope", `dev-disk\x2dcache.swap`. Scopes that are containers are not units.
	Unit string
	// Manager is the unit of the user's service manager that Unit is run by: "user@1000.service".
	Manager string
	// Container is what its runtime calls the innermost container: an id of 64 hexadecimal digits, or a
	// name, without systemd's escapes.
	Container string
	// Runtime is "docker", "containerd", "cri-o", "podman", "buildkit", "lxc" or "machine" (registered
	// with systemd-machined: nspawn, libvirt), "" if the path does not tell.
	Runtime string
	// Pod is the uid of a Kubernetes pod as the API server writes it: 0a1b2c3d-0000-1111-2222-333344445555,
	// or 32 hexadecimal digits for static pods.
	Pod string
}

// Parse takes the path of a control group apart. Group holds parts of path; only names that need their
// escapes undone are copies.
func Parse(path string) Group {
	p := parser{Group: Group{Path: path}}
	for rest := path; rest != ""; {
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		if part != "" {
			p.part(part)
			p.above = part
		}
	}
	p.Pod = strings.ReplaceAll(p.Pod, "_", "-") // systemd has "-" for the levels of slices
	p.Container = unescape(p.Container)
	return p.Group
}

// A parser is a group so far.
type parser struct {
	Group
	above string // the part before
	kube  bool   // below the kubelet's groups
}

// part parses one part of the path, outermost first.
func (p *parser) part(part string) {
	p.kube = p.kube || strings.Contains(part, "kubepods")
	if p.kube {
		if uid := podOf(part); uid != "" {
			p.Pod = uid
		}
	}
	name, runtime := containerOf(part, p.above)
	switch {
	case name != "":
		p.Container, p.Runtime = name, runtime
	case isMonitor(part):
		p.Container, p.Runtime = "", ""
	}
	if isUnit(part) && (name == "" || !strings.HasSuffix(part, scope)) {
		p.unit(strings.TrimPrefix(part, "_")) // so systemd escapes names of files that the kernel uses
	}
}

func (p *parser) unit(name string) {
	if isManager(p.Unit) {
		p.Manager = p.Unit
	}
	p.Unit = name
}

// FromProc parses the text of /proc/PID/cgroup, lines of hierarchy number, controllers and path. Of the
// hierarchies it takes the unified one, else systemd's own, else the first in which the process is not at
// the root.
func FromProc(file []byte) Group { return Parse(string(pathOf(file))) }
