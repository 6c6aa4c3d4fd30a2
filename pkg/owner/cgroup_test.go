package owner_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/pkg/owner"
)

const podUID = "0123abcd_0123_4567_89ab_0123456789ab"

// plain is a Cgroup with strings, for comparing.
type plain struct{ Path, Unit, UserUnit, Container, Runtime, Pod string }

func plainOf(c owner.Cgroup) plain {
	return plain{string(c.Path), string(c.Unit), string(c.UserUnit), string(c.Container), c.Runtime, string(c.Pod)}
}

func TestParseCgroup(t *testing.T) {
	id := strings.Repeat("a1", 32)
	tests := []struct {
		name, file string
		want       plain
	}{
		{"service", "0::/system.slice/ssh.service\n", plain{Path: "/system.slice/ssh.service", Unit: "ssh.service"}},
		{"below a service", "0::/system.slice/a.service/sub:x\n", plain{Path: "/system.slice/a.service/sub:x", Unit: "a.service"}},
		{"session", "0::/user.slice/user-1000.slice/session-3.scope\n", plain{Path: "/user.slice/user-1000.slice/session-3.scope", Unit: "session-3.scope"}},
		{
			"user", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.service\n",
			plain{Path: "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.service", Unit: "user@1000.service", UserUnit: "app-x.service"},
		},
		{"root", "0::/\n", plain{Path: "/"}},
		{"escaped", "0::/_cpu.service", plain{Path: "/_cpu.service", Unit: "cpu.service"}},
		{"ended", "0::/x.service (deleted)\n", plain{Path: "/x.service", Unit: "x.service"}},
		{
			"hybrid", "5:devices:/user.slice\n1:name=systemd:/system.slice/a.service\n0::/\n",
			plain{Path: "/system.slice/a.service", Unit: "a.service"},
		},
		{"v1", "4:memory,x:/docker/" + id + "\n", plain{Path: "/docker/" + id, Container: id, Runtime: "docker"}},
		{
			"docker", "0::/system.slice/docker-" + id + ".scope\n",
			plain{Path: "/system.slice/docker-" + id + ".scope", Unit: "docker-" + id + ".scope", Container: id, Runtime: "docker"},
		},
		{
			"kubernetes", "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + podUID + ".slice/cri-containerd-" + id + ".scope\n",
			plain{
				Path: "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + podUID + ".slice/cri-containerd-" + id + ".scope",
				Unit: "cri-containerd-" + id + ".scope", Container: id, Runtime: "containerd", Pod: podUID,
			},
		},
		{
			"kubernetes without systemd", "0::/kubepods/besteffort/pod" + podUID + "/" + id + "\n",
			plain{Path: "/kubepods/besteffort/pod" + podUID + "/" + id, Container: id, Pod: podUID},
		},
		{
			"containerd's colons", "0::/kubepods-pod" + podUID + ".slice:cri-containerd:" + id + "\n",
			plain{Path: "/kubepods-pod" + podUID + ".slice:cri-containerd:" + id, Container: id, Runtime: "containerd"},
		},
		{
			"watcher", "0::/machine.slice/libpod-conmon-" + id + ".scope\n",
			plain{Path: "/machine.slice/libpod-conmon-" + id + ".scope", Unit: "libpod-conmon-" + id + ".scope"},
		},
		{
			"podman", "0::/machine.slice/libpod-" + id + ".scope/container\n",
			plain{Path: "/machine.slice/libpod-" + id + ".scope/container", Unit: "libpod-" + id + ".scope", Container: id, Runtime: "podman"},
		},
		{"lxc", "0::/lxc.payload.web/init.scope\n", plain{Path: "/lxc.payload.web/init.scope", Unit: "init.scope", Container: "web", Runtime: "lxc"}},
		{"old lxc", "3:cpu:/lxc/web\n", plain{Path: "/lxc/web", Container: "web", Runtime: "lxc"}},
		{
			"nspawn", "0::/machine.slice/systemd-nspawn@deb.service/payload\n",
			plain{Path: "/machine.slice/systemd-nspawn@deb.service/payload", Unit: "systemd-nspawn@deb.service", Container: "deb", Runtime: "machine"},
		},
		{"garbage", "x\n::\n0:\n0::relative\n", plain{}},
		{"empty", "", plain{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, plainOf(owner.ParseCgroup([]byte(tt.file)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func FuzzParseCgroup(f *testing.F) {
	f.Add([]byte("0::/kubepods/pod" + podUID + "/docker-" + strings.Repeat("f", 64) + ".scope\n"))
	f.Add([]byte("1:name=systemd:/user@1.service/a.slice/b.scope (deleted)\n0::/\n"))
	f.Add([]byte("0::/machine-.scope/lxc/\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		c := owner.ParseCgroup(file)
		for _, part := range [][]byte{c.Unit, c.UserUnit, c.Container, c.Pod} {
			if !bytes.Contains(c.Path, part) {
				t.Errorf("%q is not part of %q", part, c.Path)
			}
		}
		if !bytes.Contains(file, c.Path) {
			t.Errorf("path %q is not in the file", c.Path)
		}
	})
}
