package netstat

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"
)

// deadFamily is an address family that few kernels still have, and none over netlink.
type deadFamily struct {
	family  familySet
	name    string
	path    string
	header  string // title and header lines
	headed  bool   // the file begins with a header of its own
	problem string // message on stdout about an invalid line, "" = none
	row     func(t *tool, b, line []byte) (row []byte, ok bool)
}

// deadFamilies are in the order in which they are printed. IPX is in procipx.go.
var deadFamilies = [...]deadFamily{
	{
		famAX25, "AF AX25", "/proc/net/ax25",
		"Active AX.25 sockets\n" +
			"Dest       Source     Device  State        Vr/Vs    Send-Q  Recv-Q\n",
		false, "problem", ax25Row,
	},
	{
		famX25, "AF X25", "/proc/net/x25",
		"Active X.25 sockets\n" +
			"Dest         Source          Device  LCI  State        Vr/Vs  Send-Q  Recv-Q\n",
		true, "", x25Row,
	},
	{
		famNetrom, "AF NETROM", "/proc/net/nr",
		"Active NET/ROM sockets\n" +
			"User       Dest       Source     Device  State        Vr/Vs    Send-Q  Recv-Q\n",
		true, "Problem", netromRow,
	},
	{
		famRose, "AF ROSE", "/proc/net/rose",
		"Active ROSE sockets\n" +
			"dest_addr   dest_call  src_addr    src_call  dev   lci neigh   state\n",
		true, "Problem", roseRow,
	},
}

// The states of these families by number.
var (
	ax25States   = [...]string{"LISTENING", "SABM SENT", "DISC SENT", "ESTABLISHED", "RECOVERY"}
	x25States    = [...]string{"LISTENING", "SABM_SENT", "DISC_SENT", "ESTABLISHED", "RECOVERY"}
	netromStates = [...]string{"LISTENING", "CONN SENT", "DISC SENT", "ESTABLISHED"}
)

// print prints the sockets of the family.
func (d *deadFamily) print(t *tool, _ context.Context) status { //nolint:revive // the shape of a section
	if !t.familyShown(d.family) {
		return statusOK
	}
	started := false
	start := func() {
		if !started {
			started = true
			t.out.text(d.header)
		}
	}
	header := d.headed
	err := t.eachLine(d.path, func(line []byte) bool {
		start()
		if header {
			header = false
			return true
		}
		b, ok := d.row(t, t.out.buf, line)
		if !ok {
			b = t.out.buf
			if d.problem != "" {
				b = append(b, d.problem+" reading data from "+d.path+"\n"...)
			}
		}
		return t.out.row(b)
	})
	if code, failed := t.openFailed(d.name, d.path, err); failed {
		return code
	}
	start() // an empty file, or a folder, as on present kernels
	return statusOK
}

// openFailed reports whether a file could not be opened. If it could not be read, the list ends as at the
// end of the file.
func (t *tool) openFailed(name, path string, err error) (code status, failed bool) {
	if pathErr, ok := errors.AsType[*fs.PathError](err); !ok || pathErr.Op != "open" {
		return statusOK, false
	}
	if errors.Is(err, unix.ENOENT) {
		return t.missingFamily(name), true
	}
	t.perror(path, err)
	return statusBroken, true
}

// ax25Row parses "magic device source destination,digipeaters st vs vr va" and 13 more numbers, then both
// queues if a process owns the socket.
func ax25Row(_ *tool, b, line []byte) ([]byte, bool) {
	f := fields(line)
	skip(&f, 1)
	device, source, dest := string(f.next()), string(f.next()), string(f.next())
	var state, vs, vr, sendQ, recvQ int64
	if !numbers(&f, &state, &vs, &vr) {
		return b, false
	}
	skip(&f, 14)
	if !numbers(&f, &sendQ, &recvQ) {
		sendQ, recvQ = 0, 0
	}
	dest, _, _ = strings.Cut(dest, ",")
	word := stateName(ax25States[:], state)
	b = columns(b, "  ", column{dest, 9}, column{source, 9}, column{device, 6}, column{word, 11})
	return appendSequence(b, vr, vs, sendQ, recvQ, 3), true
}

