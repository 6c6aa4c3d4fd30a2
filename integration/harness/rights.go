package harness

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// NeedsUsers skips a test that changes to other users where there are none: in a user namespace that an
// ordinary user has made.
func NeedsUsers(t testing.TB) {
	t.Helper()
	if !severalUsers() {
		t.Skip("needs the machine's root: this user namespace has no other users")
	}
}

// OneUser reports whether the tests run in a user namespace that has root alone, as ordinary users make
// them. Some of root's rights are missing there: devices, and reading processes that have ended.
func OneUser() bool { return !severalUsers() }

var severalUsers = sync.OnceValue(func() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || mapsUser(string(text), nobody)
})

// mapsUser reads user_namespaces(7)'s uid_map: first inside, first outside, how many.
func mapsUser(table string, uid uint64) bool {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		first, err := strconv.ParseUint(f[0], 10, 32)
		n, err2 := strconv.ParseUint(f[2], 10, 32)
		if err == nil && err2 == nil && first <= uid && uid-first < n {
			return true
		}
	}
	return false
}
