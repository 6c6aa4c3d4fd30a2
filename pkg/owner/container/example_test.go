//go:build linux

package container_test

import (
	"fmt"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
	"github.com/nlstat/nlstat/pkg/owner/container"
)

// The name of the container of a control group.
func Example() {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	g := cgroup.Parse("/system.slice/docker-" + id + ".scope")
	names := container.New(container.Config{})
	if info := names.Lookup(g.Container); info.Name != "" {
		fmt.Println(info.Name, info.Image)
	} else { // unknown to the runtimes of this host
		fmt.Println(g.Runtime, cgroup.ShortID(g.Container))
	}
	// Output: docker 0123456789ab
}
