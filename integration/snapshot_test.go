//go:build integration

package integration

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// A snapshot is the state of every socket of a namespace as found by the reader, by its key: the cookie of
// TCP and UDP, the inode of other kinds.
type snapshot map[string]string

// keyOf is the key of a socket: the namespace, a kind and a number.
func keyOf(space int, kind string, number uint64) string {
	return fmt.Sprint(space, " ", kind, " ", number)
}

// procTables are the lists of /proc/net whose sockets are told apart by inode: the column of the inode and
// those of the state.
var procTables = []struct {
	file, kind string
	inode      int
	state      []int
}{
	{"unix", "unix", 6, []int{3, 5}},
	{"netlink", "netlink", 9, nil},
	{"packet", "packet", 8, nil},
	{"raw", "raw", 9, []int{3}},
	{"raw6", "raw", 9, []int{3}},
}

// snapshot reads the sockets of one of the namespaces.
func (s *testbed) snapshot(space int) snapshot {
	s.t.Helper()
	all := snapshot{}
	for _, p := range plainSockets(s.t, s.spaces[space]) {
		// What is left of a connection has its cookie, also while its process keeps the socket, bound.
		if k := keyOf(space, "inet", p.cookie); all[k] == "" || p.state != unix.BPF_TCP_TIME_WAIT {
			all[k] = fmt.Sprint(p.state)
		}
	}
	for _, table := range procTables {
		var text []byte
		s.must(s.in(space, func() (err error) {
			text, err = os.ReadFile(fmt.Sprintf("/proc/self/task/%d/net/%s", unix.Gettid(), table.file))
			return err
		}))
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			f := strings.Fields(line)
			if i == 0 || len(f) <= table.inode || f[table.inode] == "0" {
				continue // its header, and unaccepted connections
			}
			var inode uint64
			if _, err := fmt.Sscan(f[table.inode], &inode); err != nil {
				s.t.Fatalf("%s: %q", table.file, line)
			}
			var state string
			for _, column := range table.state {
				state += " " + f[column]
			}
			all[keyOf(space, table.kind, inode)] = state
		}
	}
	return all
}

// key is the same of a row, "" if it has neither cookie nor inode.
func (r *shownRow) key(space int) string {
	switch r.Proto {
	case "tcp", "udp", "udplite":
		return keyOf(space, "inet", deref(r.Cookie))
	}
	kind := r.Family
	if kind == "ipv4" || kind == "ipv6" {
		kind = "raw" // proto is the name of its protocol
	}
	if r.Inode == nil {
		return ""
	}
	return keyOf(space, kind, uint64(*r.Inode))
}

// remains reports whether a row is what is left of a connection whose socket is still there.
func (r *shownRow) remains(key string, in snapshot) bool {
	return r.State == "TIME-WAIT" && in[key] != fmt.Sprint(unix.BPF_TCP_TIME_WAIT)
}

// changes returns the changes from one snapshot to another, in nlstat's terms.
func changes(before, after snapshot) map[string]string {
	all := map[string]string{}
	for k, was := range before {
		switch is, ok := after[k]; {
		case !ok:
			all[k] = "closed"
		case is != was:
			all[k] = "changed"
		}
	}
	for k := range after {
		if _, ok := before[k]; !ok {
			all[k] = "new"
		}
	}
	return all
}
