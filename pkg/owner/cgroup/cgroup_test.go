//go:build linux

package cgroup_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

const (
	id      = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other   = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
	uid     = "0a1b2c3d-0000-1111-2222-333344445555"
	uidUnit = "0a1b2c3d_0000_1111_2222_333344445555"
	static  = "5d41402abc4b2a76b9719d911017c592"
)

// paths are those of real programs, except for ids.
var paths = []struct {
	name, path string
	want       cgroup.Group
}{
	{"root", "/", cgroup.Group{}},
	{"none", "", cgroup.Group{}},
	{"pid 1", "/init.scope", cgroup.Group{Unit: "init.scope"}},
	{"service", "/system.slice/sshd.service", cgroup.Group{Unit: "sshd.service"}},
	{"instance", `/system.slice/system-getty.slice/getty@tty1.service`, cgroup.Group{Unit: "getty@tty1.service"}},
	{"socket", "/system.slice/docker.socket", cgroup.Group{Unit: "docker.socket"}},
	{"swap with an escape", `/system.slice/dev-disk\x2dcache.swap`, cgroup.Group{Unit: `dev-disk\x2dcache.swap`}},
	{"service with an escape", `/system.slice/dev-disk\x2dcache.service`, cgroup.Group{Unit: `dev-disk\x2dcache.service`}},
	{"name of the kernel", "/system.slice/_cpu.service", cgroup.Group{Unit: "cpu.service"}},
	{"below a service", "/system.slice/systemd-udevd.service/udev", cgroup.Group{Unit: "systemd-udevd.service"}},
	{"slice alone", "/system.slice", cgroup.Group{}},
	{"suffix alone", "/system.slice/.service", cgroup.Group{}},
	{"session", "/user.slice/user-1000.slice/session-3.scope", cgroup.Group{Unit: "session-3.scope"}},
	{"user manager", "/user.slice/user-1000.slice/user@1000.service/init.scope", cgroup.Group{Unit: "init.scope", Manager: "user@1000.service"}},
	{
		"user unit", "/user.slice/user-1000.slice/user@1000.service/app.slice/app-foot@1.service",
		cgroup.Group{Unit: "app-foot@1.service", Manager: "user@1000.service"},
	},
	{
		"user scope", "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-firefox-4711.scope",
		cgroup.Group{Unit: "app-gnome-firefox-4711.scope", Manager: "user@1000.service"},
	},
	{"outside of the reader's namespace", "/../../system.slice/cron.service", cgroup.Group{Unit: "cron.service"}},

	{"docker with systemd", "/system.slice/docker-" + id + ".scope", cgroup.Group{Container: id, Runtime: "docker"}},
	{"docker with cgroupfs", "/docker/" + id, cgroup.Group{Container: id, Runtime: "docker"}},
	{"docker with another parent", "/custom.slice/docker-" + id + ".scope/init", cgroup.Group{Container: id, Runtime: "docker"}},
	{"docker with colons", "/system.slice/docker.service/system.slice:docker:" + id, cgroup.Group{Unit: "docker.service", Container: id, Runtime: "docker"}},
	{
		"docker without root", "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + id + ".scope",
		cgroup.Group{Unit: "user@1000.service", Container: id, Runtime: "docker"},
	},
	{"docker within docker", "/docker/" + other + "/docker/" + id, cgroup.Group{Container: id, Runtime: "docker"}},
	{"systemd within docker", "/docker/" + id + "/system.slice/nginx.service", cgroup.Group{Unit: "nginx.service", Container: id, Runtime: "docker"}},
	{"amazon's agent", "/ecs/0f0f0f/" + id, cgroup.Group{Container: id}},
	{"amazon's agent with systemd", "/ecstasks.slice/ecstasks-0f0f.slice/docker-" + id + ".scope", cgroup.Group{Container: id, Runtime: "docker"}},
	{"buildkit", "/system.slice/buildkit-" + id + ".scope", cgroup.Group{Container: id, Runtime: "buildkit"}},
	{"nerdctl", "/system.slice/nerdctl-" + id + ".scope", cgroup.Group{Container: id, Runtime: "containerd"}},
	{"containerd with cgroupfs", "/k8s.io/" + id, cgroup.Group{Container: id, Runtime: "containerd"}},
	{"containerd's service", "/system.slice/containerd.service/k8s.io/" + id, cgroup.Group{Unit: "containerd.service", Container: id, Runtime: "containerd"}},
	{"a runtime not known", "/system.slice/new-" + id + ".scope", cgroup.Group{Container: id}},
	{"an id that is too long", "/docker/a" + id, cgroup.Group{}},
	{"an id that is a unit", "/system.slice/" + id + ".service", cgroup.Group{Unit: id + ".service"}}, // podman's health checks

	{
		"kubelet with systemd, containerd",
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uidUnit + ".slice/cri-containerd-" + id + ".scope",
		cgroup.Group{Container: id, Runtime: "containerd", Pod: uid},
	},
	{
		"kubelet with systemd, guaranteed, CRI-O",
		"/kubepods.slice/kubepods-pod" + uidUnit + ".slice/crio-" + id + ".scope/container",
		cgroup.Group{Container: id, Runtime: "cri-o", Pod: uid},
	},
	{
		"kubelet with systemd, CRI-O's monitor",
		"/kubepods.slice/kubepods-pod" + uidUnit + ".slice/crio-conmon-" + id + ".scope",
		cgroup.Group{Unit: "crio-conmon-" + id + ".scope", Pod: uid},
	},
	{
		"kubelet with systemd, docker",
		"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + uidUnit + ".slice/docker-" + id + ".scope",
		cgroup.Group{Container: id, Runtime: "docker", Pod: uid},
	},
	{
		"kubelet with systemd, containerd without",
		"/system.slice/containerd.service/kubepods-besteffort-pod" + uidUnit + ".slice:cri-containerd:" + id,
		cgroup.Group{Unit: "containerd.service", Container: id, Runtime: "containerd", Pod: uid},
	},
	{"the same at the root", "/kubepods-pod" + uidUnit + ".slice:cri-containerd:" + id, cgroup.Group{Container: id, Runtime: "containerd", Pod: uid}},
	{"the same of CRI-O", "/kubepods-pod" + uidUnit + ".slice:crio:" + id, cgroup.Group{Container: id, Runtime: "cri-o", Pod: uid}},
	{"kubelet with cgroupfs", "/kubepods/besteffort/pod" + uid + "/" + id, cgroup.Group{Container: id, Pod: uid}},
	{"kubelet with cgroupfs, guaranteed", "/kubepods/pod" + uid + "/" + id, cgroup.Group{Container: id, Pod: uid}},
	{"kubelet with cgroupfs, CRI-O", "/kubepods/burstable/pod" + uid + "/crio-" + id, cgroup.Group{Container: id, Runtime: "cri-o", Pod: uid}},
	{"kubelet with cgroupfs, CRI-O's monitor", "/kubepods/burstable/pod" + uid + "/crio-conmon-" + id, cgroup.Group{Pod: uid}},
	{"static pod", "/kubepods/burstable/pod" + static + "/" + id, cgroup.Group{Container: id, Pod: static}},
	{"static pod with systemd", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + static + ".slice/crio-" + id + ".scope", cgroup.Group{Container: id, Runtime: "cri-o", Pod: static}},
	{"pod without container", "/kubepods.slice/kubepods-pod" + uidUnit + ".slice", cgroup.Group{Pod: uid}},
	{
		"kind", "/docker/" + other + "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod" +
			uidUnit + ".slice/cri-containerd-" + id + ".scope",
		cgroup.Group{Container: id, Runtime: "containerd", Pod: uid},
	},
	{"pod outside of the kubelet's groups", "/pod" + uid + "/" + id, cgroup.Group{Container: id}},
	{"pod without uid", "/kubepods/podman/" + id, cgroup.Group{Container: id}},

	{"podman", "/machine.slice/libpod-" + id + ".scope/container", cgroup.Group{Container: id, Runtime: "podman"}},
	{
		"podman without root", "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id + ".scope/container",
		cgroup.Group{Unit: "user@1000.service", Container: id, Runtime: "podman"},
	},
	{"podman's monitor", "/machine.slice/libpod-conmon-" + id + ".scope", cgroup.Group{Unit: "libpod-conmon-" + id + ".scope"}},
	{"podman with cgroupfs", "/libpod_parent/libpod-" + id + "/ctr", cgroup.Group{Container: id, Runtime: "podman"}},
	{"its monitor", "/libpod_parent/libpod-" + id + "/conmon", cgroup.Group{}},
	{"podman's pod", "/machine.slice/machine-libpod_pod_" + other + ".slice/libpod-" + id + ".scope", cgroup.Group{Container: id, Runtime: "podman"}},
	{"Quadlet", "/system.slice/web.service/libpod-payload-" + id, cgroup.Group{Unit: "web.service", Container: id, Runtime: "podman"}},
	{"Quadlet, below", "/system.slice/web.service/libpod-payload-" + id + "/init.scope", cgroup.Group{Unit: "init.scope", Container: id, Runtime: "podman"}},
	{"Quadlet's monitor", "/system.slice/web.service/runtime", cgroup.Group{Unit: "web.service"}},
	{
		"Quadlet of a user", "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/libpod-payload-" + id,
		cgroup.Group{Unit: "web.service", Manager: "user@1000.service", Container: id, Runtime: "podman"},
	},

	{"lxc", "/lxc.payload.web/system.slice/nginx.service", cgroup.Group{Unit: "nginx.service", Container: "web", Runtime: "lxc"}},
	{"lxc's init", "/lxc.payload.web-1/init.scope", cgroup.Group{Unit: "init.scope", Container: "web-1", Runtime: "lxc"}},
	{"lxc with a folder", "/lxc.payload/web", cgroup.Group{Container: "web", Runtime: "lxc"}},
	{"lxc's monitor", "/lxc.monitor.web", cgroup.Group{}},
	{"lxc's monitor with a folder", "/lxc.monitor/web", cgroup.Group{}},
	{"old lxc", "/lxc/web", cgroup.Group{Container: "web", Runtime: "lxc"}},
	{"proxmox", "/lxc/101/ns/system.slice/ssh.service", cgroup.Group{Unit: "ssh.service", Container: "101", Runtime: "lxc"}},
	{"lxc without a name", "/lxc.payload./lxc", cgroup.Group{}},

	{"nspawn", "/machine.slice/systemd-nspawn@build.service/payload", cgroup.Group{Unit: "systemd-nspawn@build.service", Container: "build", Runtime: "machine"}},
	{"nspawn with an escape", `/machine.slice/systemd-nspawn@my\x2dbox.service/supervisor`, cgroup.Group{Unit: `systemd-nspawn@my\x2dbox.service`, Container: "my-box", Runtime: "machine"}},
	{
		"systemd within nspawn", "/machine.slice/systemd-nspawn@deb.service/payload/system.slice/ssh.service",
		cgroup.Group{Unit: "ssh.service", Container: "deb", Runtime: "machine"},
	},
	{"machine", "/machine.slice/machine-vm1.scope", cgroup.Group{Container: "vm1", Runtime: "machine"}},
	{"machine with an escape", `/machine.slice/machine-my\x2dbox.scope`, cgroup.Group{Container: "my-box", Runtime: "machine"}},
	{"libvirt", `/machine.slice/machine-qemu\x2d1\x2dweb.scope/libvirt/emulator`, cgroup.Group{Container: "qemu-1-web", Runtime: "machine"}},
	{"escape of a slash", `/machine.slice/machine-a\x2fb\x00\x2.scope`, cgroup.Group{Container: `a\x2fb\x00\x2`, Runtime: "machine"}},
	{"machine without a name", "/machine.slice/machine-.scope", cgroup.Group{Unit: "machine-.scope"}},
}

