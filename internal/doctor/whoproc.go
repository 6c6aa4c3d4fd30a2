package doctor

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nlstat/nlstat/pkg/owner"
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

// holder returns the first process that holds a socket and the title of all; nil if none is known.
func (p *processes) holder(inode uint32) (first *owner.Process, called string) {
	if p.index == nil || inode == 0 {
		return nil, ""
	}
	refs := p.index.Owners(inode)
	if len(refs) == 0 {
		return nil, ""
	}
	first = p.index.Process(refs[0].PID)
	return first, title(refs, first.Name())
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
		started = "started " + seconds(time.Since(at)) + " ago"
	}
	if chain != "" {
		started = strings.TrimPrefix(started+", child of "+chain, ", ")
	}
	if started != "" {
		q.add(level, folder+"stat", "%s", started)
	}
	g := p.Cgroup()
	switch {
	case g.Container != "":
		q.add(level, folder+"cgroup", "in the %s container %s", strings.TrimSpace(g.Runtime), g.Container)
	case g.Unit != "":
		q.add(level, folder+"cgroup", "part of %s: systemctl status %s", g.Unit, operand(g.Unit))
	}
	if p.PID == 1 {
		q.add(level, folder+"stat",
			"process 1 holds sockets for services that are not started yet: systemctl list-sockets")
	}
	if to := proxied(p.Cmdline()); to != "" {
		q.add(level, folder+"cmdline", "docker-proxy forwards its connections to %s", to)
	}
}

// proxied returns the target of a docker-proxy from its command line, "" for other programs.
func proxied(cmdline []byte) string {
	words := strings.Split(string(cmdline), "\x00")
	if !strings.HasSuffix(words[0], "docker-proxy") {
		return ""
	}
	value := func(name string) string {
		if i := slices.Index(words, name); i >= 0 && i+1 < len(words) {
			return words[i+1]
		}
		return ""
	}
	addr, port := value("-container-ip"), value("-container-port")
	if addr == "" || port == "" {
		return ""
	}
	return addr + ":" + port
}
