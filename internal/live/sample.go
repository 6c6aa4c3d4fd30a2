package live

import (
	"net/netip"
	"time"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// A Sample is what one dump tells. It is not changed after it was made.
type Sample struct {
	At       time.Time
	Took     time.Duration // for the dump
	Every    time.Duration // until the next one
	States   [16]int       // TCP sockets by diag.State
	Conns    []Conn        // connections, and datagram sockets
	Process  []Process
	Listener []Listener
	Missing  string // why owners are not all known, "" if they are
	Err      error  // the dump broke off
}

// A Conn is a socket that is not a listener.
type Conn struct {
	ID            inspect.Fingerprint
	Netns         string
	Proto         string
	State         diag.State
	Local, Remote netip.AddrPort
	Owner         Owner
	Rated         bool // there was a sample before, so that there are rates
	Send, Recv    uint64
	TCP           bool // there is tcp_info
	RTT           time.Duration
	Retrans       uint64 // segments retransmitted in its life
	Queued        uint64 // bytes in its queues
	Drops         uint64

	segments, resent uint64 // sent and retransmitted since the sample before
}

// An Owner is the first of the processes that hold a socket.
type Owner struct {
	PID    int32 // 0 = none is known
	Others int
	Name   string // name/pid, or why there is none
	Unit   string
}

// A Process is what the sockets of a process have in common.
type Process struct {
	Owner
	Conns, Listeners, CloseWait int
	Rated                       bool
	Send, Recv                  uint64
	RTT                         time.Duration // the longest
	Drops                       uint64
	segments, resent            uint64
}

// Resent returns the share of segments that were sent again since the sample before, in percent.
func (p *Process) Resent() (percent float64, ok bool) {
	if p.segments == 0 {
		return 0, false
	}
	return 100 * float64(p.resent) / float64(p.segments), true
}

// A Listener is a socket that takes connections.
type Listener struct {
	ID            inspect.Identity
	Netns         string
	Local         netip.AddrPort
	Owner         Owner
	Reach         string
	Conns         uint64
	CloseWait     uint64
	SynQueue      uint64
	Accepted      float64 // a second
	Rated         bool
	AcceptQueue   uint32
	AcceptLimit   uint32
	Drops, Recent uint32 // in its life, and since the sample before
}
