package ss

import (
	"context"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// dumpTCP lists TCP sockets, IPv4 before IPv6, with one dump for both families. A connection whose ends are
// named is looked up.
func (p *program) dumpTCP(ctx context.Context, q *diag.Query) error {
	if done, err := p.lookUp(ctx, q); done {
		return err
	}
	if p.sel.preferred == unix.AF_INET || p.sel.preferred == unix.AF_INET6 {
		return p.dumpInet(ctx, q)
	}
	both := *q
	both.Family, both.Legacy = unix.AF_INET, true // a plan for both
	if !p.plan(&both) {
		return nil
	}
	both.Legacy = false
	c, err := p.conn()
	if err != nil {
		return err
	}
	return p.each(c.BothFamilies(ctx, &both), func(s *diag.Socket) error { return p.inetSocket(ctx, s) })
}
