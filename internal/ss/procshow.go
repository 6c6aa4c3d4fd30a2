package ss

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/diag"
)

// A procFile is a table of /proc/net, with the variable that replaces its path.
type procFile struct{ variable, name string }

// procFiles returns the files of an inet table, IPv4 before IPv6; nil if it has none.
func procFiles(protocol uint16) []procFile {
	switch protocol {
	case unix.IPPROTO_TCP:
		return []procFile{{"PROC_NET_TCP", "tcp"}, {"PROC_NET_TCP6", "tcp6"}}
	case unix.IPPROTO_UDP:
		return []procFile{{"PROC_NET_UDP", "udp"}, {"PROC_NET_UDP6", "udp6"}}
	case unix.IPPROTO_RAW:
		return []procFile{{"PROC_NET_RAW", "raw"}, {"PROC_NET_RAW6", "raw6"}}
	}
	return nil
}

// procHide is the variable that empties a table without a file.
func procHide(protocol uint16) string {
	switch protocol {
	case unix.IPPROTO_MPTCP:
		return "PROC_NET_MPTCP"
	case unix.IPPROTO_SCTP:
		return "PROC_NET_SCTP"
	}
	return ""
}

// moved reports whether a variable replaces a table of /proc/net: then the kernel is not queried for it.
func (e *environment) moved(variable string) bool {
	_, ok := e.files[variable]
	return ok || e.hasRoot
}

// procInet lists an inet table from its files, if a variable requests it.
func (p *program) procInet(ctx context.Context, protocol uint16) (handled bool) {
	files := procFiles(protocol)
	if files == nil {
		return p.env.moved(procHide(protocol))
	}
	if !p.env.moved(files[0].variable) {
		return false
	}
	p.readProcInet(ctx, protocol)
	return true
}

// readProcInet lists an inet table from its files.
func (p *program) readProcInet(ctx context.Context, protocol uint16) {
	q := diag.Query{Protocol: protocol, States: p.sel.states}
	for i, file := range procFiles(protocol) {
		q.Family = [...]uint8{unix.AF_INET, unix.AF_INET6}[i]
		if !p.sel.families.has(q.Family) {
			continue
		}
		for s, err := range p.parseProc(file, &q) {
			if err != nil || p.inetSocket(ctx, s) != nil {
				return
			}
		}
	}
}

// parseProc yields the sockets of a file.
func (p *program) parseProc(file procFile, q *diag.Query) iter.Seq2[*diag.Socket, error] {
	return func(yield func(*diag.Socket, error) bool) {
		f, err := rights.Open(p.env.net(file.variable, file.name))
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = f.Close() }() // it was only read
		diag.ParseProc(f, q)(yield)
	}
}

// Files of the other tables.
var (
	netlinkFile = procFile{"PROC_NET_NETLINK", "netlink"}
	packetFile  = procFile{"PROC_NET_PACKET", "packet"}
	unixFile    = procFile{"PROC_NET_UNIX", "unix"}
)

// procNetlink lists netlink sockets from their file.
func (p *program) procNetlink() {
	for s, err := range p.parseProc(netlinkFile, &diag.Query{Family: unix.AF_NETLINK}) {
		if err != nil {
			return
		}
		_ = p.netlinkSocket(s) // always nil
	}
}

// procPacket lists packet sockets from their file. Unlike with sock_diag, ss applies the choice of one of the
// two tables.
func (p *program) procPacket() {
	for s, err := range p.parseProc(packetFile, &diag.Query{Family: unix.AF_PACKET}) {
		if err != nil {
			return
		}
		t := tablePacketDgram
		if s.Type == unix.SOCK_RAW {
			t = tablePacketRaw
		}
		if p.sel.tables.has(t) {
			_ = p.packetSocket(s) // always nil
		}
	}
}

// procUnix lists unix sockets from their file, by type and inode. Datagram sockets appear connected: ss
// reads a column of the file as the address of a peer.
func (p *program) procUnix() {
	// A file that cannot be read shows nothing, a truncated one the lines before its end.
	all, _ := diag.Collect(p.parseProc(unixFile, &diag.Query{Family: unix.AF_UNIX, Pending: true}))
	slices.SortStableFunc(all, func(a, b *diag.Socket) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Inode, b.Inode))
	})
	for _, s := range all {
		if s.State = procUnixState(s); p.sel.states.Has(s.State) {
			_ = p.unixSocket(s) // always nil
		}
	}
}

// acceptsFlag marks listening sockets (__SO_ACCEPTCON).
const acceptsFlag = 0x10000

// procUnixState derives a state from the columns Flags and St (enum socket_state).
func procUnixState(s *diag.Socket) diag.State {
	proc := s.Proc()
	if proc.Flags&acceptsFlag != 0 {
		return diag.StateListen
	}
	switch proc.Status {
	case 1:
		if s.Type == unix.SOCK_DGRAM {
			return diag.StateEstablished
		}
		return diag.StateClose
	case 2:
		return diag.StateSynSent
	case 3:
		return diag.StateEstablished
	case 4:
		return diag.StateClosing
	}
	return diag.StateUnknown
}
