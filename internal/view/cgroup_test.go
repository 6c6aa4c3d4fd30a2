package view

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

func TestCgroupNames(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	const short = "0123456789ab"
	for _, tt := range []struct{ path, unit, container, pod string }{
		{"/", "", "", ""},
		{"/system.slice/sshd.service", "sshd.service", "", ""},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/foot.scope", "foot.scope", "", ""},
		{"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", "", ""},
		{"/system.slice/docker-" + id + ".scope", "", short, ""},
		{"/docker/" + id, "", short, ""},
		{"/machine.slice/libpod-" + id + ".scope/container", "", short, ""},
		{"/system.slice/containerd.service/k8s.io/" + id, "containerd.service", short, ""},
		{
			"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0a1b2c3d_0000_1111_2222_333344445555.slice/cri-containerd-" + id + ".scope",
			"", short, "0a1b2c3d-0000-1111-2222-333344445555",
		},
		{"/kubepods/besteffort/pod0a1b2c3d-0000-1111-2222-333344445555/" + id, "", short, "0a1b2c3d-0000-1111-2222-333344445555"},
		{"/lxc.payload.web/system.slice/nginx.service", "nginx.service", "web", ""},
		{"/lxc/web", "", "web", ""},
		{"/machine.slice/systemd-nspawn@build.service/payload", "systemd-nspawn@build.service", "build", ""},
		{"/machine.slice/machine-vm1.scope", "", "vm1", ""},
	} {
		if got := Unit(tt.path); got != tt.unit {
			t.Errorf("Unit(%q) = %q, want %q", tt.path, got, tt.unit)
		}
		if got := Container(tt.path); got != tt.container {
			t.Errorf("Container(%q) = %q, want %q", tt.path, got, tt.container)
		}
		if got := Pod(tt.path); got != tt.pod {
			t.Errorf("Pod(%q) = %q, want %q", tt.path, got, tt.pod)
		}
	}
}

// FuzzCgroupNames takes names out of hostile paths: each is part of one element.
func FuzzCgroupNames(f *testing.F) {
	id := strings.Repeat("0123456789abcdef", 4)
	for _, path := range []string{
		"/system.slice/docker-" + id + ".scope", "/lxc/web", "/lxc.payload.web/a.service", "slice:cri-containerd:" + id,
		"/kubepods.slice/kubepods-pod0a1b2c3d_0000_1111_2222_333344445555.slice", "kubepods", "/lxc//", "//",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		unit, container, pod := Unit(path), Container(path), Pod(path)
		for _, name := range []string{unit, container} {
			if strings.Contains(name, "/") || !strings.Contains(path, name) {
				t.Errorf("%q has unit %q, container %q", path, unit, container)
			}
		}
		if strings.Contains(pod, "/") || !strings.Contains(strings.ReplaceAll(path, "_", "-"), pod) {
			t.Errorf("%q has pod %q", path, pod)
		}
	})
}

// group is a control group of which every socket is.
type group string

func (g group) Path(uint64) string { return string(g) }

// TestContainerField checks that filters know a container by its whole id too, as runtimes print it.
func TestContainerField(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	s := Socket{Row: &inspect.Row{
		Socket: &diag.Socket{Has: diag.HasCgroup},
		Joins:  &inspect.Joins{Cgroups: group("/system.slice/docker-" + id + ".scope")},
	}}
	for _, f := range Sockets(&names.Names{}).Fields {
		if f.Name != "container" {
			continue
		}
		values := f.Values(&s, nil)
		if len(values) != 2 || string(values[0].Append(nil)) != id[:12] || string(values[1].Append(nil)) != id {
			t.Errorf("container is one of %v, want the short id and the whole one", values)
		}
		return
	}
	t.Error("filters do not know containers")
}
