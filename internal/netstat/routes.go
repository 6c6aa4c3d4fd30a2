package netstat

import (
	"context"

	"golang.org/x/sys/unix"
)

// noRoutes is the output of -r for a family without routes: messages and the status.
type noRoutes struct {
	path   string // perror: why this file could not be opened
	stdout string
	stderr string
	code   status
}

// routeless returns the families that the reference knows and kernels do not have, with its messages.
func routeless() map[string]noRoutes {
	return map[string]noRoutes{
		"unix":      {stderr: "No routing for address family `unix'.", code: statusUsage},
		"ash":       {stderr: "No routing for address family `ash'.", code: statusUsage},
		"ec":        {stderr: "No routing for address family `ec'.", code: statusUsage},
		"bluetooth": {stderr: "Address family `bluetooth' not supported.", code: statusUsage},
		"ax25":      {procRoot + "/net/ax25_route", "AX.25 not configured in this system.", "", statusMissing},
		"netrom":    {procRoot + "/net/nr_nodes", "NET/ROM not configured in this system.", "", statusMissing},
		"rose":      {procRoot + "/net/rose_nodes", "", "ROSE not configured in this system.", statusMissing},
		"x25":       {"", "X.25 not configured in this system.", "", statusMissing},
		"ipx": {
			stdout: "IPX routing not in file /proc/net/ipx/route or /proc/net/ipx_route found.",
			stderr: "No such file or directory", code: statusMissing,
		},
		"ddp": {
			stderr: "Error opening /proc/net/atalk_route: No such file or directory\n" +
				"DDP (AppleTalk) not configured on this system.",
			code: statusMissing,
		},
	}
}

// routeTables prints -r: one table for each named family, in that order, repeatedly with -c.
func (t *tool) routeTables(ctx context.Context) status {
	families := t.families
	if len(families) == 0 {
		families = []string{"inet"}
	}
	return t.rounds(func() status {
		for _, f := range families {
			if code := t.routeFamily(ctx, f); code != statusOK {
				return code
			}
		}
		return statusOK
	})
}

// routeFamily prints routes and, if requested, the former route cache.
func (t *tool) routeFamily(ctx context.Context, family string) status {
	fib, cache := t.routes4, t.cache4
	switch family {
	case "inet":
	case "inet6":
		fib, cache = t.routes6, t.cache6
	default:
		return t.noRoutes(routeless()[family])
	}
	if t.given('F') || !t.given('C') {
		if code := fib(ctx); code != statusOK {
			return code
		}
	}
	if t.given('C') {
		cache()
	}
	return statusOK
}

func (t *tool) noRoutes(n noRoutes) status {
	if n.path != "" {
		t.perror(n.path, unix.ENOENT)
	}
	if n.stderr != "" {
		t.complain("%s\n", n.stderr)
	}
	if n.stdout != "" {
		t.out.text(n.stdout + "\n")
	}
	return n.code
}

// numericRoutes reports whether routes are shown without names: -N is included.
func (t *tool) numericRoutes() bool { return t.numericHosts() || t.given('N') }
