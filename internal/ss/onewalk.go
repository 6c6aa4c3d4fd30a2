package ss

import (
	"bytes"
	"context"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// dumpTCP lists TCP sockets, IPv4 before IPv6, in one walk over the kernel's tables where both families
// are wanted and the same filter does for both.
func (p *program) dumpTCP(ctx context.Context, q *diag.Query) error {
	if p.sel.preferred == unix.AF_INET || p.sel.preferred == unix.AF_INET6 {
		return p.dumpInet(ctx, q)
	}
	both, six := *q, *q
	both.Family, six.Family = unix.AF_INET, unix.AF_INET6
	if !p.plan(&both) || !p.plan(&six) || !bytes.Equal(both.Filter, six.Filter) {
		return p.dumpInet(ctx, q)
	}
	c, err := p.conn()
	if err != nil {
		return err
	}
	return p.each(c.BothFamilies(ctx, &both), func(s *diag.Socket) error { return p.inetSocket(ctx, s) })
}
