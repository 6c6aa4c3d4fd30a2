package owner

import "golang.org/x/sys/unix"

// initPIDNamespace is the inode of the first pid namespace.
const initPIDNamespace = 0xEFFFFFFC // PROC_PID_INIT_INO

// nested reports whether we run in a pid namespace other than the first: processes outside are not seen.
func nested(root int) bool {
	var st unix.Stat_t
	err := unix.Fstatat(root, "self/ns/pid", &st, 0)
	return err == nil && st.Ino != initPIDNamespace
}

// hidden reports whether the root is a procfs that leaves processes out (hidepid=2 or 4): every pid
// namespace has a process 1.
func hidden(root int) bool {
	var fs unix.Statfs_t
	if unix.Fstatfs(root, &fs) != nil || fs.Type != unix.PROC_SUPER_MAGIC {
		return false
	}
	var st unix.Stat_t
	return unix.Fstatat(root, "1", &st, unix.AT_SYMLINK_NOFOLLOW) == unix.ENOENT
}
