package netstat

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
)

// status is an exit code.
type status int

const (
	statusOK      status = 0
	statusMissing status = 1   // a protocol, family or file that the system lacks; an invalid family
	statusUsage   status = 3   // an invalid command line
	statusBroken  status = 255 // a source exists but cannot be read
)

// tool is one run of netstat.
type tool struct {
	options

	root   string // folder of the files of /proc, then the only source; "" = the kernel
	name   string // argv[0], at the start of getopt's messages
	out    page
	stderr io.Writer
	// terminal: the output is a terminal that interprets control characters.
	terminal bool
	names    names.Names
	conn     *diag.Conn // dialed by the first dump
	lookup   *diag.Conn // for single sockets, dialed by the first

	links *link.Names // opened by the first route

	search    *ownerSearch // of this round, once started
	listeners []listener   // of this round

	handshakes map[uint8]map[handshake]uint32 // of this round, by address family
}

// Main runs netstat with a command line, argv[0] included, and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int { return Over("", args, stdout, stderr) }

// Over is Main with a folder of files instead of /proc as the only source, for comparisons with the reference
// over the same files. Links, groups and routes, which only netlink has, are still the kernel's.
func Over(root string, args []string, stdout, stderr io.Writer) int {
	t := &tool{root: root, name: "netstat", out: page{w: stdout}, stderr: stderr}
	if len(args) > 0 {
		t.name, args = args[0], args[1:]
	}
	t.strict = os.Getenv("NETSTAT_STRICT") == "1"
	t.terminal = isTerminal(stdout)
	code, done := t.parse(args)
	if !done {
		t.out.eager = t.terminal && !t.numericHosts() // looking up a host may take seconds
		code = t.dispatch(context.Background())
	}
	t.out.flush()
	if t.out.failed() && !t.strict {
		t.complain("netstat: write output: %v\n", t.out.err)
		return int(statusMissing)
	}
	return int(code)
}

// dispatch runs the requested mode.
func (t *tool) dispatch(ctx context.Context) status {
	switch {
	case t.given('M'):
		return t.masquerade(ctx)
	case t.given('s'):
		return t.statistics()
	case t.given('r'):
		return t.routeTables(ctx)
	case t.given('i') || t.given('I'):
		return t.interfaceTable(ctx)
	}
	return t.sockets(ctx)
}

// complain writes a message, with its own newline, to stderr at once: before earlier buffered output, as
// with the reference, unless that goes to a terminal. Messages about a search for owners come first: the
// reference ends it before its first table.
func (t *tool) complain(format string, args ...any) {
	if t.search != nil {
		t.owners()
	}
	if t.terminal {
		t.out.flush()
	}
	// stderr is closed
	_, _ = fmt.Fprintf(t.stderr, format, args...)
}

// unsupported reports that the kernel lacks a protocol or family.
func (t *tool) unsupported(what string) {
	t.complain("netstat: no support for `%s' on this system.\n", what)
}
