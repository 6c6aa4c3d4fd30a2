package rights

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe" // landlock has no wrappers

	"golang.org/x/sys/unix"
)

const (
	readFiles = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	// moving are the rights needed to rename a file.
	moving = unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_REFER
)

// handled are the rights of each version of Landlock. Handled rights are denied unless a rule allows them.
var handled = [...]struct{ files, connections uint64 }{
	{files: 1<<13 - 1},
	{files: unix.LANDLOCK_ACCESS_FS_REFER},
	{files: unix.LANDLOCK_ACCESS_FS_TRUNCATE},
	{connections: unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP},
	{files: unix.LANDLOCK_ACCESS_FS_IOCTL_DEV},
}

// A ruleset in the making.
type ruleset struct {
	fd    int
	files uint64 // that it handles
}

// landlock restricts all threads, which must have given up new privileges before.
func landlock(c *Confinement) error {
	version, errno := landlockVersion()
	if errno != 0 {
		return fmt.Errorf("landlock: %w", errors.ErrUnsupported)
	}
	var attr unix.LandlockRulesetAttr
	for _, h := range handled[:min(version, len(handled))] {
		attr.Handled_access_fs |= h.files
		attr.Handled_access_net |= h.connections
	}
	// The size of the structure here; older kernels accept it if the fields that they do not know are zero.
	size := unsafe.Offsetof(attr.Scoped)
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return fmt.Errorf("landlock: make a ruleset: %w", errno)
	}
	defer func() { _ = unix.Close(int(fd)) }() // the restriction stays
	r := ruleset{fd: int(fd), files: attr.Handled_access_fs}
	if err := r.rules(c, attr.Handled_access_net != 0); err != nil {
		return err
	}
	if _, _, errno := syscall.AllThreadsSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); errno != 0 {
		return fmt.Errorf("landlock: %w", errno)
	}
	return nil
}

func landlockVersion() (version int, errno unix.Errno) {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	return int(v), errno
}

// nameServer is the port that resolvers connect to if an answer is too long for a datagram.
const nameServer = 53

func (r *ruleset) rules(c *Confinement, connections bool) error {
	for _, path := range c.Read {
		if err := r.allow(path, readFiles); err != nil {
			return err
		}
	}
	if c.Rename {
		if err := r.allow("/", moving); err != nil {
			return err
		}
	}
	if !connections {
		return nil
	}
	// struct landlock_net_port_attr
	port := struct{ access, port uint64 }{unix.LANDLOCK_ACCESS_NET_CONNECT_TCP, nameServer}
	return r.add(ruleNetPort, unsafe.Pointer(&port))
}

// ruleNetPort is the type of a rule for a port (LANDLOCK_RULE_NET_PORT, include/uapi/linux/landlock.h).
const ruleNetPort = 2

// allow grants rights on a file or below a folder, as far as this kernel knows them.
func (r *ruleset) allow(path string, access uint64) error {
	fd, err := openRetry(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // nothing can be read there
	}
	defer func() { _ = unix.Close(fd) }() // it is only a place
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("landlock: %s: %w", path, err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &^= unix.LANDLOCK_ACCESS_FS_READ_DIR // a rule for a file has no rights of folders
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access & r.files, Parent_fd: int32(fd)}
	return r.add(unix.LANDLOCK_RULE_PATH_BENEATH, unsafe.Pointer(&rule))
}

func (r *ruleset) add(kind uintptr, rule unsafe.Pointer) error {
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.fd), kind, uintptr(rule), 0, 0, 0)
	runtime.KeepAlive(rule)
	if errno != 0 {
		return fmt.Errorf("landlock: add a rule: %w", errno)
	}
	return nil
}
