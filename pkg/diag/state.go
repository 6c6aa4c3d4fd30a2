package diag

import "strconv"

// A State is a socket's state with the kernel's numbers (include/net/tcp_states.h). They are TCP's;
// other families use some of them: Established for connected, Close for unconnected, Listen.
type State uint8

// The states that the kernel knows.
const (
	StateUnknown       State = iota
	StateEstablished         // TCP_ESTABLISHED
	StateSynSent             // TCP_SYN_SENT
	StateSynRecv             // TCP_SYN_RECV
	StateFinWait1            // TCP_FIN_WAIT1
	StateFinWait2            // TCP_FIN_WAIT2
	StateTimeWait            // TCP_TIME_WAIT
	StateClose               // TCP_CLOSE
	StateCloseWait           // TCP_CLOSE_WAIT
	StateLastAck             // TCP_LAST_ACK
	StateListen              // TCP_LISTEN
	StateClosing             // TCP_CLOSING
	StateNewSynRecv          // TCP_NEW_SYN_RECV, reported as StateSynRecv
	StateBoundInactive       // TCP_BOUND_INACTIVE, for requests only since Linux 6.8; reported as StateClose
	numStates
)

// stateNames are the names of RFC 9293 and of the kernel's own additions.
var stateNames = [numStates]string{
	"UNKNOWN", "ESTABLISHED", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "CLOSE",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "NEW-SYN-RECV", "BOUND-INACTIVE",
}

// String returns the state's name, such as "TIME-WAIT".
func (s State) String() string {
	if s < numStates {
		return stateNames[s]
	}
	return "STATE-" + strconv.Itoa(int(s))
}

// A StateSet is a set of states, bit n for state n, as requests carry it.
type StateSet uint32

// Sets that queries use.
const (
	// StatesKnown are all known states. It requests bound-only TCP sockets too, whose table costs a
	// walk of its own; leave StateBoundInactive out where they are not shown.
	StatesKnown StateSet = 1<<numStates - 1
	// StatesAny also holds the states that this package does not know.
	StatesAny StateSet = ^StateSet(0)
)

// States returns the set of the given states.
func States(states ...State) StateSet {
	var set StateSet
	for _, s := range states {
		set |= 1 << s
	}
	return set
}

// Has reports whether s is in the set.
func (set StateSet) Has(s State) bool { return s < 32 && set&(1<<s) != 0 }
