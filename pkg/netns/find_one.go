package netns

import (
	"os"
	"slices"
	"strconv"
	"syscall"
)

// Find returns the namespace that name stands for: one of its names, the number of a process in it, a
// path that leads to it, or "self" for that of this process.
func Find(spaces []Namespace, name string) (*Namespace, bool) {
	for i := range spaces {
		if slices.Contains(spaces[i].Names, name) || spaces[i].String() == name {
			return &spaces[i], true
		}
	}
	path := name
	if name == "self" {
		path = "/proc/self/ns/net"
	} else if _, err := strconv.ParseUint(name, 10, 31); err == nil {
		path = "/proc/" + name + "/ns/net"
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, false
	}
	i := slices.IndexFunc(spaces, func(n Namespace) bool { return n.Inode == st.Ino })
	if i < 0 {
		return nil, false
	}
	return &spaces[i], true
}
