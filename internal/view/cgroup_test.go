package view

import (
	"strings"
	"testing"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/render"
)

func TestCgroupNames(t *testing.T) {
	const id, short = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789ab"
	const pod = "0a1b2c3d_0000_1111_2222_333344445555"
	for _, tt := range []struct{ path, unit, container, pod string }{
		{"", "", "", ""},
		{"/system.slice/web.service/libpod-payload-" + id, "web.service", short, ""},
		{`/machine.slice/machine-my\x2dbox.scope`, "", "my-box", ""},
		{"/kubepods-pod" + pod + ".slice:cri-containerd:" + id, "", short, strings.ReplaceAll(pod, "_", "-")},
	} {
		s := inGroup(tt.path)
		for key, want := range map[string]string{"unit": tt.unit, "container": tt.container, "pod": tt.pod} {
			v := cgroupColumns[render.Find(cgroupColumns[:], key)].Value(s)
			if got := string(v.Append(nil)); got != want {
				t.Errorf("%s of %q is %q, want %q", key, tt.path, got, want)
			}
		}
	}
}

// group is a control group of which every socket is.
type group string

func (g group) Group(uint64) *cgroup.Group { parsed := cgroup.Parse(string(g)); return &parsed }
func (g group) Whole() bool                { return true }

func inGroup(path string) *Socket {
	return &Socket{Row: &inspect.Row{
		Socket: &diag.Socket{Has: diag.HasCgroup}, Joins: &inspect.Joins{Cgroups: group(path)},
	}}
}

// called is the name of every container.
type called string

func (c called) Name(string) string { return string(c) }

// TestContainerField checks that filters know a container by its whole id too, as runtimes print it.
func TestContainerField(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	s := inGroup("/system.slice/docker-" + id + ".scope")
	for _, f := range Sockets(&names.Names{}).Fields {
		if f.Name != "container" {
			continue
		}
		values := f.Values(s, nil)
		if len(values) != 2 || string(values[0].Append(nil)) != id[:12] || string(values[1].Append(nil)) != id {
			t.Errorf("container is one of %v, want the short id and the whole one", values)
		}
		s.Joins.Containers = called("cache")
		values = f.Values(s, nil)
		if len(values) != 3 || string(values[2].Append(nil)) != "cache" || s.Container() != "cache" {
			t.Errorf("container is one of %v, want the name too", values)
		}
		return
	}
	t.Error("filters do not know containers")
}

// TestUnitField checks that filters know a service without its suffix.
func TestUnitField(t *testing.T) {
	for path, want := range map[string]string{"/system.slice/web.service": "web.service web", "/a.slice/b.scope": "b.scope"} {
		var got []string
		for _, v := range unitValues(inGroup(path).Group(), nil) {
			got = append(got, string(v.Append(nil)))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
