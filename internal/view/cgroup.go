package view

import (
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/render"
)

// cgroupColumns are the control group that the socket was created in.
var cgroupColumns = [...]render.Column[Socket]{
	{
		Key: "cgroup", Title: "CGROUP", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 16, Cut: render.CutStart},
		Help:  "Path of the control group (v2) in which the socket was created. Since Linux 5.8.",
		Value: func(s *Socket) render.Value { return s.group(groupPath) },
	},
	{
		Key: "unit", Title: "UNIT", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 12, Drop: 4},
		Help:  "systemd unit in which the socket was created, from the control group.",
		Value: func(s *Socket) render.Value { return s.group(groupUnit) },
	},
	{
		Key: "container", Title: "CONTAINER", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedCgroup,
		Fit: render.Fit{Min: 12},
		Help: "Container in which the socket was created, from the control group: its name, or the first twelve " +
			"digits of its id if the files of the runtime do not have the name.",
		Value: func(s *Socket) render.Value { return render.Name(s.Container()) },
	},
	{
		Key: "pod", Title: "POD", Kind: render.KindString, Type: render.TypeText, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 12},
		Help:  "Kubernetes pod in which the socket was created, from the control group: its uid.",
		Value: func(s *Socket) render.Value { return s.group(groupPod) },
	},
}

// group returns a property of a socket's control group, absent if it has none or the group is unknown.
func (s *Socket) group(part func(*cgroup.Group) string) render.Value {
	g := s.Group()
	if g == nil {
		return render.Value{}
	}
	return render.Name(part(g))
}

func groupPath(g *cgroup.Group) string { return g.Path }
func groupUnit(g *cgroup.Group) string { return g.Unit }
func groupPod(g *cgroup.Group) string  { return g.Pod }
