package ss

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// cgroupNames turns ids of control groups into paths below the mount point of their hierarchy.
type cgroupNames struct {
	complain func(string)
	known    map[uint64]string
	mount    string
	walked   bool
}

// handleKernfs is the type of the file handles of kernfs, which are the id (FILEID_KERNFS).
const handleKernfs = 0xfe

// append appends the path of a control group, or its id for one that cannot be found. Ids that the
// walk over the hierarchy has not seen are looked up one by one.
func (n *cgroupNames) append(b []byte, id uint64) []byte {
	b = append(b, " cgroup:"...)
	if !n.walked {
		n.walked = true
		n.walk()
	}
	path, ok := n.known[id]
	if !ok {
		if path = n.open(id); path == "" {
			return appendHex(append(b, "unreachable:"...), id)
		}
		n.known[id] = path
	}
	return append(b, path...)
}

// walk notes the id of every control group, which is the inode of its directory.
func (n *cgroupNames) walk() {
	n.known = map[uint64]string{}
	if n.mount = cgroupMount(); n.mount == "" {
		n.complain(noCgroupMount)
		return
	}
	// control groups that cannot be read are shown by their ids
	_ = filepath.WalkDir(n.mount, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil //nolint:nilerr // the walk goes on with the next
		}
		var st unix.Stat_t
		if unix.Lstat(path, &st) == nil {
			n.known[st.Ino] = n.below(path)
		}
		return nil
	})
}

// below returns a path relative to the mount point.
func (n *cgroupNames) below(path string) string {
	rest := strings.TrimPrefix(path, n.mount)
	if rest == "" {
		return "/"
	}
	return rest
}

// open finds a control group by its file handle, which needs CAP_DAC_READ_SEARCH.
func (n *cgroupNames) open(id uint64) string {
	if n.mount == "" {
		n.complain(noCgroupMount)
		return ""
	}
	dir, err := unix.Open(n.mount, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		n.complain("Failed to open cgroup2 mount\n")
		return ""
	}
	defer func() { _ = unix.Close(dir) }() // read-only
	handle := unix.NewFileHandle(handleKernfs, binary.NativeEndian.AppendUint64(nil, id))
	fd, err := unix.OpenByHandleAt(dir, handle, unix.O_RDONLY|unix.O_CLOEXEC)
	if err != nil {
		return ""
	}
	defer func() { _ = unix.Close(fd) }() // read-only
	path, err := os.Readlink(procRoot + "/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return ""
	}
	return n.below(path)
}

const noCgroupMount = "Failed to find cgroup2 mount\n"

// cgroupMount returns the mount point of the version 2 hierarchy, "" if it is not mounted.
func cgroupMount() string {
	mounts, err := os.ReadFile(procRoot + "/mounts")
	if err != nil {
		return ""
	}
	for line := range bytes.Lines(mounts) {
		words := bytes.Fields(line)
		if len(words) > 2 && string(words[2]) == "cgroup2" {
			return string(words[1])
		}
	}
	return ""
}
