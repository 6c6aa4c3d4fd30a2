//go:build linux

package owner

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// The field of the parent in /proc/PID/stat: see proc(5).
const statParent = 4

// Parent returns the id of the process's parent, which may not be the one that started it: when a process
// ends, its children get another parent. It is 0 if there is none or it is unknown.
func (p *Process) Parent() int32 {
	fields := bytes.Fields(p.Stat()[bytes.LastIndexByte(p.Stat(), ')')+1:])
	if len(fields) <= statParent-statState {
		return 0
	}
	pid, err := strconv.ParseInt(string(fields[statParent-statState]), 10, 32)
	if err != nil || pid < 0 {
		return 0
	}
	return int32(pid)
}

// mostParents is the maximum number of parents that are returned.
const mostParents = 12

// Ancestry returns the parents of the process, the nearest first: "bash/11 < sshd/5 < systemd/1". It ends
// before one that has ended or is in another pid namespace.
func (p *Process) Ancestry() string {
	var chain []string
	for pid := p.Parent(); pid > 0 && len(chain) < mostParents; {
		parent := p.index.Process(pid)
		if len(parent.Comm()) == 0 {
			break
		}
		chain = append(chain, string(parent.Comm())+"/"+strconv.Itoa(int(pid)))
		pid = parent.Parent()
	}
	return strings.Join(chain, " < ")
}

// Started returns when the process started, in steps of 10 ms. ok is false if it is unknown.
func (p *Process) Started() (at time.Time, ok bool) {
	start, ok := startTicks(p.Stat())
	now := bootTicks()
	if !ok || now < start {
		return time.Time{}, false
	}
	return time.Now().Add(-time.Duration(now-start) * nanosTick), true
}
