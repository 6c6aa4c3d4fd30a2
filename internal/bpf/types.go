package bpf

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/btf"
)

// kernelTypes is the kernel's own type information, since Linux 5.4 with CONFIG_DEBUG_INFO_BTF.
const kernelTypes = "/sys/kernel/btf/vmlinux"

// A Layout describes types of the running kernel, in the order of the request: the ids of functions
// and the offsets of members in bytes.
type Layout struct {
	Functions []uint32
	Offsets   []int16
}

// A Lookup are functions and members of the running kernel, which must all be there. As they stay what they
// are while it runs, they are looked up once: that takes longer than an iterator over the descriptors of a
// small host.
type Lookup struct {
	Functions []string
	Members   []btf.Member

	mu    sync.Mutex
	found *Layout
}

// Layout returns the layout. The error is os.ErrNotExist where the kernel has no type information,
// btf.ErrName where it lacks a name.
func (l *Lookup) Layout() (*Layout, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found != nil {
		return l.found, nil
	}
	found, err := kernelLayout(l.Functions, l.Members)
	l.found = found
	return found, err
}

func kernelLayout(functions []string, members []btf.Member) (*Layout, error) {
	file, err := os.Open(kernelTypes)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // read-only
	st, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if size := int(st.Size()); size > 0 {
		// Since Linux 6.16; reading the 6 MB page by page takes longer than all further steps.
		if b, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ, unix.MAP_PRIVATE); err == nil {
			defer func() { _ = unix.Munmap(b) }() // the result does not refer to it
			return findLayout(b, functions, members)
		}
	}
	b, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return findLayout(b, functions, members)
}

func findLayout(b []byte, functions []string, members []btf.Member) (*Layout, error) {
	f, err := btf.Open(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kernelTypes, err)
	}
	l := &Layout{}
	if l.Functions, l.Offsets, err = f.Find(functions, members); err != nil {
		return nil, fmt.Errorf("%s: %w", kernelTypes, err)
	}
	return l, nil
}
