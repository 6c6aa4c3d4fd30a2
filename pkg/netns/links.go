//go:build linux

package netns

import (
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// maxLinks is the number of links that are followed in a directory of `ip netns`.
const maxLinks = 4 << 10

// localLinks adds the namespaces that symbolic links in the directories of `ip netns` point to, such as
// /run/netns/web -> /proc/77/ns/net: `ip netns exec web` follows them. The directories are those of the
// caller's mount namespace, so that whatever can create a link there can mount as well. Dangling links are
// skipped.
func (f *finder) localLinks() {
	if f.proc != "/proc" { // else it may be of another host
		return
	}
	seen := map[[2]uint64]bool{} // /var/run is a link to /run on most hosts
	for _, folder := range folders {
		var st unix.Stat_t
		if unix.Stat(folder, &st) != nil {
			continue
		}
		id := [2]uint64{uint64(st.Dev), st.Ino} //nolint:unconvert // uint32 on MIPS
		if seen[id] {
			continue
		}
		seen[id] = true
		f.links(folder)
	}
}

// links adds those of one directory.
func (f *finder) links(folder string) {
	dir, err := os.Open(folder)
	if err != nil {
		return
	}
	defer dir.Close()                //nolint:errcheck // read-only
	list, _ := dir.ReadDir(maxLinks) // errors: the rest is skipped
	for _, entry := range list {
		if entry.Type()&os.ModeSymlink == 0 {
			continue
		}
		name := path.Join(folder, entry.Name())
		r := route{kind: byPath, path: name}
		if inode, err := f.opener.inode(&r); err == nil {
			f.found(inode, r).addName(Name{Name: name, Path: name})
		}
	}
}

// inode returns the inode of the namespace of a route.
func (o *opener) inode(r *route) (uint64, error) {
	fd, err := o.open(r, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd) //nolint:errcheck // read-only
	return inodeOf(fd)
}