// x25Row parses the addresses by their columns; the source loses its last digit. Channels are printed as if
// they were decimal. Without -a, sockets without a channel are left out.
func x25Row(t *tool, b, line []byte) ([]byte, bool) {
	const destEnd, source, sourceEnd, rest = 10, 11, 20, 22
	if len(line) < rest {
		return b, false
	}
	f := fields(line[rest:])
	device := string(f.next())
	var channel, state, vs, vr, sendQ, recvQ int64
	if !numbers(&f, &channel, &state, &vs, &vr) {
		return b, false
	}
	skip(&f, 6)
	if !numbers(&f, &sendQ, &recvQ) || channel == 0 && !t.given('a') {
		return b, false
	}
	from := string(line[source:sourceEnd])
	b = columns(b, " ", column{string(line[:destEnd]), 15}, column{from, 15}, column{device, 7})
	b = leftInt(b, channel, 3)
	b = append(b, "  "...)
	b = columns(b, "  ", column{stateName(x25States[:], state), 11})
	return appendSequence(b, vr, vs, sendQ, recvQ, 2), true
}

// netromRow parses three call signs by their columns.
func netromRow(_ *tool, b, line []byte) ([]byte, bool) {
	const width, rest = 10, 30
	if len(line) < rest {
		return b, false
	}
	f := fields(line[rest:])
	device := string(f.next())
	mine, peers := f.next(), f.next()
	if bytes.IndexByte(mine, '/') < 0 || bytes.IndexByte(peers, '/') < 0 {
		return b, false // no circuit numbers: an unknown format
	}
	f = bytes.ReplaceAll(f, []byte("/"), []byte(" ")) // the timers' "now/limit" are two words each
	var state, vs, vr, sendQ, recvQ int64
	if !numbers(&f, &state, &vs, &vr) {
		return b, false
	}
	skip(&f, 12)
	if !numbers(&f, &sendQ, &recvQ) {
		return b, false
	}
	for i := 0; i < rest; i += width {
		b = columns(b, "  ", column{string(line[i : i+width-1]), 9})
	}
	b = columns(b, "  ", column{device, 6}, column{stateName(netromStates[:], state), 11})
	return appendSequence(b, vr, vs, sendQ, recvQ, 3), true
}

// roseRow parses the first eight words. In the reference a source address of full length overflows into the
// destination; that is repeated in strict mode only.
func roseRow(t *tool, b, line []byte) ([]byte, bool) {
	const full = 10
	f := fields(line)
	dest, destCall, source, sourceCall := string(f.next()), string(f.next()), string(f.next()), string(f.next())
	device := string(f.next())
	var channel, neighbor, state int64
	if !numbers(&f, &channel, &neighbor, &state) {
		return b, false
	}
	if t.strict && len(source) >= full {
		dest = ""
	}
	b = columns(b, "  ", column{dest, 10}, column{destCall, 9}, column{source, 10})
	b = columns(b, " ", column{sourceCall, 9}, column{device, 5})
	b = rightInt(b, channel, 3)
	b = append(b, ' ')
	b = rightInt(b, neighbor, 5)
	b = append(b, "   "...)
	b = append(b, stateName(netromStates[:], state)...)
	return append(b, '\n'), true
}

// column is one left-justified cell.
type column struct {
	text  string
	width int
}

// columns appends cells, each followed by sep.
func columns(b []byte, sep string, cells ...column) []byte {
	for _, c := range cells {
		b = append(leftText(b, c.text, c.width), sep...)
	}
	return b
}

// appendSequence ends a row with both sequence numbers, of at least the given number of digits, and both
// queues.
func appendSequence(b []byte, vr, vs, sendQ, recvQ int64, digits int) []byte {
	b = zeroPadded(b, vr, digits)
	b = append(b, '/')
	b = zeroPadded(b, vs, digits)
	b = append(b, "  "...)
	b = leftInt(b, sendQ, 6)
	b = append(b, "  "...)
	return append(leftInt(b, recvQ, 6), '\n')
}

func stateName(names []string, state int64) string {
	if state < 0 {
		return numbered(nil, 0)
	}
	return numbered(names, uint64(state))
}
