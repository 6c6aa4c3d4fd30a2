package netstat

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/owner"
)

// Widths of the columns of -p and -Z. A program is cut to one byte less.
const (
	programWidth = 20
	contextWidth = 50
)

// An ownerSearch is on its way while the first table is read.
type ownerSearch struct {
	index *owner.Index
	err   error
	done  chan struct{} // closed when the above are set
}

// findOwners starts the search for the processes of the sockets, once per round. On a terminal it waits: what
// was not seen is said in front of the table there, as by the reference.
func (t *tool) findOwners(ctx context.Context) {
	if !t.programs() || t.search != nil {
		return
	}
	s := &ownerSearch{done: make(chan struct{})}
	t.search = s
	go func() { // the dump and this take a core each
		defer close(s.done)
		s.index, s.err = owner.Scan(ctx, &owner.Config{Root: t.root})
		if s.index == nil {
			s.index = &owner.Index{}
		}
	}()
	if t.terminal {
		t.owners()
	}
}

// owners returns the processes behind the sockets. The first time in a round it says what it was not
// allowed to see.
func (t *tool) owners() *owner.Index {
	s := t.search
	if s.done != nil {
		<-s.done
		s.done = nil
		t.noteUnseen(s.index, s.err)
	}
	return s.index
}

// noteUnseen says what is missing in the column of programs.
func (t *tool) noteUnseen(x *owner.Index, err error) {
	stats := x.Stats()
	unseen := stats.Denied - stats.Hidden // the reference says nothing of what is hidden
	switch {
	case err == nil && unseen == 0:
	case nobodyElse(x):
		t.complain("(No info could be read for \"-p\": geteuid()=%d but you should be root.)\n", unix.Geteuid())
	case unseen > 0:
		t.complain("(Not all processes could be identified, non-owned process info\n" +
			" will not be shown, you would have to be root to see it all.)\n")
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		t.complain("netstat: %v\n", err)
	}
}

// nobodyElse reports whether no process but this one was seen to have a socket: ours are open by now.
func nobodyElse(x *owner.Index) bool {
	own := int32(os.Getpid())
	return !slices.ContainsFunc(x.All(), func(r owner.Ref) bool { return r.PID != own })
}

// appendProgram appends the columns of -p and -Z. The process with the lowest number counts.
func (t *tool) appendProgram(b []byte, inode uint64) []byte {
	if !t.programs() {
		return b
	}
	refs := t.owners().Owners(uint32(inode))
	b = append(b, ' ')
	start := len(b)
	if len(refs) == 0 {
		b = append(b, '-')
	} else {
		b = t.appendProgramName(b, refs[0].PID)
	}
	b = left(b, start, programWidth)
	if t.given('Z') {
		b = append(b, ' ')
		start = len(b)
		b = left(t.appendContext(b, refs), start, contextWidth)
	}
	return b
}

// appendProgramName appends "PID/name", cut to what fits.
func (t *tool) appendProgramName(b []byte, pid int32) []byte {
	start := len(b)
	b = strconv.AppendInt(b, int64(pid), 10)
	b = append(b, '/')
	b = append(b, programName(t.owners().Process(pid).Cmdline())...)
	if len(b)-start >= programWidth {
		b = b[:start+programWidth-1]
	}
	if !t.strict {
		harmless(b[start:])
	}
	return b
}

// programName is the first word of the command line; of a path, what follows the last slash, even
// if that stands in a title that the process gave itself.
func programName(cmdline []byte) []byte {
	const most = 511 // bytes that the reference reads
	name, _, _ := bytes.Cut(cmdline[:min(len(cmdline), most)], []byte{0})
	if len(name) > 0 && name[0] == '/' {
		name = name[bytes.LastIndexByte(name, '/')+1:]
	}
	return name
}

// harmless replaces what a terminal could take for a command: a process may call itself "\x1b[2J".
func harmless(text []byte) {
	for i, c := range text {
		if c < ' ' || c > '~' {
			text[i] = '.'
		}
	}
}

// visible replaces control characters alone, those beyond ASCII included, and what is no UTF-8.
func visible(text []byte) {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 || unicode.IsControl(r) {
			for j := range n {
				text[i+j] = '.'
			}
		}
		i += n
	}
}

// owner returns the user that a socket belongs to. A connection in the handshake has none of its own and
// shows its listener's.
func (t *tool) owner(p *ipTable, s *diag.Socket) uint32 {
	if p != &tcpTable || s.State != diag.StateSynRecv {
		return s.UID
	}
	return t.listenerUID(s)
}
