//go:build linux

package inspect

import (
	"fmt"
	"path"

	"github.com/nlstat/nlstat/pkg/owner/cgroup"
)

// A Redactor replaces a name in place, the same by the same. That of package redact is one.
//
// With it a recording has no command lines, and of other names those of programs as the kernel keeps them,
// 15 bytes: they are what a report is about. A process may have given itself any.
type Redactor interface {
	Name(name []byte)
}

// A hider replaces names if there is a Redactor.
type hider struct{ Redactor }

func (h hider) hides() bool { return h.Redactor != nil }

// name hides a name, unless it is the one that every host has.
func (h hider) name(name, common string) string {
	if !h.hides() || name == common {
		return name
	}
	b := []byte(name)
	h.Name(b)
	return string(b)
}

// groupName is how many letters are left of the path of a control group.
const groupName = 12

// group hides the path of a control group. What remains is whether it is a service, a scope or another unit.
func (h hider) group(full string) string {
	if !h.hides() || full == "" || full == "/" {
		return full
	}
	b := fmt.Appendf(nil, "/%-*s", groupName, full)
	h.Name(b)
	return string(b[:1+groupName]) + path.Ext(cgroup.Parse(full).Unit)
}
