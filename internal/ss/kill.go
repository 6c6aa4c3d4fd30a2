package ss

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// errKill ends the table after a socket could not be closed.
var errKill = errors.New("close socket")

// kill closes a socket. Sockets that are gone meanwhile, and those that the kernel cannot close, are
// skipped; other errors end the table. Sockets that were read from a file are not closed, but shown as
// closed.
func (p *program) kill(ctx context.Context, s *diag.Socket) (closed bool, err error) {
	if s.Source == diag.SourceProc {
		return true, nil
	}
	if p.killer == nil {
		if p.killer, err = diag.Dial(nil); err != nil {
			return false, err
		}
	}
	err = p.killer.Destroy(ctx, s)
	if err == nil {
		return true, nil
	}
	errno, ok := errors.AsType[unix.Errno](err)
	if !ok || errno == unix.EOPNOTSUPP || errno == unix.ENOENT {
		return false, nil
	}
	p.complain("SOCK_DESTROY answers: " + strerror(errno) + "\n")
	return false, fmt.Errorf("%w: %w", errKill, err)
}