func TestParse(t *testing.T) {
	for _, tt := range paths {
		tt.want.Path = tt.path
		if diff := cmp.Diff(tt.want, cgroup.Parse(tt.path)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
	}
}

func TestFromProc(t *testing.T) {
	for _, tt := range []struct{ name, file, path string }{
		{"unified", "0::/system.slice/a.service\n", "/system.slice/a.service"},
		{"unified before others", "5:devices:/x\n1:name=systemd:/y\n0::/z", "/z"},
		{"hybrid", "5:devices:/user.slice\n1:name=systemd:/system.slice/a.service\n0::/\n", "/system.slice/a.service"},
		{"version 1", "5:devices:/\n4:memory,x:/docker/" + id + "\n3:cpu:/other\n", "/docker/" + id},
		{"root", "0::/\n", "/"},
		{"removed", "0::/x.service (deleted)\n", "/x.service"},
		{"colons", "0::/a.slice:b:c\n", "/a.slice:b:c"},
		{"garbage", "x\n::\n0:\n0::relative\n", ""},
		{"empty", "", ""},
	} {
		if got := cgroup.FromProc([]byte(tt.file)).Path; got != tt.path {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.path)
		}
	}
}

func TestShortID(t *testing.T) {
	for name, want := range map[string]string{
		id: id[:12], "web": "web", "": "", id[1:]: id[1:], "X" + id[1:]: "X" + id[1:],
	} {
		if got := cgroup.ShortID(name); got != want {
			t.Errorf("ShortID(%q) = %q, want %q", name, got, want)
		}
	}
}

