package ss

import (
	"bytes"
	"context"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// maxHeld is the number of IPv6 sockets that are held back while those of IPv4 are shown.
const maxHeld = 512

// dumpTCP lists TCP sockets, IPv4 before IPv6. A question for one family makes the kernel walk over the
// whole table of connections, which takes as long as listing 20,000 of them; the old form of the request
// answers for both in one walk. The few IPv6 sockets in it are kept until those of IPv4 are done.
// Hosts with many are asked twice.
func (p *program) dumpTCP(ctx context.Context, q *diag.Query) error {
	if p.sel.preferred == unix.AF_INET || p.sel.preferred == unix.AF_INET6 || p.opt.bpfMaps || p.manyTCP6() {
		return p.dumpInet(ctx, q)
	}
	both, six := *q, *q
	both.Family, six.Family = unix.AF_INET, unix.AF_INET6
	if !p.plan(&both) || !p.plan(&six) || !bytes.Equal(both.Filter, six.Filter) {
		return p.dumpInet(ctx, q)
	}
	both.Legacy = true
	var held []*diag.Socket
	many := false
	err := p.dump(ctx, &both, func(s *diag.Socket) error {
		if s.Family != unix.AF_INET6 {
			return p.inetSocket(ctx, s)
		}
		if many = many || len(held) == maxHeld; !many {
			held = append(held, s.Clone())
		}
		return nil
	})
	if err != nil {
		return err
	}
	if many {
		return p.dump(ctx, &six, func(s *diag.Socket) error { return p.inetSocket(ctx, s) })
	}
	for _, s := range held {
		if err := p.inetSocket(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// manyTCP6 reports whether the kernel counts more IPv6 sockets than are held back. It does not count
// all: those in TIME-WAIT are missing.
func (p *program) manyTCP6() bool {
	var s summary
	// Without IPv6 there is no such file, and nothing to count.
	_ = s.sockstat(p.env.net("PROC_NET_SOCKSTAT6", "sockstat6"))
	return s.tcp6 > maxHeld
}
