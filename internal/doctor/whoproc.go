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

// processes knows who holds a few sockets, and what they are.
type processes struct {
	index *owner.Index
	err   error
}

// search looks for the processes that hold these sockets alone.
func (p *processes) search(ctx context.Context, inodes []uint32) {
	slices.Sort(inodes)
	p.index, p.err = owner.Scan(ctx, &owner.Config{Wanted: slices.Compact(inodes), Tasks: owner.TasksPrivate})
}

// holder returns the first process that holds a socket and how all of them are called; nil if none is known.
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

// mostCommand is how much of a command line is shown.
const mostCommand = 300

// command returns a command line as a shell would take it.
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

// describe adds what is known of a process.
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
		q.add(level, folder+"cgroup", "part of %s: systemctl status %s", g.Unit, shellWord(g.Unit))
	}
	if p.PID == 1 {
		q.add(level, folder+"stat",
			"process 1 holds sockets for services that are not started yet: systemctl list-sockets")
	}
	if to := proxied(p.Cmdline()); to != "" {
		q.add(level, folder+"cmdline", "docker-proxy hands its connections on to %s", to)
	}
}

// proxied returns where a docker-proxy forwards to, as its command line says, "" for others.
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
