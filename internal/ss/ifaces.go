package ss

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// ifaceNames turns interface indexes into names. Each index is asked for once.
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

// ifaceName asks the kernel for a name, "" if there is no such interface.
func ifaceName(index uint32) string {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer func() { _ = unix.Close(fd) }() // it holds nothing
	req, err := unix.NewIfreq("?")
	if err != nil {
		return ""
	}
	req.SetUint32(index)
	if unix.IoctlIfreq(fd, unix.SIOCGIFNAME, req) != nil {
		return ""
	}
	return req.Name()
}
