//go:build 386 || arm

package rights

import "golang.org/x/sys/unix"

// changing32 are the calls that were added for files and numbers beyond 16 and 32 bits, and those that only 386 has.
var changing32 = [...]uint32{
	unix.SYS_TRUNCATE64, unix.SYS_CHOWN32, unix.SYS_LCHOWN32,
	22, // umount
	25, // stime
}
