//go:build linux

package owner

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nlstat/nlstat/internal/bpf"
)

// scanBPF fills the index by a BPF iterator. If it fails, the index is not changed.
func (x *Index) scanBPF(ctx context.Context, cfg *Config, root int) error {
	if !isSelf(root) {
		return fmt.Errorf("%s: %w", cfg.Root, errForeign)
	}
	l, err := kernel.Layout()
	if err != nil {
		return err
	}
	a := aims{translate: nested(root)}
	r := reader{tasks: cfg.Tasks, want: x.want}
	if err := iterate(ctx, filesProgram(l, a), l.Functions[iterFiles], r.records); err != nil {
		return err
	}
	if hidden(root) {
		if err := iterate(ctx, tasksProgram(l, a), l.Functions[iterTasks], x.names); err != nil {
			return err
		}
	}
	if cfg.Tasks == TasksEvery {
		r.found.spread(r.found.sharers(root))
	}
	x.method, x.stats.Nested = MethodBPF, a.translate
	x.build(&r.found, cfg.Tasks)
	return nil
}

// A reader decodes the program's records.
type reader struct {
	tasks Tasks
	want  *want
	found list
}

// iterate runs a program over all tasks.
func iterate(ctx context.Context, code []byte, function uint32, decode func(b []byte) int) error {
	return bpf.Iterate(ctx, "nlstat_owner", code, function, decode)
}

// records decodes all whole records and moves the rest to the front.
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
	if r.tasks == TasksLeaders && ref.TID != ref.PID {
		return
	}
	if ref.Inode != 0 && r.want.has(ref.Inode) {
		r.found.add(ref)
	}
}

// names decodes the records of tasksProgram: BPF has the names of processes that /proc hides.
func (x *Index) names(b []byte) int {
	i := 0
	for ; len(b)-i >= nameLen; i += nameLen {
		rec := b[i : i+nameLen]
		name, _, _ := bytes.Cut(rec[4:], []byte{0})
		x.Process(int32(binary.NativeEndian.Uint32(rec))).comm = bytes.Clone(name)
	}
	return copy(b, b[i:])
}

// errForeign says that the root shows other processes than a BPF program would find.
var errForeign = errors.New("the processes there are not numbered as in this pid namespace")
