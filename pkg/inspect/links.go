//go:build linux

package inspect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
)

// links has the names of the interfaces of one network namespace, looked up on demand while the descriptor
// of the namespace is open.
type links struct {
	netns int
	mu    sync.Mutex // rows are made by several goroutines
	known map[uint32]string
	names *link.Names // nil in a replay
	left  bool        // a name looked up now opens a connection that is never closed
	asked bool        // all names were requested
	all   map[uint32]string
	err   error // of reading a recording
}

// linksTable is the name of the interfaces of a namespace in a recording: lines of an index and a name in
// Go's quotes.
const linksTable = "nlstat/links"

func newLinks(netns int, replay *diag.Recording) *links {
	l := &links{netns: netns, known: map[uint32]string{}}
	if replay == nil {
		l.names = link.NewNames(&link.Config{NetNS: netns})
		return l
	}
	l.netns = -1
	for line := range tableLines(replay, linksTable, &l.err) {
		var index uint32
		var name string
		if _, err := fmt.Sscanf(string(line), "%d %q", &index, &name); err == nil {
			l.known[index] = name
		}
	}
	return l
}

// Name returns the name of an interface.
func (l *links) Name(index uint32) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, ok := l.known[index]
	if !ok && l.netns >= 0 {
		name = l.names.Name(index)
		l.known[index] = name
		if l.left {
			l.close()
		}
	}
	return name
}

// All returns the names of all interfaces by index, nil if they are unknown.
func (l *links) All() map[uint32]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.netns >= 0 && !l.asked {
		l.asked = true
		names := link.NewNames(&link.Config{NetNS: l.netns})
		if names.Load(context.Background()) == nil {
			l.all = names.All()
		}
		_ = names.Close() // names that are known stay
	}
	return l.all
}

// know requests all names.
func (l *links) know() { maps.Copy(l.known, l.All()) }

// leave ends the use of the namespace. Names of the caller's own can still be requested; for others, whose
// descriptor is about to be closed, only known names remain.
func (l *links) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = true
	l.close()
	if l.netns > 0 {
		l.netns = -1
	}
}

func (l *links) close() {
	if l.names != nil {
		_ = l.names.Close() // no data to lose
	}
}

// record records the names that were requested.
func (l *links) record(t *tableWriter, hide hider) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, index := range slices.Sorted(maps.Keys(l.known)) {
		b := strconv.AppendUint(t.line(), uint64(index), 10)
		t.end(strconv.AppendQuote(append(b, ' '), hide.name(l.known[index], "lo")))
	}
}

// localAddresses returns the addresses of a network namespace.
func localAddresses(ctx context.Context, netns int) map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	c, err := link.Dial(&link.Config{NetNS: netns})
	if err != nil {
		return all // peers at such addresses are unknown then
	}
	defer c.Close() //nolint:errcheck // no data to lose
	for a, err := range c.Addresses(ctx, &link.AddressQuery{}) {
		if err != nil {
			break
		}
		all[a.Prefix.Addr().Unmap()] = true
	}
	return all
}

// hasVRF reports whether a network namespace has a VRF, or the query failed.
func hasVRF(ctx context.Context, netns int) bool {
	c, err := link.Dial(&link.Config{NetNS: netns})
	if err != nil {
		return true
	}
	defer c.Close() //nolint:errcheck // no data to lose
	for _, err := range c.Links(ctx, &link.Query{Kind: "vrf"}) {
		return err == nil || !errors.Is(err, link.ErrInterrupted)
	}
	return false
}

// vethPeers returns the veth links of a network namespace whose peer is in the same one, with that peer.
func vethPeers(ctx context.Context, netns int) map[uint32]uint32 {
	all := map[uint32]uint32{}
	c, err := link.Dial(&link.Config{NetNS: netns})
	if err != nil {
		return all
	}
	defer c.Close() //nolint:errcheck // no data to lose
	for l, err := range c.Links(ctx, &link.Query{Kind: "veth"}) {
		if err != nil {
			break
		}
		if l.Lower != 0 && l.Has&link.HasLowerNetNS == 0 {
			all[l.Index] = l.Lower
		}
	}
	return all
}
