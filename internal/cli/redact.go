package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/diag/redact"
)

// redaction is whether recordings of sockets are made for strangers, as flags say it. Other tables are not
// redacted: nearly all of a route or a link is what would have to be hidden.
type redaction struct {
	redact bool
	key    string // file
}

func (r *redaction) flags(f *pflag.FlagSet) {
	f.BoolVar(&r.redact, "redact", false,
		"hide in the recording the last parts of addresses, users, command lines and names but those of programs")
	f.StringVar(&r.key, "redact-key", "",
		"likewise, with the secret in `FILE`: recordings of the same secret can be compared")
}

func (r *redaction) redacts() bool { return r.redact || r.key != "" }

// redactor returns what hides, nil if nothing is to be hidden.
func (r *redaction) redactor() (*redact.Redactor, error) {
	switch {
	case r.key != "":
		secret, err := rights.ReadFile(r.key)
		if err != nil {
			return nil, fmt.Errorf("--redact-key: %w", err)
		}
		key, err := redact.KeyFrom(secret)
		if err != nil {
			return nil, fmt.Errorf("--redact-key %q: %w", r.key, err)
		}
		return redact.WithKey(key), nil
	case r.redact:
		return redact.New(), nil
	default:
		return nil, nil
	}
}

// hideHead leaves in the head of a recording nothing that tells of the host but the release of its kernel.
// Boots can still be told apart, by whoever has recordings of the same key.
func hideHead(head *diag.Head, r *redact.Redactor) {
	head.Host, head.Redacted = "", true
	if head.BootID != "" { // one that is not known stays so
		head.BootID = fmt.Sprintf("%x", r.Token("boot "+head.BootID))
	}
	head.Redaction = fmt.Sprintf("%x", r.Token("key"))
}

// errRedacted refuses what would find every socket new.
var errRedacted = errors.New("diff: redacted recordings compare only with those of the same --redact-key")

// checkComparable refuses to compare a recording with what was not redacted by the same key. Where after is
// nil that is the kernel.
func checkComparable(before, after *replayFile) error {
	a, b := before.Head(), diag.Head{}
	if after != nil {
		b = after.Head()
	}
	if a.Redacted != b.Redacted || a.Redaction != b.Redaction {
		return errRedacted
	}
	return nil
}
