package inspect

// changeNames are in the order of the constants.
var changeNames = [...]string{
	"same", "present", "added", "changed", "removed", "left", "expired", "sampled", "idle", "lost",
}

// String returns the name of a change: "added".
func (c Change) String() string {
	if int(c) < len(changeNames) {
		return changeNames[c]
	}
	return "unknown"
}

// MarshalText returns what String does.
func (c Change) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Shown reports whether the socket exists and its row matches.
func (c Change) Shown() bool { return c < ChangeRemoved }

// Gone reports whether the socket was closed or no longer matches.
func (c Change) Gone() bool { return c >= ChangeRemoved && c < ChangeSampled }
