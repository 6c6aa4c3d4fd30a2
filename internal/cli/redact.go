package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/diag/redact"
)

// redaction holds the flags for redacted recordings of sockets. Other tables cannot be redacted: most of a
// route or a link would have to be hidden.
type redaction struct {
	redact bool
	key    string // file
}

func (r *redaction) flags(f *pflag.FlagSet) {
	f.BoolVar(&r.redact, "redact", false,
		"redact the recording: host parts of addresses, users, command lines, names except program names")
	f.StringVar(&r.key, "redact-key", "",
		"redact with the key in `FILE`: recordings with the same key can be compared")
}

func (r *redaction) redacts() bool { return r.redact || r.key != "" }

// redactor returns the redactor, nil without redaction.
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

// errRedacted refuses a comparison that would report every socket as new.
var errRedacted = errors.New("diff: redacted recordings can be compared only with the same --redact-key")

// checkComparable refuses to compare recordings that were not redacted with the same key. after is nil for
// the kernel.
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
