package netns

import (
	"encoding/binary"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/bpf"
	"github.com/nlstat/nlstat/internal/btf"
)

// kernelTypes is the kernel's own type information, since Linux 5.4 with CONFIG_DEBUG_INFO_BTF.
const kernelTypes = "/sys/kernel/btf/vmlinux"

// A holder is a descriptor of a process.
type holder struct {
	task, fd int
	inode    uint64 // of the socket that it is, 0 if it is the namespace
}

// A keeper is what a BPF program saw of a namespace, of any type, that nothing else led to.
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
	} else if len(keepers) > 0 { // BPF numbers tasks otherwise than /proc
		f.wanted = wanted(keepers)
		f.descriptors()
	}
	for ns, k := range keepers {
		if k.sockets > 0 && f.spaces[ns] == nil { // without sockets, it may be of another type
			f.unseen[ns] = struct{}{}
			f.stats.HiddenSockets += k.sockets
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

// held notes a namespace that a descriptor leads to, if it is one of the network.
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
	functions, offsets, err := kernelLayout()
	if err != nil {
		return err
	}
	iter, err := bpf.OpenIterator("nlstat_netns", program(offsets), functions[0])
	if err != nil {
		return err
	}
	defer unix.Close(iter) //nolint:errcheck // read-only
	buf := make([]byte, 64<<10)
	for have := 0; ; {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		n, err := unix.Read(iter, buf[have:])
		switch {
		case err == unix.EAGAIN, err == unix.EINTR:
			continue // EAGAIN: many tasks without a socket; the next read goes on
		case err != nil:
			return os.NewSyscallError("read bpf iterator", err)
		case n == 0:
			return nil
		}
		have = f.records(buf[:have+n], keepers)
	}
}

// records decodes whole records and moves the rest to the front: so many bytes.
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

// kernelLayout reads where the kernel that runs has what the program looks at.
func kernelLayout() (functions []uint32, offsets []int16, err error) {
	file, err := os.Open(kernelTypes)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close() //nolint:errcheck // read-only
	st, err := file.Stat()
	if err != nil {
		return nil, nil, err
	}
	// Since Linux 6.16; reading the 6 MB in pieces of a page takes longer than all that follows.
	b, err := syscall.Mmap(int(file.Fd()), 0, int(st.Size()), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err == nil {
		defer syscall.Munmap(b) //nolint:errcheck // nothing of it is kept
	} else if b, err = os.ReadFile(kernelTypes); err != nil {
		return nil, nil, err
	}
	types, err := btf.Open(b)
	if err != nil {
		return nil, nil, err
	}
	return types.Find(function, members)
}

// openSocket opens the namespace of another process's socket: SIOCGSKNS, since Linux 4.9, which takes
// CAP_NET_ADMIN there, of a descriptor from pidfd_getfd, since Linux 5.6, which takes the rights of ptrace.
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
	// If the process has closed its own meanwhile, this is the last one, which waits if the process wants it
	// to (SO_LINGER): a thread may wait, but not the caller.
	defer func() { go unix.Close(sock) }() //nolint:errcheck // nothing was written
	ns, err := unix.IoctlRetInt(sock, unix.SIOCGSKNS)
	if err != nil {
		return -1, os.NewSyscallError("ioctl SIOCGSKNS", err)
	}
	return ns, nil // close-on-exec is set
}
