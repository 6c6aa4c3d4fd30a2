package names

import (
	"bytes"
	"strings"
)

// User returns the login name of a user number, "" if it has none.
func (n *Names) User(uid uint32) string {
	n.loadUsers()
	return n.users[uid]
}

// UserID returns the number of a login name.
func (n *Names) UserID(name string) (uint32, bool) {
	n.loadUsers()
	uid, ok := n.userIDs[name]
	return uid, ok
}

func (n *Names) loadUsers() {
	if n.users != nil {
		return
	}
	n.users = make(map[uint32]string)
	n.userIDs = make(map[string]uint32)
	for name, uid := range parseUsers(n.file("passwd")) {
		setFirst(n.users, uid, name)
		setFirst(n.userIDs, name, uid)
	}
}

// parseUsers yields name and number of lines like "root:x:0:0:root:/root:/bin/sh".
// Lines that begin with a sign belong to the old compat mode and are skipped.
func parseUsers(content []byte) func(yield func(string, uint32) bool) {
	return func(yield func(string, uint32) bool) {
		for line := range bytes.Lines(content) {
			fields := strings.SplitN(strings.TrimSpace(string(line)), ":", 5)
			if len(fields) < 4 || fields[0] == "" || strings.ContainsRune("+-#", rune(fields[0][0])) {
				continue
			}
			if uid, ok := number(fields[2]); ok && !yield(fields[0], uid) {
				return
			}
		}
	}
}
