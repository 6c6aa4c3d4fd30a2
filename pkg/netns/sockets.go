//go:build linux

package netns

import (
	"encoding/binary"
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/bpf"
)

// A holder is a descriptor of a process.
type holder struct {
	task, fd int
	inode    uint64 // of the socket, 0 if it is the namespace
}

// A keeper is a namespace of any type that only the BPF program found.
type keeper struct {
	sockets int
	holders []holder // the first few
}

// descriptorsByBPF finds the namespaces that processes hold a descriptor of, or of a socket in. It returns
// false if the kernel or the rights do not suffice.
func (f *finder) descriptorsByBPF() bool {
	keepers := map[uint64]*keeper{}
	if err := f.iterate(keepers); err != nil {
		return false
	}
	if inode, _ := f.inode(f.dir, self+"/ns/pid", "pid:["); inode == firstPIDs {
		for ns, k := range keepers {
			for _, h := range k.holders {
				f.held(ns, h)
			}
		}
	} else if len(keepers) > 0 { // BPF has other process ids than /proc
		f.wanted = wanted(keepers)
		f.descriptors()
	}
	for ns, k := range keepers {
		if k.sockets > 0 && f.spaces[ns] == nil { // without sockets it may be of another type
			f.unseen[ns] = struct{}{}
		}
	}
	return true
}

// wanted returns namespaces by sockets in them.
func wanted(keepers map[uint64]*keeper) map[uint64]uint64 {
	m := map[uint64]uint64{}
	for ns, k := range keepers {
		for _, h := range k.holders {
			if h.inode != 0 {
				m[h.inode] = ns
			}
		}
	}
	return m
}

// firstPIDs is PROC_PID_INIT_INO of include/linux/proc_ns.h, the inode of the first pid namespace.
const firstPIDs = 0xeffffffc

// held adds a namespace that a descriptor leads to, if it is a network namespace.
func (f *finder) held(ns uint64, h holder) {
	fd := strconv.Itoa(h.task) + "/fd/" + strconv.Itoa(h.fd)
	if h.inode == 0 {
		if inode, ok := f.inode(f.dir, fd, "net:["); ok && inode == ns {
			f.found(ns, route{kind: byLink, path: f.proc + "/" + fd})
		}
		return
	}
	r := route{kind: bySocket, id: uint64(h.task), fd: h.fd}
	if f.try(&r, ns) == nil {
		f.found(ns, r)
	}
}

// iterate runs the program over all descriptors.
func (f *finder) iterate(keepers map[uint64]*keeper) error {
	l, err := kernel.Layout()
	if err != nil {
		return err
	}
	return bpf.Iterate(f.ctx, "nlstat_netns", program(l.Offsets), l.Functions[0], func(b []byte) int {
		return f.records(b, keepers)
	})
}

// records decodes whole records and moves the rest to the front; it returns the length of the rest.
func (f *finder) records(b []byte, keepers map[uint64]*keeper) int {
	i := 0
	for ; len(b)-i >= recordLen; i += recordLen {
		word := func(at int) uint32 { return binary.NativeEndian.Uint32(b[i+at-recordNS:]) }
		ns := uint64(word(recordNS))
		if ns == 0 || f.spaces[ns] != nil {
			continue
		}
		k := keepers[ns]
		if k == nil {
			k = &keeper{}
			keepers[ns] = k
		}
		h := holder{int(word(recordTask)), int(word(recordFD)), uint64(word(recordInode))}
		if h.inode != 0 {
			k.sockets++
		}
		if len(k.holders) < routesPerKind {
			k.holders = append(k.holders, h)
		}
	}
	return copy(b, b[i:])
}

// openSocket opens the namespace of another process's socket: by SIOCGSKNS, since Linux 4.9, which needs
// CAP_NET_ADMIN there, on a descriptor from pidfd_getfd, since Linux 5.6, which needs the rights of ptrace.
func openSocket(pid, fd int) (int, error) {
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return -1, os.NewSyscallError("pidfd_open", err)
	}
	defer unix.Close(process) //nolint:errcheck // it names a process
	sock, err := unix.PidfdGetfd(process, fd, 0)
	if err != nil {
		return -1, os.NewSyscallError("pidfd_getfd", err)
	}
	// If the process has closed its own meanwhile, closing this last one may block (SO_LINGER): it is done in
	// a goroutine.
	defer func() { go unix.Close(sock) }() //nolint:errcheck // nothing was written
	ns, err := unix.IoctlRetInt(sock, unix.SIOCGSKNS)
	if errors.Is(err, unix.ENOTTY) { // the process has closed it and opened another file
		err = unix.ENOTSOCK
	}
	if err != nil {
		return -1, os.NewSyscallError("ioctl SIOCGSKNS", err)
	}
	return ns, nil // close-on-exec is set
}
