package ss

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/diag"
)

func (p *program) showTCP(ctx context.Context) {
	p.ports.protocol, p.ports.raw = "tcp", false
	if p.env.hasDump {
		if p.sel.families.has(unix.AF_INET) || p.sel.families.has(unix.AF_INET6) { // a filter may exclude both
			p.readDump()
		}
		return
	}
	p.showInet(ctx, unix.IPPROTO_TCP)
}

func (p *program) showUDP(ctx context.Context) {
	p.ports.protocol, p.ports.raw = "udp", false
	p.showInet(ctx, unix.IPPROTO_UDP)
}

func (p *program) showRaw(ctx context.Context) {
	p.ports.protocol, p.ports.raw = "", true
	p.showInet(ctx, unix.IPPROTO_RAW)
}

// The following two keep the services of the previous table: their ports get its names.

func (p *program) showSCTP(ctx context.Context)  { p.showInet(ctx, unix.IPPROTO_SCTP) }
func (p *program) showMPTCP(ctx context.Context) { p.showInet(ctx, unix.IPPROTO_MPTCP) }

// showInet lists the sockets of a protocol, IPv4 before IPv6.
func (p *program) showInet(ctx context.Context, protocol uint16) {
	if p.sel.families&inetFamilies == 0 || p.procInet(ctx, protocol) {
		return
	}
	q := diag.Query{
		Protocol: protocol, States: inetStates(protocol, p.sel.states),
		Want: p.inetWant(), Maps: p.chosenMaps(),
	}
	if q.States == 0 {
		return
	}
	dump := p.dumpInet
	if protocol == unix.IPPROTO_TCP {
		dump = p.dumpTCP
	}
	if err := dump(ctx, &q); err != nil {
		p.fallBack(ctx, &q, err)
	}
}

// dumpInet requests the families in order.
func (p *program) dumpInet(ctx context.Context, q *diag.Query) error {
	for _, family := range p.inetOrder() {
		q := *q
		q.Family = family
		if !p.plan(&q) {
			continue
		}
		if err := p.dump(ctx, &q, func(s *diag.Socket) error { return p.inetSocket(ctx, s) }); err != nil {
			return err
		}
	}
	return nil
}

// fallBack lists a table after the kernel has refused the request: with that of old kernels, else from the
// files of /proc/net. It does the same after a socket could not be closed, except for TCP, of which nothing
// more is shown.
func (p *program) fallBack(ctx context.Context, q *diag.Query, err error) {
	if q.Protocol == unix.IPPROTO_TCP && !errors.Is(err, errNoSocket) {
		if errors.Is(err, errKill) {
			return
		}
		old := *q
		old.Family, old.Legacy = unix.AF_INET, true
		p.plan(&old)
		err := p.dump(ctx, &old, func(s *diag.Socket) error { return p.inetSocket(ctx, s) })
		if err == nil || errors.Is(err, errKill) {
			return
		}
	}
	if procFiles(q.Protocol) != nil {
		p.readProcInet(ctx, q.Protocol)
	}
}

// inetStates removes states that sockets of the protocol never have. TCP shows closed sockets only if they
// are bound, which is requested by another bit; without the bit for closed ones the kernel need not walk the
// table of connections to list listeners. Raw sockets are all shown: the kernel ignores their states
// (raw_diag_dump), and so does ss.
func inetStates(protocol uint16, states diag.StateSet) diag.StateSet {
	switch protocol {
	case unix.IPPROTO_TCP:
		return states &^ (closeState | 1<<diag.StateUnknown)
	case unix.IPPROTO_RAW:
		return allStates
	}
	return states
}

// inetSocket shows a socket if it is selected; with -K it closes it first. The error ends the table.
func (p *program) inetSocket(ctx context.Context, s *diag.Socket) error {
	if !p.sel.families.has(s.Family) || !p.filter.match(s) {
		return nil
	}
	if p.opt.kill {
		if closed, err := p.kill(ctx, s); err != nil || !closed {
			return err
		}
	}
	p.inetRow(ctx, s)
	return nil
}

// inetOrder returns the families to request: both, or the one that an option or the filter named last.
func (p *program) inetOrder() []uint8 {
	switch p.sel.preferred {
	case unix.AF_INET:
		return []uint8{unix.AF_INET}
	case unix.AF_INET6:
		return []uint8{unix.AF_INET6}
	}
	return []uint8{unix.AF_INET, unix.AF_INET6}
}

// inetWant returns the fields to request: only those that are shown.
func (p *program) inetWant() (want diag.Fields) {
	if p.opt.memory {
		want |= diag.HasMemInfo | diag.HasSkMem
	}
	if p.opt.info {
		want |= diag.HasTCPInfo | diag.HasMPTCPInfo | diag.HasSCTPInfo | diag.HasVegas | diag.HasDCTCP |
			diag.HasBBR | diag.HasCong | diag.HasMD5 | diag.HasULP
	}
	if p.opt.tos {
		want |= diag.HasTOS | diag.HasTClass | diag.HasClassID
	}
	if p.wantsStorage() {
		want |= diag.HasStorage
	}
	return want
}

// readDump lists the TCP sockets of the file that TCPDIAG_FILE names.
func (p *program) readDump() {
	f, err := rights.Open(p.env.tcpDump)
	if err != nil {
		p.complain("fopen($TCPDIAG_FILE): " + errorText(err) + "\n")
		return
	}
	defer func() { _ = f.Close() }() // it was only read
	q := diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: diag.HasMD5}
	for s, err := range diag.Capture(f, &q) {
		if err != nil {
			p.complain(captureError(err))
			return
		}
		if p.filter.match(s) {
			p.inetRow(context.Background(), s)
		}
	}
}

// captureError is ss's message for a file that is not a dump.
func captureError(err error) string {
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		return "TCPDIAG answered: " + strerror(errno) + "\n"
	}
	if errors.Is(err, diag.ErrUnexpectedEnd) {
		return "Unexpected EOF reading $TCPDIAG_FILE"
	}
	if errors.Is(err, diag.ErrMalformed) {
		return "ERROR truncated\n"
	}
	return "ss: " + err.Error() + "\n"
}
