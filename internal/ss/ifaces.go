package ss

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// ifaceNames turns interface indexes into names. Each index is requested once.
type ifaceNames struct {
	known map[uint32]string
}

// append appends the name of an interface, ifN for one that is gone.
func (n *ifaceNames) append(b []byte, index uint32) []byte {
	name, ok := n.known[index]
	if !ok {
		if name = ifaceName(index); name == "" {
			name = "if" + strconv.FormatUint(uint64(index), 10)
		}
		if n.known == nil {
			n.known = map[uint32]string{}
		}
		n.known[index] = name
	}
	return append(b, name...)
}

// ifaceName requests a name from the kernel, "" if there is no such interface.
func ifaceName(index uint32) string {
	req, err := unix.NewIfreq("?")
	if err != nil {
		return ""
	}
	req.SetUint32(index)
	if ioctlIface(unix.SIOCGIFNAME, req) != nil {
		return ""
	}
	return req.Name()
}

// ifaceIndex requests the index of a name of less than IFNAMSIZ bytes, alternative names included; 0 if no
// interface has it. As for labels of addresses, the kernel ignores what follows a colon.
func ifaceIndex(name string) uint32 {
	req, err := unix.NewIfreq(name)
	if err != nil || ioctlIface(unix.SIOCGIFINDEX, req) != nil {
		return 0
	}
	return req.Uint32()
}

func ioctlIface(what uint, req *unix.Ifreq) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }() // no data is lost
	return unix.IoctlIfreq(fd, what, req)
}
