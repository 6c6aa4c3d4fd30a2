package ss

import (
	"context"
	"errors"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A step lists the tables of one query.
type step struct {
	tables tableSet
	run    func(*program, context.Context)
}

// steps is the order of the tables, which does not depend on the order of options.
var steps = [...]step{
	{1 << tableNetlink, (*program).showNetlink},
	{packetTables, (*program).showPacket},
	{unixTables, (*program).showUnix},
	{1 << tableRaw, (*program).showRaw},
	{1 << tableUDP, (*program).showUDP},
	{1 << tableTCP, (*program).showTCP},
	{1 << tableSCTP, (*program).showSCTP},
	{vsockTables, (*program).showVsock},
	{1 << tableTIPC, (*program).showTIPC},
	{1 << tableXDP, (*program).showXDP},
	{1 << tableMPTCP, (*program).showMPTCP},
}

// show lists every table selected.
func (p *program) show(ctx context.Context) {
	defer p.closeConn()
	if p.sel.tables&^tablesOf(tableNetlink) != 0 { // whose sockets ss gives no owners
		p.owners.begin()
	}
	for i := range steps {
		if p.sel.tables&steps[i].tables != 0 && !p.out.dead {
			steps[i].run(p, ctx)
		}
	}
}

// conn returns the connection to the kernel, opened at the first use. Its errors are printed.
func (p *program) conn() (*diag.Conn, error) {
	c, err := p.open()
	if err != nil {
		p.complain(noSocket(err))
		return nil, errNoSocket
	}
	return c, nil
}

// open is conn without messages.
func (p *program) open() (*diag.Conn, error) {
	if p.diag != nil {
		return p.diag, nil
	}
	ahead := readAhead
	if p.owners.show {
		ahead = readAheadOwners
	}
	c, err := diag.Dial(&diag.Config{ReadAhead: ahead, Sources: diag.SourcesNetlink})
	if err != nil {
		return nil, err
	}
	p.diag = c
	return c, nil
}

// errNoSocket reports that there is no connection, which was printed.
var errNoSocket = errors.New("no netlink socket")

// noSocket is the message of ss if it cannot open a socket.
func noSocket(err error) string { return "Cannot open netlink socket: " + errorText(err) + "\n" }

// readAhead is the number of datagrams read ahead of the layout: enough for the time in which a batch is
// rendered.
const readAhead = 192

// readAheadOwners is the same with -p: the first row has to wait for the owners, the kernel has not.
const readAheadOwners = 400

func (p *program) closeConn() {
	if p.diag != nil {
		_ = p.diag.Close() // it was read to its end
	}
}

// dump calls row with every socket that q selects.
func (p *program) dump(ctx context.Context, q *diag.Query, row func(*diag.Socket) error) error {
	c, err := p.conn()
	if err != nil {
		return err
	}
	return p.each(c.Sockets(ctx, q), row)
}

// each calls row with sockets until the end, an error, or the end of the output's reader.
func (p *program) each(sockets iter.Seq2[*diag.Socket, error], row func(*diag.Socket) error) error {
	for s, err := range sockets {
		if err != nil {
			return err
		}
		if err := row(s); err != nil {
			return err
		}
		if p.out.dead {
			return nil
		}
	}
	return nil
}

// list is dump for tables for which errors of the kernel are printed, except for unknown families. It
// reports whether the table was listed.
func (p *program) list(ctx context.Context, q *diag.Query, row func(*diag.Socket) error) bool {
	err := p.dump(ctx, q, row)
	if errno, ok := errors.AsType[unix.Errno](err); ok {
		if errno != unix.ENOENT && errno != unix.EOPNOTSUPP {
			p.complain("RTNETLINK answers: " + strerror(errno) + "\n")
		}
		return false
	}
	if err != nil && !errors.Is(err, errNoSocket) {
		p.complain("ss: " + err.Error() + "\n")
	}
	return err == nil
}

func (p *program) showNetlink(ctx context.Context) {
	if !p.closedSelected(unix.AF_NETLINK) {
		return
	}
	q := diag.Query{Family: unix.AF_NETLINK, Want: diag.HasSkMem | diag.HasGroups, Repeats: true}
	if p.env.moved(netlinkFile.variable) || !p.list(ctx, &q, p.netlinkSocket) {
		p.procNetlink()
	}
}

func (p *program) netlinkSocket(s *diag.Socket) error {
	if p.filter.match(s) {
		p.netlinkRow(s)
	}
	return nil
}

func (p *program) showPacket(ctx context.Context) {
	if !p.closedSelected(unix.AF_PACKET) {
		return
	}
	want := diag.HasPacket | diag.HasSkMem
	if p.opt.extended {
		want |= diag.HasRxRing | diag.HasTxRing | diag.HasFanout
	}
	if p.opt.bpf {
		want |= diag.HasFilter
	}
	q := diag.Query{Family: unix.AF_PACKET, Want: want}
	if p.env.moved(packetFile.variable) || !p.list(ctx, &q, p.packetSocket) {
		p.procPacket()
	}
}

func (p *program) packetSocket(s *diag.Socket) error {
	if p.filter.match(s) {
		p.packetRow(s)
	}
	return nil
}

func (p *program) showXDP(ctx context.Context) {
	if !p.closedSelected(unix.AF_XDP) {
		return
	}
	want := diag.HasXDP | diag.HasSkMem
	if p.opt.extended {
		want |= diag.HasRxRing | diag.HasTxRing | diag.HasUmem | diag.HasStats
	}
	p.list(ctx, &diag.Query{Family: unix.AF_XDP, Want: want}, func(s *diag.Socket) error {
		if p.filter.match(s) {
			p.xdpRow(s)
		}
		return nil
	})
}

// closedSelected reports whether a family whose only state is CLOSE is shown.
func (p *program) closedSelected(family uint8) bool {
	return p.sel.families.has(family) && p.sel.states.Has(diag.StateClose)
}

func (p *program) showUnix(ctx context.Context) {
	if !p.sel.families.has(unix.AF_UNIX) {
		return
	}
	want := diag.HasName | diag.HasPeer | diag.HasQueues
	if p.opt.memory {
		want |= diag.HasSkMem
	}
	if p.opt.extended {
		want |= diag.HasVFS | diag.HasIcons
	}
	q := diag.Query{Family: unix.AF_UNIX, States: p.sel.states, Want: want, IconsInline: true}
	if p.env.moved(unixFile.variable) || !p.list(ctx, &q, p.unixSocket) {
		p.procUnix()
	}
}

func (p *program) unixSocket(s *diag.Socket) error {
	if p.sel.tables.has(unixTable(s)) && p.unixMatch(s) {
		p.unixRow(s)
	}
	return nil
}

// unixMatch applies the filter. Sockets read from a file have no ports for it, although inodes are shown.
func (p *program) unixMatch(s *diag.Socket) bool {
	if s.Source != diag.SourceProc {
		return p.filter.match(s)
	}
	inode, peer := s.Inode, s.Unix.Peer
	s.Inode, s.Unix.Peer = 0, 0
	matched := p.filter.match(s)
	s.Inode, s.Unix.Peer = inode, peer
	return matched
}

func (p *program) showVsock(ctx context.Context) {
	if !p.sel.families.has(unix.AF_VSOCK) {
		return
	}
	p.list(ctx, &diag.Query{Family: unix.AF_VSOCK, States: p.sel.states}, func(s *diag.Socket) error {
		if p.sel.tables&vsockTable(s) != 0 && p.filter.match(s) {
			p.vsockRow(s)
		}
		return nil
	})
}

// showTIPC ignores the filter and the families.
func (p *program) showTIPC(ctx context.Context) {
	q := diag.Query{Family: unix.AF_TIPC, States: p.sel.states, Want: diag.HasTIPC}
	p.list(ctx, &q, func(s *diag.Socket) error {
		p.tipcRow(s)
		return nil
	})
}
