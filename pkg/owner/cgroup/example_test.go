//go:build linux

package cgroup_test

import (
	"fmt"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

func ExampleParse() {
	g := cgroup.Parse("/system.slice/web.service/libpod-payload-" + id)
	fmt.Println(g.Unit, g.Runtime, cgroup.ShortID(g.Container))

	g = cgroup.Parse(`/machine.slice/machine-my\x2dbox.scope`)
	fmt.Println(g.Container)
	// Output:
	// web.service podman 0123456789ab
	// my-box
}

func ExampleFromProc() {
	g := cgroup.FromProc([]byte("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app.service\n"))
	fmt.Println(g.Unit, "of", g.Manager)
	// Output: app.service of user@1000.service
}
