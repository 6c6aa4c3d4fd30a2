package bpf

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// readLen is the size of a read: whole records, and large enough that the cost of the call is negligible.
const readLen = 256 << 10

// Iterate runs a program over all tasks. decode gets the bytes read. It moves an incomplete record to the
// front and returns its length.
func Iterate(
	ctx context.Context, name string, code []byte, function uint32, decode func(b []byte) int,
) error {
	iter, err := openIterator(name, code, function)
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
