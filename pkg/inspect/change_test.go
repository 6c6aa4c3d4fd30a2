package inspect

import "testing"

// TestChange checks that every change has its word, and is of one sort.
func TestChange(t *testing.T) {
	for c, want := range map[Change]struct {
		word        string
		shown, gone bool
	}{
		Same: {"same", true, false}, Present: {"present", true, false}, Added: {"added", true, false},
		Changed: {"changed", true, false}, Removed: {"removed", false, true}, Left: {"left", false, true},
		Expired: {"expired", false, true}, Sampled: {"sampled", false, false}, Idle: {"idle", false, false},
		Lost: {"lost", false, false}, Lost + 1: {"unknown", false, false},
	} {
		if c.String() != want.word || c.Shown() != want.shown || c.Gone() != want.gone {
			t.Errorf("%d is %s, shown %v, gone %v; want %+v", c, c, c.Shown(), c.Gone(), want)
		}
	}
}
