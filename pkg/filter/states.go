//go:build linux

package filter

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/pkg/diag"
)

// ErrNoState says that no state follows the word state or exclude.
var ErrNoState = errors.New("filter: a state is missing at the end")

// An UnknownStateError says that the word after state or exclude is neither a state nor a set of states.
type UnknownStateError struct{ Word string }

// Error names the word.
func (e *UnknownStateError) Error() string { return fmt.Sprintf("filter: unknown state %q", e.Word) }

// Sets of states.
const (
	listening = diag.StateSet(1<<diag.StateListen | 1<<diag.StateClose)
	bucket    = diag.StateSet(1<<diag.StateSynRecv | 1<<diag.StateTimeWait)
)

// stateSets are the words of ss for several states, and other words that are not names of a state.
var stateSets = map[string]diag.StateSet{
	"all":          diag.StatesKnown,
	"connected":    diag.StatesKnown &^ listening,
	"synchronized": diag.StatesKnown &^ (listening | 1<<diag.StateSynSent),
	"bucket":       bucket,
	"big":          diag.StatesKnown &^ bucket,
}

// stateWords are the words of ss for one state. Those of State.String are not accepted.
var stateWords = map[string]diag.State{
	"unknown": diag.StateUnknown, "established": diag.StateEstablished, "syn-sent": diag.StateSynSent,
	"syn-recv": diag.StateSynRecv, "syn-rcv": diag.StateSynRecv, "fin-wait-1": diag.StateFinWait1,
	"fin-wait-2": diag.StateFinWait2, "time-wait": diag.StateTimeWait, "unconnected": diag.StateClose,
	"closed": diag.StateClose, "close": diag.StateClose, "close-wait": diag.StateCloseWait,
	"last-ack": diag.StateLastAck, "listening": diag.StateListen, "closing": diag.StateClosing,
	"bound-inactive": diag.StateBoundInactive,
}

// ParseStates parses the words "state S" and "exclude S" at the front of a filter, as ss does: S is a
// state, or connected, synchronized, bucket, big or all. Several are combined. If the first is exclude,
// it is relative to all states. If rest has as many words as words, there were none.
func ParseStates(words []string) (states diag.StateSet, rest []string, err error) {
	for rest = words; len(rest) > 0; rest = rest[2:] {
		include := rest[0] == "state"
		if !include && rest[0] != "exclude" && rest[0] != "excl" {
			break
		}
		if len(rest) == len(words) && !include {
			states = diag.StatesKnown
		}
		if len(rest) < 2 {
			return 0, nil, ErrNoState
		}
		word := strings.ToLower(rest[1])
		set, ok := stateSets[word]
		if state, is := stateWords[word]; is {
			set, ok = diag.States(state), true
		}
		switch {
		case !ok:
			return 0, nil, &UnknownStateError{rest[1]}
		case include:
			states |= set
		default:
			states &^= set
		}
	}
	return states, rest, nil
}

// splitStates splits words that contain several, as long as they are of states.
func splitStates(words []string) []string {
	for i := 0; i < len(words); i++ {
		parts := strings.Fields(words[i])
		switch {
		case len(parts) == 0:
			return words
		case i%2 == 0 && parts[0] != "state" && parts[0] != "exclude" && parts[0] != "excl":
			return words
		case len(parts) > 1:
			_, after, _ := strings.Cut(words[i], parts[0])
			words = slices.Concat(words[:i], []string{parts[0], strings.TrimSpace(after)}, words[i+1:])
		}
	}
	return words
}