// TestAllocs checks that only names with escapes are copied.
func TestAllocs(t *testing.T) {
	for _, tt := range paths {
		want := 0.0
		if strings.Contains(tt.path, uidUnit) {
			want++
		}
		if strings.Contains(tt.want.Container+tt.want.Unit, `\x`) || strings.Contains(tt.path, `\x`) {
			want += 2
		}
		if got := testing.AllocsPerRun(10, func() { cgroup.Parse(tt.path) }); got > want {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, want)
		}
	}
}

// FuzzParse parses hostile paths: each name is a part of one element, or its unescaped form.
func FuzzParse(f *testing.F) {
	for _, tt := range paths {
		f.Add(tt.path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		g := cgroup.Parse(path)
		for _, name := range []string{g.Unit, g.Manager, g.Container, g.Pod} {
			if strings.Contains(name, "/") {
				t.Errorf("%q: %q has a slash", path, name)
			}
		}
		if !strings.Contains(path, g.Unit) || !strings.Contains(path, g.Manager) {
			t.Errorf("%q has unit %q of %q", path, g.Unit, g.Manager)
		}
		if !strings.Contains(path, `\x`) && !strings.Contains(path, g.Container) {
			t.Errorf("%q has container %q", path, g.Container)
		}
		if !strings.Contains(strings.ReplaceAll(path, "_", "-"), g.Pod) || strings.Trim(g.Pod, "0123456789abcdef-") != "" {
			t.Errorf("%q has pod %q", path, g.Pod)
		}
		if g.Container == "" && g.Runtime != "" || g.Unit == "" && g.Manager != "" {
			t.Errorf("%q: %+v", path, g)
		}
	})
}

// FuzzFromProc parses a hostile file: the path is a part of one of its lines.
func FuzzFromProc(f *testing.F) {
	f.Add([]byte("1:name=systemd:/user@1.service/a.slice/b.scope (deleted)\n0::/\n"))
	f.Add([]byte("x\n::\n0:\n0::relative\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		path := cgroup.FromProc(file).Path
		if strings.Contains(path, "\n") || !strings.Contains(string(file), path) || path != "" && path[0] != '/' {
			t.Errorf("%q has path %q", file, path)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		cgroup.Parse("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uidUnit + ".slice/cri-containerd-" + id + ".scope")
	}
}
