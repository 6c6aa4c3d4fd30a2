package owner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/bpf"
)

// kernelTypes is the kernel's own type information, since Linux 5.4 with CONFIG_DEBUG_INFO_BTF.
const kernelTypes = "/sys/kernel/btf/vmlinux"

// scanBPF fills the index by a BPF iterator. If it fails, the index is as it was.
func (x *Index) scanBPF(ctx context.Context, cfg *Config, root int) error {
	if !isSelf(root) {
		return fmt.Errorf("%s: %w", cfg.Root, errForeign)
	}
	l, err := kernelLayout()
	if err != nil {
		return err
	}
	a := aims{translate: nested(root)}
	r := reader{tasks: cfg.Tasks, want: x.want}
	if err := iterate(ctx, filesProgram(l, a), l.functions[iterFiles], r.records); err != nil {
		return err
	}
	if hidden(root) {
		if err := iterate(ctx, tasksProgram(l, a), l.functions[iterTasks], x.names); err != nil {
			return err
		}
	}
	if cfg.Tasks == Every {
		r.found.spread(r.found.sharers(root))
	}
	x.method, x.stats.Nested = BPF, a.translate
	x.build(&r.found, cfg.Tasks)
	return nil
}

// kernelLayout reads where the kernel that runs has what the program looks at.
func kernelLayout() (*layout, error) {
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
		// Since Linux 6.16; reading the 6 MB in pieces of a page takes longer than all that follows.
		if b, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ, unix.MAP_PRIVATE); err == nil {
			defer func() { _ = unix.Munmap(b) }() // nothing of it is kept
			return namedLayout(b)
		}
	}
	b, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	return namedLayout(b)
}

func namedLayout(b []byte) (*layout, error) {
	l, err := findLayout(b, functions[:], members[:])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kernelTypes, err)
	}
	return l, nil
}

// readLen is how much is read at once: whole records, and enough for the call to vanish beside its work.
const readLen = 256 << 10

// A reader decodes what the program writes.
type reader struct {
	tasks Tasks
	want  *want
	found list
}

// iterate runs a program over all tasks. decode takes what was read, and leaves at the front of it what is
// not a whole record yet: so many bytes.
func iterate(ctx context.Context, code []byte, function uint32, decode func(b []byte) int) error {
	iter, err := bpf.OpenIterator("nlstat_owner", code, function)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(iter) }() // read-only
	buf := make([]byte, readLen)
	have := 0
	for ctx.Err() == nil {
		n, err := unix.Read(iter, buf[have:])
		switch {
		case err == unix.EAGAIN, err == unix.EINTR:
			continue // EAGAIN: many tasks without a record; the next read goes on
		case err != nil:
			return os.NewSyscallError("read bpf iterator", err)
		case n == 0 && have > 0:
			return fmt.Errorf("bpf iterator: %w", io.ErrUnexpectedEOF)
		case n == 0:
			return nil
		}
		have = decode(buf[:have+n])
	}
	return context.Cause(ctx)
}

// records decodes all whole records and moves what is left to the front.
func (r *reader) records(b []byte) int {
	i := 0
	for ; len(b)-i >= recordLen; i += recordLen {
		rec := b[i : i+recordLen]
		r.record(Ref{
			Inode: binary.NativeEndian.Uint32(rec),
			PID:   int32(binary.NativeEndian.Uint32(rec[4:])),
			TID:   int32(binary.NativeEndian.Uint32(rec[8:])),
			FD:    int32(binary.NativeEndian.Uint32(rec[12:])),
		})
	}
	return copy(b, b[i:])
}

func (r *reader) record(ref Ref) {
	if r.tasks == Leaders && ref.TID != ref.PID {
		return
	}
	if ref.Inode != 0 && r.want.has(ref.Inode) {
		r.found.add(ref)
	}
}

// names decodes what tasksProgram writes: where /proc hides the processes of others, BPF knows their names.
func (x *Index) names(b []byte) int {
	i := 0
	for ; len(b)-i >= nameLen; i += nameLen {
		rec := b[i : i+nameLen]
		name, _, _ := bytes.Cut(rec[4:], []byte{0})
		x.Process(int32(binary.NativeEndian.Uint32(rec))).comm = bytes.Clone(name)
	}
	return copy(b, b[i:])
}

// errForeign says that the root shows other processes than a BPF program would.
var errForeign = errors.New("the processes there are not numbered as in this pid namespace")
