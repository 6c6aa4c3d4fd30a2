//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// sceneSeeds are the scenes of every run; one more is by chance.
const sceneSeeds = 6

// scenes calls check with random testbeds.
func scenes(t *testing.T, check func(s *testbed)) {
	t.Helper()
	seeds(t, func(t *testing.T, seed uint64) {
		t.Helper()
		check(newTestbed(t, seed))
	})
}

// seeds calls check with fixed seeds and one that is printed, or as many as SOAK leaves time for. NLSTAT_SEED is
// the only one. Outside of a box it makes one and calls nothing.
func seeds(t *testing.T, check func(t *testing.T, seed uint64)) {
	t.Helper()
	if !boxed(t) {
		return
	}
	run := func(seed uint64) bool {
		return t.Run(fmt.Sprint(seed), func(t *testing.T) { check(t, seed) })
	}
	if text := os.Getenv("NLSTAT_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		run(seed)
		return
	}
	for seed := range uint64(sceneSeeds) {
		run(seed)
	}
	run(uint64(time.Now().UnixNano()))
	if os.Getenv("SOAK") == "" {
		return
	}
	for end := time.Now().Add(soak(t) / 4); time.Now().Before(end); {
		if !run(uint64(time.Now().UnixNano())) {
			return
		}
	}
}

// A shownRow is a row of nlstat.
type shownRow struct {
	Netns     *string
	Family    string
	Proto     string
	State     string
	Local     *string
	Remote    *string
	Inode     *uint32
	Cookie    *uint64
	Pid       *int
	Processes []struct {
		Comm string
		Pid  int
	}
	Process     *string
	PeerProcess *string `json:"peer_process"`
	PeerInode   *uint32 `json:"peer_inode"`
	NoProcess   *string `json:"no_process"`
	Result      *string
	Change      *string
}

const shownFields = "netns,family,proto,state,local,remote,inode,cookie,pid,processes,process,peer_process,peer_inode,no_process"

func (r *shownRow) String() string {
	return fmt.Sprintf("%s %s %s %s - %s (inode %d, process %s, peer %s, %s)", deref(r.Netns), r.Proto, r.State,
		deref(r.Local), deref(r.Remote), deref(r.Inode), deref(r.Process), deref(r.PeerProcess), deref(r.NoProcess))
}

// deref returns what a field is, the zero value if it is null.
func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// shown runs nlstat with --jsonl of the fields and returns its rows.
func shown(t *testing.T, ns *harness.NS, fields string, args ...string) ([]shownRow, harness.Result) {
	t.Helper()
	r := ns.Run("nlstat", append(args, "--jsonl="+fields)...)
	var rows []shownRow
	for line := range strings.Lines(string(r.Stdout)) {
		var row shownRow
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("nlstat %q: %v\n%s%s", args, err, line, r.Stderr)
		}
		rows = append(rows, row)
	}
	return rows, r
}

// A mirror is the result of the reader for all namespaces of a scene.
type mirror struct {
	sockets [][]plainSocket // by namespace
	holders map[uint32]map[int]string
	folded  []path
}

func (s *testbed) mirror() *mirror {
	s.t.Helper()
	m := &mirror{holders: holdersOf(s.t), folded: s.folded}
	for _, ns := range s.spaces {
		m.sockets = append(m.sockets, plainSockets(s.t, ns))
	}
	return m
}

// unique returns the inode of the only socket that can be the other end of one, by the rules of pairing: the
// own namespace first, another one only if across is set and exactly one fits, loopback and links only here.
func (m *mirror) unique(space int, k *plainSocket, across bool) (inode uint32, found bool) {
	var here, there []plainSocket
	for i, list := range m.sockets {
		for _, other := range list {
			if other.protocol != k.protocol || other.local != k.remote || other.remote != k.local ||
				other.state == unix.BPF_TCP_TIME_WAIT {
				continue
			}
			switch {
			case i != space:
				there = append(there, other)
			case !k.local.Addr().IsLinkLocalUnicast() || other.iface == k.iface || m.pair(space, other.iface, k.iface):
				here = append(here, other)
			}
		}
	}
	if len(here) == 0 && across && !k.local.Addr().IsLoopback() && !k.local.Addr().IsLinkLocalUnicast() {
		here = there
	}
	if len(here) != 1 {
		return 0, false
	}
	return here[0].inode, here[0].inode != 0
}

// pair reports whether two links of a namespace are the ends of one pair.
func (m *mirror) pair(space int, a, b uint32) bool {
	return slices.ContainsFunc(m.folded, func(p path) bool {
		return p.from == space && (p.fromLink == a && p.toLink == b || p.fromLink == b && p.toLink == a)
	})
}

// plain returns the reader's data of a socket.
func (m *mirror) plain(space int, cookie uint64) *plainSocket {
	for i := range m.sockets[space] {
		if k := &m.sockets[space][i]; k.cookie == cookie {
			return k
		}
	}
	return nil
}

// byInode returns the sockets of a scene by inode.
func (s *testbed) byInode() map[uint32]*testSocket {
	all := map[uint32]*testSocket{}
	for _, k := range s.sockets {
		all[k.inode] = k
	}
	return all
}

// pids returns the processes of a row.
func (r *shownRow) pids() []int {
	all := map[int]bool{}
	for _, p := range r.Processes {
		all[p.Pid] = true
	}
	return slices.Sorted(maps.Keys(all))
}
