package ss

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/nlstat/nlstat/pkg/diag"
)

// A program is one run.
type program struct {
	opt    options
	sel    selection
	env    environment
	sheet  *sheet
	out    *output
	stderr io.Writer
	filter filterState
	owners owners
	maps   storageMaps
	diag   *diag.Conn // opened by conn
	killer *diag.Conn // opened by kill
	netns  *os.File   // of -N

	ports        portNames
	hosts        hostNames
	ifaces       ifaceNames
	netlinkNames netlinkNames
	cgroups      cgroupNames
	lastInode    uint32 // of the previous inet row
}

// Main runs ss with the command line args, whose first word is the program's name, and returns the
// exit code. The layout depends on whether stdout is a terminal.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	name := "ss"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	p := &program{stderr: stderr, out: newOutput(stdout), env: readEnvironment()}
	p.filter.stdin = stdin
	err := p.run(context.Background(), name, args, screenWidth(stdout))
	code := p.report(err)
	p.out.flush()
	if p.out.err != nil {
		// the reference reports success here, without a message; a lost list must not look like success
		p.complain("ss: write output: " + p.out.err.Error() + "\n")
		return max(code, exitWrite)
	}
	return code
}

// run does everything in ss's order.
func (p *program) run(ctx context.Context, name string, args []string, screen int) error {
	words, err := p.parse(name, args)
	if err != nil {
		return err
	}
	p.prepareNames()
	if p.opt.summary {
		p.summary()
		if !p.sel.chosen && len(words) == 0 {
			return nil
		}
	}
	if words, err = p.sel.stateWords(words); err != nil {
		return err
	}
	p.sel.merge()
	if message := p.sel.empty(); message != "" {
		return fail(exitOK, message)
	}
	if p.opt.dump != nil {
		return p.dumpFile(ctx)
	}
	if err := p.compileFilter(ctx, words); err != nil {
		return err
	}
	p.openSheet(screen)
	if p.opt.events {
		return p.follow(ctx)
	}
	p.show(ctx)
	p.sheet.flush()
	return nil
}

// report prints an error and returns the exit code.
func (p *program) report(err error) int {
	var e exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &e):
		p.out.text(e.stdout)
		p.complain(e.stderr)
		return e.code
	}
	p.complain("ss: " + err.Error() + "\n")
	return exitUsage
}

// complain writes to standard error.
func (p *program) complain(message string) {
	_, _ = io.WriteString(p.stderr, message) // there is no other place to report it
}

// openSheet prepares the layout.
func (p *program) openSheet(screen int) {
	s := newSheet(p.out, screen)
	s.cols[colNetid].off = p.sel.oneTable()
	s.cols[colState].off = p.sel.oneState()
	s.cols[colRecvQ].off = p.opt.noQueues
	s.cols[colSendQ].off = p.opt.noQueues
	s.cols[colProcess].off = !p.opt.processes
	if !p.opt.noHeader {
		s.header()
	}
	p.sheet = s
}
