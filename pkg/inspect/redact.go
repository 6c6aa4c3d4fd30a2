package inspect

import (
	"fmt"
	"path"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// A Redactor replaces a name in place, equal ones by equal ones, as that of package redact.
//
// With it a recording has no command lines. Of other names only those of programs remain, as the kernel has
// them (15 bytes); a process can choose its own.
type Redactor interface {
	Name(name []byte)
}

// A hider replaces names if there is a Redactor.
type hider struct{ Redactor }

func (h hider) hides() bool { return h.Redactor != nil }

// name hides a name unless it is the given one, which every host has.
func (h hider) name(name, common string) string {
	if !h.hides() || name == common {
		return name
	}
	b := []byte(name)
	h.Name(b)
	return string(b)
}

// groupName is the number of letters that replace the path of a control group.
const groupName = 12

// group hides the path of a control group. The type of the unit (service, scope, ...) remains.
func (h hider) group(full string) string {
	if !h.hides() || full == "" || full == "/" {
		return full
	}
	b := fmt.Appendf(nil, "/%-*s", groupName, full)
	h.Name(b)
	return string(b[:1+groupName]) + path.Ext(cgroup.Parse(full).Unit)
}
