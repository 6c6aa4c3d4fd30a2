package diag

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nlstat/nlstat/internal/enum"
)

// A State is a socket's state with the kernel's numbers (include/net/tcp_states.h). They are those of TCP;
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

// stateNames are the names in ss(8) and nlstat. The kernel's CLOSE is UNCONN: the state of every socket
// without a connection.
var stateNames = [numStates]string{
	"UNKNOWN", "ESTAB", "SYN-SENT", "SYN-RECV", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT", "UNCONN",
	"CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "SYN-RECV", "BOUND",
}

// stateAliases are other names of states: those of netstat, of the kernel and of RFC 9293.
var stateAliases = [numStates][]string{
	StateEstablished:   {"ESTABLISHED", "EST"},
	StateSynRecv:       {"SYN-RCV", "SYN-RECEIVED"},
	StateFinWait1:      {"FIN-WAIT1"},
	StateFinWait2:      {"FIN-WAIT2"},
	StateClose:         {"CLOSE", "CLOSED", "UNCONNECTED"},
	StateListen:        {"LISTENING"},
	StateNewSynRecv:    {"NEW-SYN-RECV"},
	StateBoundInactive: {"BOUND-INACTIVE"},
}

// String returns the state's name in ss(8) and nlstat, such as "ESTAB", "TIME-WAIT" or "UNCONN".
func (s State) String() string {
	if s < numStates {
		return stateNames[s]
	}
	return "STATE-" + strconv.Itoa(int(s))
}

// MarshalText returns what String does.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText parses text as [ParseState] does.
func (s *State) UnmarshalText(text []byte) (err error) {
	*s, err = ParseState(string(text))
	return err
}

// ParseState parses the name of a state as in String, netstat(8), the kernel or RFC 9293, in any case and
// with _ for -: "ESTAB", "established", "TCP_TIME_WAIT", "closed".
func ParseState(name string) (State, error) {
	word := strings.TrimPrefix(strings.ReplaceAll(strings.ToUpper(name), "_", "-"), "TCP-")
	for s := range numStates {
		if stateNames[s] == word || slices.Contains(stateAliases[s], word) {
			return s, nil
		}
	}
	if number, ok := strings.CutPrefix(word, "STATE-"); ok {
		if n, err := strconv.ParseUint(number, 10, 8); err == nil && State(n) >= numStates {
			return State(n), nil
		}
	}
	return StateUnknown, fmt.Errorf("unknown state %q", name)
}

// A StateSet is a set of states, bit n for state n, as in requests.
type StateSet uint32

// Sets that queries use.
const (
	// StatesKnown are all known states. They include bound-only TCP sockets, whose table needs a walk of its
	// own; leave StateBoundInactive out if those are not needed.
	StatesKnown StateSet = 1<<numStates - 1
	// StatesAny also includes states that this package does not know.
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

// String returns the names of the states, joined by commas, and "all" if none is missing that this package
// knows.
func (set StateSet) String() string {
	if set&StatesKnown == StatesKnown {
		return "all"
	}
	return enum.Flags(stateNames[:], set)
}

// MarshalText returns what String does.
func (set StateSet) MarshalText() ([]byte, error) { return []byte(set.String()), nil }

// Has reports whether s is in the set.
func (set StateSet) Has(s State) bool { return s < 32 && set&(1<<s) != 0 }
