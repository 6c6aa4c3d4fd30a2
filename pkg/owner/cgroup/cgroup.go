// Package cgroup parses the paths of control groups into systemd units, containers and pods.
//
// Service managers and container runtimes start processes in control groups whose names identify the unit
// or container. The same names are in /proc/PID/cgroup ([FromProc]) and below /sys/fs/cgroup ([Parse]). The
// package knows the names of systemd, Docker, containerd, CRI-O, Podman, LXC, systemd-nspawn, libvirt and
// the kubelet, with their systemd and cgroupfs drivers.
//
// A user with write access to a control group can create groups with any name below it: names below a
// container are chosen by that container, and those below user@UID.service by that user. The innermost name
// counts, also for containers within containers. All names are hostile input: escape them where they are
// printed.
//
// Package container finds the names that runtimes store on disk for a container's id.
package cgroup

import "strings"

// A Group is the unit, container and pod of a control group, as far as its path shows. Unknown fields are
// empty.
type Group struct {
	// Path is the whole path, from the root of the hierarchy or of the reader's control group namespace.
	Path string
	// Unit is the innermost unit of systemd as systemctl(1) shows it, with its escapes: "ssh.service",
	// "session-3.scope", `dev-disk\x2dcache.swap`. Scopes that are containers are not units.
	Unit string
	// Manager is the unit of the user's service manager that runs Unit: "user@1000.service".
	Manager string
	// Container is the innermost container: its id of 64 hexadecimal digits, or its name in the runtime,
	// without systemd's escapes.
	Container string
	// Runtime is "docker", "containerd", "cri-o", "podman", "buildkit", "lxc" or "machine" (registered with
	// systemd-machined: nspawn, libvirt), "" if it is unknown.
	Runtime string
	// Pod is the uid of a Kubernetes pod as the API server writes it: 0a1b2c3d-0000-1111-2222-333344445555,
	// or 32 hexadecimal digits for static pods.
	Pod string
}

// Parse parses the path of a control group. The Group shares memory with path; only unescaped names are
// copies.
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
	p.Pod = strings.ReplaceAll(p.Pod, "_", "-") // in systemd "-" separates the levels of slices
	p.Container = unescape(p.Container)
	return p.Group
}

// A parser is a partly parsed group.
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
		p.unit(strings.TrimPrefix(part, "_")) // systemd's escape for names of the kernel's files
	}
}

func (p *parser) unit(name string) {
	if isManager(p.Unit) {
		p.Manager = p.Unit
	}
	p.Unit = name
}

// FromProc parses the text of /proc/PID/cgroup, lines of hierarchy number, controllers and path. It uses
// the unified hierarchy, else systemd's own, else the first in which the process is not at the root.
func FromProc(file []byte) Group { return Parse(string(pathOf(file))) }
