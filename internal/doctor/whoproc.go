package doctor

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/owner"
	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// processes are the owners of a few sockets.
type processes struct {
	index *owner.Index
	err   error
}

// search finds the processes that hold these sockets.
func (p *processes) search(ctx context.Context, inodes []uint32) {
	slices.Sort(inodes)
	p.index, p.err = owner.Scan(ctx, &owner.Config{Wanted: slices.Compact(inodes), Tasks: owner.TasksPrivate})
}

// holders returns the processes that hold a socket. Service managers are last: they keep sockets that they
// hand on.
func (p *processes) holders(inode uint32) (list []*owner.Process) {
	if p.index == nil || inode == 0 {
		return nil
	}
	var managers []*owner.Process
	last := int32(-1)
	for _, ref := range p.index.Owners(inode) { // by ascending process
		switch process := p.index.Process(ref.PID); {
		case ref.PID == last:
		case manages(process):
			managers = append(managers, process)
		default:
			list = append(list, process)
		}
		last = ref.PID
	}
	return append(list, managers...)
}

// manages reports whether a process is a service manager, which opens sockets for services that it starts.
func manages(p *owner.Process) bool { return string(p.Comm()) == "systemd" }

// called names processes: "nginx/7", "sshd/812 and systemd/1", "nginx/7 +5".
func called(list []*owner.Process) string {
	text := fmt.Sprintf("%s/%d", list[0].Name(), list[0].PID)
	switch n := len(list); n {
	case 1:
		return text
	case 2:
		return fmt.Sprintf("%s and %s/%d", text, list[1].Name(), list[1].PID)
	default:
		return fmt.Sprintf("%s +%d", text, n-1)
	}
}

// mostCommand is the number of bytes of a command line that are shown.
const mostCommand = 300

// command returns a command line, quoted for a shell.
func command(p *owner.Process) string {
	if len(p.Cmdline()) == 0 {
		return ""
	}
	var words []string
	for word := range bytes.SplitSeq(bytes.TrimSuffix(p.Cmdline(), []byte{0}), []byte{0}) {
		words = append(words, shellWord(string(word)))
	}
	text := strings.Join(words, " ")
	if len(text) > mostCommand {
		text = strings.ToValidUTF8(text[:mostCommand], "") + "…"
	}
	return text
}

// describe adds the details of a process.
func (q *inquiry) describe(level int, p *owner.Process) {
	folder := fmt.Sprintf("/proc/%d/", p.PID)
	if text := command(p); text != "" {
		q.add(level, folder+"cmdline", "command line: %s", text)
	}
	started, chain := "", p.Ancestry()
	if at, ok := p.Started(); ok {
		started = "started " + length(time.Since(at)) + " ago"
	}
	if chain != "" {
		started = strings.TrimPrefix(started+", child of "+chain, ", ")
	}
	if started != "" {
		q.add(level, folder+"stat", "%s", started)
	}
	switch g := p.Cgroup(); {
	case g.Container != "":
		q.add(level, folder+"cgroup", "in the %s", q.container(&g))
	case g.Unit != "" && !manages(p):
		q.add(level, folder+"cgroup", "part of %s: systemctl status %s", g.Unit, shellWord(g.Unit))
	}
	if to := proxied(p.Cmdline()); to.IsValid() {
		q.add(level, folder+"cmdline", "docker-proxy forwards its connections to %v", to)
		q.handed = append(q.handed, to)
	}
}

// container names a container: "docker container web (0123456789ab)".
func (q *inquiry) container(g *cgroup.Group) string {
	name, id := "", cgroup.ShortID(g.Container)
	_ = q.session.Each(q.ctx, func(p *inspect.Place) error {
		name = p.ContainerName(g.Container)
		return nil
	}) // without a namespace there is no name
	if name != "" {
		id = fmt.Sprintf("%s (%s)", name, id)
	}
	if g.Pod != "" {
		id += " of the pod " + g.Pod
	}
	return strings.TrimSpace(g.Runtime + " container " + id)
}

// unit returns the socket unit that a socket was opened for: systemd does so in the unit's control group.
func (q *inquiry) unit(row *inspect.Row) string {
	if row.Has&diag.HasCgroup == 0 {
		return ""
	}
	if q.groups == nil {
		_ = q.session.Each(q.ctx, func(p *inspect.Place) error {
			q.groups = p.Cgroups()
			return nil
		}) // without them the unit is not known
	}
	if g := cgroup.Parse(q.groups[row.Cgroup]); strings.HasSuffix(g.Unit, ".socket") {
		return g.Unit
	}
	return ""
}

// activation adds which socket unit a socket belongs to, and whether its service runs.
func (q *inquiry) activation(level int, row *inspect.Row, first *owner.Process) {
	if unit := q.unit(row); unit != "" {
		q.add(level, fromSockets, "opened for the socket unit %s: systemctl status %s", unit, shellWord(unit))
	}
	if manages(first) { // and nobody else holds it
		q.add(level, fmt.Sprintf("/proc/%d/stat", first.PID), "systemd keeps it for a service that is not started "+
			"yet: systemctl list-sockets")
	}
}

// proxied returns where a docker-proxy forwards to, as its command line says, invalid for others.
func proxied(cmdline []byte) (to netip.AddrPort) {
	words := strings.Split(string(cmdline), "\x00")
	if !strings.HasSuffix(words[0], "docker-proxy") {
		return to
	}
	value := func(name string) string {
		if i := slices.Index(words, name); i >= 0 && i+1 < len(words) {
			return words[i+1]
		}
		return ""
	}
	addr, err := netip.ParseAddr(value("-container-ip"))
	port, bad := strconv.ParseUint(value("-container-port"), 10, 16)
	if err != nil || bad != nil {
		return to
	}
	return netip.AddrPortFrom(addr, uint16(port))
}
