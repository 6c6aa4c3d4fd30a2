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

// An ownerSearch runs while the first table is read.
type ownerSearch struct {
	index *owner.Index
	err   error
	done  chan struct{} // closed when the above are set
}

// findOwners starts the search for the processes of the sockets, once per round. On a terminal it waits, so
// that the message about missing processes is before the table, as with the reference.
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

// owners returns the owners of the sockets. The first time in a round it reports missing rights.
func (t *tool) owners() *owner.Index {
	s := t.search
	if s.done != nil {
		<-s.done
		s.done = nil
		t.noteUnseen(s.index, s.err)
	}
	return s.index
}

// noteUnseen reports that the column of programs is incomplete.
func (t *tool) noteUnseen(x *owner.Index, err error) {
	stats := x.Stats()
	unseen := stats.Denied - stats.Hidden // the reference does not report hidden processes
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

// nobodyElse reports whether no process except this one was found to have a socket.
func nobodyElse(x *owner.Index) bool {
	own := int32(os.Getpid())
	return !slices.ContainsFunc(x.All(), func(r owner.Ref) bool { return r.PID != own })
}

// appendProgram appends the columns of -p and -Z, of the process with the lowest number.
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

// appendProgramName appends "PID/name", cut to the column.
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

// programName is the first word of the command line, after its last slash, even if that is in a title
// that the process has set.
func programName(cmdline []byte) []byte {
	const most = 511 // bytes that the reference reads
	name, _, _ := bytes.Cut(cmdline[:min(len(cmdline), most)], []byte{0})
	if len(name) > 0 && name[0] == '/' {
		name = name[bytes.LastIndexByte(name, '/')+1:]
	}
	return name
}

// harmless replaces control characters: the name of a process may be "\x1b[2J".
func harmless(text []byte) {
	for i, c := range text {
		if c < ' ' || c > '~' {
			text[i] = '.'
		}
	}
}

// visible replaces only control characters, also those beyond ASCII, and invalid UTF-8.
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

// owner returns the user of a socket. A connection in the handshake has none and shows its listener's.
func (t *tool) owner(p *ipTable, s *diag.Socket) uint32 {
	if p != &tcpTable || s.State != diag.StateSynRecv {
		return s.UID
	}
	return t.listenerUID(s)
}
