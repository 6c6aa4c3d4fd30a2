//go:build linux

package conntrack

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
)

// Status is a set of the status bits of a flow (IPS_*).
type Status uint32

// The bits of Status.
const (
	StatusExpected     Status = 1 << iota // expected by a helper of another flow
	StatusSeenReply                       // there was a reply
	StatusAssured                         // not to be evicted early
	StatusConfirmed                       // in the table; the first packet has left
	StatusSrcNAT                          // the source is translated
	StatusDstNAT                          // the destination is translated
	StatusSeqAdjust                       // sequence numbers are adjusted
	StatusSrcNATDone                      // the translation of the source is decided
	StatusDstNATDone                      // likewise
	StatusDying                           // being removed
	StatusFixedTimeout                    // the timeout does not change
	StatusTemplate                        // not a flow, but a template of a rule
	StatusUntracked                       // never used
	StatusHelper                          // the helper was chosen by a rule
	StatusOffload                         // forwarded by a flow table
	StatusHWOffload                       // forwarded by hardware
)

var statusNames = [...]string{
	"EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED", "SRC_NAT", "DST_NAT", "SEQ_ADJUST", "SRC_NAT_DONE",
	"DST_NAT_DONE", "DYING", "FIXED_TIMEOUT", "TEMPLATE", "UNTRACKED", "HELPER", "OFFLOAD", "HW_OFFLOAD",
}

// AppendTo appends the kernel's names, joined by commas.
func (s Status) AppendTo(dst []byte) []byte {
	return enum.AppendFlags(dst, statusNames[:], s)
}

// String returns the kernel's names, joined by commas: "SEEN_REPLY,ASSURED,CONFIRMED".
func (s Status) String() string { return string(s.AppendTo(nil)) }

// MarshalText returns what String does.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// State is the state of a TCP, SCTP or DCCP flow: each protocol has numbers of its own.
type State uint8

var tcpStates = [...]string{
	"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",
	"SYN_SENT2",
}

var sctpStates = [...]string{
	"NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT", "SHUTDOWN_RECD",
	"SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT", "HEARTBEAT_ACKED",
}

var dccpStates = [...]string{
	"NONE", "REQUEST", "RESPOND", "PARTOPEN", "OPEN", "CLOSEREQ", "CLOSING", "TIMEWAIT", "IGNORE", "INVALID",
}

// StateName returns the name of the flow's state in conntrack(8), "" if it has none.
func (f *Flow) StateName() string {
	if f.Has&HasState == 0 {
		return ""
	}
	var names []string
	switch f.Orig.Proto {
	case unix.IPPROTO_TCP:
		names = tcpStates[:]
	case unix.IPPROTO_SCTP:
		names = sctpStates[:]
	case unix.IPPROTO_DCCP:
		names = dccpStates[:]
	}
	if int(f.State) < len(names) {
		return names[f.State]
	}
	return "STATE" + strconv.Itoa(int(f.State))
}
