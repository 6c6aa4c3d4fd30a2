//go:build linux

package owner

import "golang.org/x/sys/unix"

// initPIDNamespace is the inode of the initial pid namespace.
const initPIDNamespace = 0xEFFFFFFC // PROC_PID_INIT_INO

// nested reports whether processes outside of a pid namespace are not visible. A procfs shows the processes
// of one namespace, that of its process 1. If that cannot be inspected, the caller's own is used if the
// procfs shows it. Otherwise nested returns true.
func nested(root int) bool {
	var st unix.Stat_t
	if unix.Fstatat(root, "1/ns/pid", &st, 0) == nil {
		return st.Ino != initPIDNamespace
	}
	if isSelf(root) && unix.Fstatat(root, "self/ns/pid", &st, 0) == nil {
		return st.Ino != initPIDNamespace
	}
	return isProc(root)
}

func isProc(root int) bool {
	var fs unix.Statfs_t
	return unix.Fstatfs(root, &fs) == nil && fs.Type == unix.PROC_SUPER_MAGIC
}

// hidden reports whether the root is a procfs that hides processes (hidepid=2 or 4), because it has no
// process 1.
func hidden(root int) bool {
	if !isProc(root) {
		return false
	}
	var st unix.Stat_t
	return unix.Fstatat(root, "1", &st, unix.AT_SYMLINK_NOFOLLOW) == unix.ENOENT
}
