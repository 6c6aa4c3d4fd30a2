package diag

import (
	"math"

	"github.com/nlstat/nlstat/internal/enum"
)

// A Source is where a [Socket] comes from.
type Source uint8

// The sources.
const (
	SourceNetlink Source = iota // sock_diag
	SourceProc                  // a table of /proc/net; its other columns are in [Socket.Proc]
	SourceEvent                 // a sock_diag event, see [Conn.Events]
)

var sourceNames = [...]string{"netlink", "proc", "event"}

// String returns "netlink", "proc" or "event".
func (s Source) String() string { return enum.Name(sourceNames[:], s, "source") }

// MarshalText returns what String does.
func (s Source) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Sources says which of them a [Conn] may use.
type Sources uint8

// The choices of a Conn.
const (
	SourcesAny     Sources = iota // sock_diag, or /proc/net if the kernel lacks the table's diag module
	SourcesNetlink                // ENOENT if there is no such module
	SourcesProc                   // /proc/net
)

var sourcesNames = [...]string{"any", "netlink", "proc"}

// String returns "any", "netlink" or "proc".
func (s Sources) String() string { return enum.Name(sourcesNames[:], s, "sources") }

// MarshalText returns what String does.
func (s Sources) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Proc is what a table of /proc/net tells besides. Only the fields of the socket's own table are set.
// Addresses of the kernel are hashed, and not the same as those that other files show.
type Proc struct {
	Columns uint8  // of the line; TCP has 17, or 12 for TIME_WAIT and SYN_RECV
	Slot    uint32 // number of the line or hash bucket; raw sockets: IP protocol
	Pointer uint64 // hashed address of struct sock

	// Inet: both counts; [Socket.Retrans] is one of them, by Timer.
	Retransmits uint32
	Probes      uint32
	// TCP, with 17 columns.
	RTOTicks uint32 // in 1/[ClockTick] s
	ATOTicks uint32 // likewise
	Quick    uint32 // quick acknowledgements left << 1 | interactive ("pingpong")
	Cwnd     uint32 // segments
	Ssthresh int32  // segments, -1 = none yet

	Drops   uint32 // UDP, raw and netlink sockets: messages dropped, a counter
	Flags   uint32 // unix: 0x10000 = listening (__SO_ACCEPTCON)
	Status  uint8  // unix: SS_UNCONNECTED ...; packet: whether it runs
	Groups  uint32 // netlink: the first 32 multicast groups, as GroupMask
	Dumping uint32 // netlink: a dump is running
}

// ClockTick is the unit of RTO and ATO in a [Proc]: 100 a second on all machines that Go runs on.
const ClockTick = 100

// scanner splits a line of /proc/net into words. It allocates nothing.
type scanner struct {
	line []byte
	n    uint8 // words so far
	bad  bool  // some word was malformed
}

// word returns the next word, empty at the end of the line.
func (f *scanner) word() []byte {
	b := f.line
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	i := 0
	for i < len(b) && b[i] != ' ' {
		i++
	}
	f.line = b[i:]
	if i > 0 {
		f.n++
	}
	return b[:i]
}

// colon returns what comes before the next colon, which it skips.
func (f *scanner) colon() []byte {
	b := f.line
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for i, c := range b {
		if c == ':' {
			f.line = b[i+1:]
			return b[:i]
		}
	}
	f.bad = true
	return nil
}

func (f *scanner) hex() uint64     { return f.number(f.word(), 16) }
func (f *scanner) decimal() uint32 { return f.uint32(f.word()) }

// uint32 reads a decimal number; the kernel prints some unsigned ones signed.
func (f *scanner) uint32(b []byte) uint32 {
	if len(b) > 1 && b[0] == '-' {
		return -uint32(f.number(b[1:], 10))
	}
	return uint32(min(f.number(b, 10), math.MaxUint32))
}

func (f *scanner) number(b []byte, base uint64) (n uint64) {
	if len(b) == 0 || len(b) > 20 {
		f.bad = true
		return 0
	}
	for _, c := range b {
		d := uint64(99)
		switch {
		case '0' <= c && c <= '9':
			d = uint64(c - '0')
		case 'a' <= c && c <= 'f':
			d = uint64(c-'a') + 10
		case 'A' <= c && c <= 'F':
			d = uint64(c-'A') + 10
		}
		if d >= base {
			f.bad = true
			return 0
		}
		n = n*base + d
	}
	return n
}
