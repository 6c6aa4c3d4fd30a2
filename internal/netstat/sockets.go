package netstat

import (
	"context"
	"errors"
	"iter"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// readAhead is the number of datagrams that are read while earlier ones are formatted.
const readAhead = 32

// readAheadOwners is readAhead with -p: the first row waits for the owners, the dump does not.
const readAheadOwners = 400

// section prints one part of the socket listing. The first status other than OK ends the run.
type section struct {
	due   func(*tool) bool
	print func(*tool, context.Context) status
}

// printTable returns the function of a section that is one table of inet sockets.
func printTable(p *ipTable) func(*tool, context.Context) status {
	return func(t *tool, ctx context.Context) status { return t.inetTable(ctx, p) }
}

// sections are the parts in printing order, which does not depend on the order of the options.
var sections = []section{
	{(*tool).inetTitleDue, (*tool).inetTitle},
	{func(t *tool) bool { return t.shown('t') }, printTable(&tcpTable)},
	{func(t *tool) bool { return t.shown('S') }, (*tool).sctpTable},
	{func(t *tool) bool { return t.shown('u') }, printTable(&udpTable)},
	{func(t *tool) bool { return t.shown('U') }, printTable(&udpliteTable)},
	{func(t *tool) bool { return t.shown('w') }, printTable(&rawTable)},
	{func(t *tool) bool { return t.given('g') }, (*tool).groupTable},
	{func(t *tool) bool { return t.familyShown(famUnix) }, (*tool).unixTable},
	{func(t *tool) bool { return t.familyShown(famIPX) }, (*tool).ipxTable},
	{func(*tool) bool { return true }, (*tool).deadTables},
	{func(t *tool) bool { return t.given('2') || t.given('f') }, (*tool).bluetooth},
}

// sockets prints the socket listing, repeatedly with -c.
func (t *tool) sockets(ctx context.Context) status {
	return t.rounds(func() status {
		t.search, t.listeners, t.handshakes = nil, nil, nil
		for _, s := range sections {
			if !s.due(t) {
				continue
			}
			if code := s.print(t, ctx); code != statusOK || t.out.err != nil {
				return code
			}
		}
		if t.search != nil {
			t.owners() // prints its message even if there was no row
		}
		return statusOK
	})
}

// rounds prints once, or with -c until a round fails or the reader is gone.
func (t *tool) rounds(once func() status) status {
	for {
		code := once()
		if !t.given('c') || code != statusOK {
			return code
		}
		t.out.flush()
		if t.out.err != nil {
			return statusOK
		}
		time.Sleep(t.interval)
	}
}

// stateSuffix ends the titles of the socket tables.
func (t *tool) stateSuffix() string {
	switch {
	case t.given('a'):
		return "(servers and established)\n"
	case t.given('l'):
		return "(only servers)\n"
	}
	return "(w/o servers)\n"
}

// inetTitleDue reports whether any IP protocol is shown.
func (t *tool) inetTitleDue() bool {
	for _, l := range protocolLetters {
		if t.shown(l) {
			return true
		}
	}
	return false
}

// inetTitle prints title and header that all IP protocols share.
func (t *tool) inetTitle(ctx context.Context) status {
	t.findOwners(ctx)
	t.out.text("Active Internet connections " + t.stateSuffix() +
		"Proto Recv-Q Send-Q Local Address           Foreign Address         State      ")
	if t.given('e') {
		t.out.text(" User       Inode     ")
	}
	t.programHeader()
	if t.given('o') {
		t.out.text(" Timer")
	}
	t.out.text("\n")
	return statusOK
}

// programHeader prints the headers of the columns that -p and -Z add to every socket table.
func (t *tool) programHeader() {
	if t.programs() {
		t.out.text(" PID/Program name    ")
	}
	if t.given('Z') {
		t.out.text(" Security Context                                 ")
	}
}

// A lister requests the sockets of one or both IP families.
type lister func(*diag.Conn, context.Context, *diag.Query) iter.Seq2[*diag.Socket, error]

// dial opens a connection to the source of the sockets. If netlink sockets are refused, by a service manager
// or a security module, the files are read, as by the reference.
func (t *tool) dial(ahead int) (*diag.Conn, error) {
	if t.root == "" {
		if c, err := diag.Dial(&diag.Config{ReadAhead: ahead}); err == nil {
			return c, nil
		}
	}
	return diag.Dial(&diag.Config{Sources: diag.SourcesProc, ProcRoot: t.root})
}

// dump walks one table of sockets. It returns absent if the kernel has no such table.
func (t *tool) dump(ctx context.Context, q *diag.Query, list lister, row func(*diag.Socket) bool) (
	absent bool, err error,
) {
	if t.conn == nil {
		ahead := readAhead
		if t.programs() {
			ahead = readAheadOwners
		}
		t.conn, err = t.dial(ahead)
		if err != nil {
			return false, err
		}
	}
	for s, err := range list(t.conn, ctx, q) {
		if err != nil {
			return errors.Is(err, unix.ENOENT), err
		}
		if !row(s) {
			break
		}
	}
	return false, nil
}

// missing reports a protocol or family that the kernel lacks, and returns the status of its section.
func (t *tool) missing(what string) status {
	if t.quiet {
		return statusOK
	}
	return t.missingFamily(what)
}

// missingFamily is missing for families, which are never selected implicitly.
func (t *tool) missingFamily(what string) status {
	if t.selected || t.given('v') {
		t.unsupported(what)
	}
	if t.selected {
		return statusMissing
	}
	return statusOK
}

// deadTables prints the obsolete families.
func (t *tool) deadTables(ctx context.Context) status {
	for i := range deadFamilies {
		if code := deadFamilies[i].print(t, ctx); code != statusOK {
			return code
		}
	}
	return statusOK
}

// bluetooth reports that the table does not exist, as the reference built by distributions.
func (t *tool) bluetooth(context.Context) status {
	t.complain("netstat: feature `AF BLUETOOTH' not supported.\n" +
		"Please recompile `net-tools' with newer kernel source or full configuration.\n")
	return statusMissing
}
