//go:build linux

package inspect

// changeNames are in the order of the constants.
var changeNames = [...]string{
	"same", "present", "added", "changed", "removed", "left", "expired", "sampled", "idle", "lost",
}

// String returns the word for a change: "added".
func (c Change) String() string {
	if int(c) < len(changeNames) {
		return changeNames[c]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (c Change) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Shown reports whether a row is there and matches, as it is now.
func (c Change) Shown() bool { return c < ChangeRemoved }

// Gone reports whether a row is shown for the last time: the socket was closed, or does not match any more.
func (c Change) Gone() bool { return c >= ChangeRemoved && c < ChangeSampled }
