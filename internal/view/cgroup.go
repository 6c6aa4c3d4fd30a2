package view

import (
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/render"
)

// cgroupColumns say where the socket was made.
var cgroupColumns = [...]render.Column[Socket]{
	{
		Key: "cgroup", Title: "CGROUP", Kind: render.String, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 16, Cut: render.CutStart},
		Help:  "Path of the control group (version 2) in which the socket was made. Since Linux 5.8.",
		Value: func(s *Socket) render.Value { return render.Name(s.CgroupPath()) },
	},
	{
		Key: "unit", Title: "UNIT", Kind: render.String, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 12},
		Help:  "systemd unit in which the socket was made, from the control group.",
		Value: func(s *Socket) render.Value { return render.Name(Unit(s.CgroupPath())) },
	},
	{
		Key: "container", Title: "CONTAINER", Kind: render.String, Needs: inspect.NeedCgroup,
		Fit: render.Fit{Min: 12},
		Help: "Container in which the socket was made, from the control group: the first twelve digits of " +
			"its id, or its name where the runtime uses that.",
		Value: func(s *Socket) render.Value { return render.Name(Container(s.CgroupPath())) },
	},
	{
		Key: "pod", Title: "POD", Kind: render.String, Needs: inspect.NeedCgroup,
		Fit:   render.Fit{Min: 12},
		Help:  "Kubernetes pod in which the socket was made, from the control group: its uid.",
		Value: func(s *Socket) render.Value { return render.Name(Pod(s.CgroupPath())) },
	},
}

// Unit returns the innermost systemd unit of a control group's path that is not a container's scope.
func Unit(path string) string { return cgroup.Parse(path).Unit }

// Container returns the innermost container of a control group's path, its id shortened.
func Container(path string) string { return ShortID(container(path)) }

// container is the same with the whole id.
func container(path string) string { return cgroup.Parse(path).Container }

// ShortID shortens the id of a container as its runtime does; other names stay as they are.
func ShortID(name string) string { return cgroup.ShortID(name) }

// Pod returns the uid of the Kubernetes pod of a control group's path.
func Pod(path string) string { return cgroup.Parse(path).Pod }
