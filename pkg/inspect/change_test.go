//go:build linux

package inspect

import "testing"

// TestChange checks that every change has a name and is either shown, gone or neither.
func TestChange(t *testing.T) {
	for c, want := range map[Change]struct {
		word        string
		shown, gone bool
	}{
		ChangeNone: {"same", true, false}, ChangePresent: {"present", true, false}, ChangeAdded: {"added", true, false},
		ChangeChanged: {"changed", true, false}, ChangeRemoved: {"removed", false, true}, ChangeLeft: {"left", false, true},
		ChangeExpired: {"expired", false, true}, ChangeSampled: {"sampled", false, false}, ChangeIdle: {"idle", false, false},
		ChangeLost: {"lost", false, false}, ChangeLost + 1: {"unknown", false, false},
	} {
		if c.String() != want.word || c.Shown() != want.shown || c.Gone() != want.gone {
			t.Errorf("%d is %s, shown %v, gone %v; want %+v", c, c, c.Shown(), c.Gone(), want)
		}
	}
}
