//go:build amd64 || 386 || arm

package rights

import "golang.org/x/sys/unix"

// Older architectures also have the calls of before 2006.
var (
	changingOld = [...]uint32{
		unix.SYS_MKDIR, unix.SYS_MKNOD, unix.SYS_SYMLINK, unix.SYS_CHMOD, unix.SYS_CHOWN, unix.SYS_LCHOWN,
		unix.SYS_UTIMES, unix.SYS_FUTIMESAT, unix.SYS_CREAT, unix.SYS_RMDIR,
	}
	renamingOld = [...]uint32{unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_LINK, unix.SYS_UNLINK}
	openingOld  = [...]struct{ call, flags uint32 }{{unix.SYS_OPEN, 1}}
)
