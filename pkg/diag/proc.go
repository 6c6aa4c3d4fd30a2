//go:build linux

package diag

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/netns"
	"github.com/nlstat/nlstat/pkg/nl"
)

// A procTable is a file of /proc/net that is read if the kernel lacks the diag module. Minimal
// kernels lack raw_diag and udp_diag; ping sockets never had one.
type procTable struct {
	family   uint8
	protocol uint16
	name     string
}

var procTables = [...]procTable{
	{unix.AF_INET, unix.IPPROTO_TCP, "tcp"},
	{unix.AF_INET6, unix.IPPROTO_TCP, "tcp6"},
	{unix.AF_INET, unix.IPPROTO_UDP, "udp"},
	{unix.AF_INET6, unix.IPPROTO_UDP, "udp6"},
	{unix.AF_INET, unix.IPPROTO_UDPLITE, "udplite"},
	{unix.AF_INET6, unix.IPPROTO_UDPLITE, "udplite6"},
	{unix.AF_INET, unix.IPPROTO_RAW, "raw"},
	{unix.AF_INET6, unix.IPPROTO_RAW, "raw6"},
	{unix.AF_INET, unix.IPPROTO_ICMP, "icmp"},
	{unix.AF_INET6, unix.IPPROTO_ICMPV6, "icmp6"},
	{unix.AF_UNIX, 0, "unix"},
	{unix.AF_PACKET, 0, "packet"},
	{unix.AF_NETLINK, 0, "netlink"},
}

// procTableOf returns the table of a query, nil if there is none.
func procTableOf(q *Query) *procTable {
	for i := range procTables {
		t := &procTables[i]
		if t.family == q.Family && (t.protocol == q.Protocol || t.protocol == 0) {
			return t
		}
	}
	return nil
}

// ProcName returns the name below /proc/net of the file with the table of q, such as "tcp6". ok is
// false if there is none: MPTCP, SCTP, vsock, XDP, TIPC and SMC have sock_diag only.
func (q *Query) ProcName() (name string, ok bool) {
	t := procTableOf(q)
	if t == nil {
		return "", false
	}
	return t.name, true
}

// parse fills s and p from a line of the file.
func (t *procTable) parse(s *Socket, p *Proc, line []byte) bool {
	s.message = line
	switch t.family {
	case unix.AF_UNIX:
		return procUnix(s, p, line)
	case unix.AF_PACKET:
		return procPacket(s, p, line)
	case unix.AF_NETLINK:
		return procNetlink(s, p, line)
	default:
		return procInet(s, p, line, t.protocol)
	}
}

// Proc decodes the remaining columns of the line of /proc/net. It is zero without HasProc.
func (s *Socket) Proc() (p Proc) {
	if s.Has&HasProc == 0 {
		return p
	}
	if t := procTableOf(&Query{Family: s.Family, Protocol: s.Protocol}); t != nil {
		var again Socket
		t.parse(&again, &p, s.message)
	}
	return p
}

// ParseProc lists the sockets of a file of /proc/net that q selects, r being the file that
// [Query.ProcName] names. It is like [Conn.Sockets]. Malformed lines are skipped.
func ParseProc(r io.Reader, q *Query) iter.Seq2[*Socket, error] {
	return func(yield func(*Socket, error) bool) {
		t := procTableOf(q)
		if t == nil {
			yield(nil, nl.Unsupported(fmt.Errorf("parse %s sockets: /proc/net has no such table", tableName(q))))
			return
		}
		if err := q.verify(); err != nil {
			yield(nil, fmt.Errorf("parse %s sockets: %w", tableName(q), err))
			return
		}
		var s Socket
		if _, err := t.read(r, &s, q, new(Stats), yield); err != nil {
			yield(nil, err)
		}
	}
}

// procBuffer is the size of a read: /proc/net returns little per read, regardless of the size.
const procBuffer = 32 << 10

// read parses a file. It reports whether the loop goes on.
func (t *procTable) read(
	r io.Reader, s *Socket, q *Query, stats *Stats, yield func(*Socket, error) bool,
) (more bool, err error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, procBuffer), procBuffer)
	in.Scan() // the header
	for in.Scan() {
		if line := in.Bytes(); t.take(line, s, q, stats) && !yield(s, nil) {
			return false, nil
		}
	}
	if err := in.Err(); err != nil {
		return false, fmt.Errorf("read %s sockets: %w", t.name, err)
	}
	return true, nil
}

// take parses a line into s and reports whether q selects it.
func (t *procTable) take(line []byte, s *Socket, q *Query, stats *Stats) bool {
	*s = Socket{Source: SourceProc}
	if !t.parse(s, new(Proc), line) {
		stats.Malformed++
		return false
	}
	if !q.selects(s) || s.Family == unix.AF_UNIX && s.Inode == 0 && !q.Pending {
		return false
	}
	stats.Sockets++
	return true
}

// proc runs the query on /proc/net. missing is the error of sock_diag that made it necessary, and
// the result if that file does not exist either.
func (d *dump) proc(missing error, yield func(*Socket, error) bool) {
	if err := d.q.verify(); err != nil {
		yield(nil, fmt.Errorf("%s: %w", d.op, err))
		return
	}
	queries := []Query{*d.q}
	if d.q.Legacy {
		v4, v6 := *d.q, *d.q
		v4.Family, v6.Family = unix.AF_INET, unix.AF_INET6
		v4.Protocol, v6.Protocol = unix.IPPROTO_TCP, unix.IPPROTO_TCP
		queries = []Query{v4, v6}
	}
	for i := range queries {
		t := procTableOf(&queries[i])
		if t == nil {
			yield(nil, d.noTable(missing))
			return
		}
		r, err := d.conn.openProc(t.name)
		if errors.Is(err, os.ErrNotExist) && missing != nil {
			err = missing
		}
		if err != nil {
			yield(nil, err)
			return
		}
		more, err := t.read(r, &d.conn.sock, &queries[i], &d.conn.stats, yield)
		_ = r.Close() // read-only
		if err != nil {
			yield(nil, err)
		}
		if !more {
			return
		}
	}
	if missing != nil {
		d.conn.stats.Fallbacks++
	}
}

// noTable returns the error for a table that /proc/net does not have.
func (d *dump) noTable(missing error) error {
	if missing != nil {
		return missing
	}
	return nl.Unsupported(fmt.Errorf("%s: /proc/net has no such table: %w", d.op, unix.ENOENT))
}

// openProc opens a file of /proc/net in the network namespace of the Conn, or in the recording.
func (c *run) openProc(name string) (io.ReadCloser, error) {
	if c.cfg.ProcRoot != "" {
		return c.cfg.openProc(name)
	}
	return c.nl.OpenFile("net/"+name, ownNet+name)
}

// ownNet is the directory of the calling thread's namespace; /proc/net is that of the main thread.
const ownNet = "/proc/thread-self/net/"

// openProc opens a file of /proc/net in the chosen network namespace, or in the recording.
func (c *Config) openProc(name string) (io.ReadCloser, error) {
	path := ownNet + name
	if c.ProcRoot != "" {
		path = c.ProcRoot + "/net/" + name
	}
	return nl.OpenFile("net/"+name, c.Record, c.Replay, func() (io.ReadCloser, error) {
		var f *os.File
		open := func() (err error) {
			f, err = os.Open(path)
			return err
		}
		var err error
		if c.NetNS != 0 && c.ProcRoot == "" {
			err = netns.Do(c.NetNS, open)
		} else {
			err = open()
		}
		return f, err
	})
}
