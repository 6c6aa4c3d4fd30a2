package cli

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/pkg/diag"
)

// A lookup turns numbers into names, remembers them, and can be kept in a recording: names of interfaces
// and paths of control groups are of the machine that was asked, not of the one that replays.
type lookup[K uint32 | uint64] struct {
	file  string // in a recording: lines of a number and a text in Go's quotes
	ask   func(K) string
	mu    sync.Mutex // rows are made by several goroutines
	known map[K]string
}

func (l *lookup[K]) get(k K) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	name, ok := l.known[k]
	if !ok {
		if l.known == nil {
			l.known = map[K]string{}
		}
		name = l.ask(k)
		l.known[k] = name
	}
	return name
}

// record writes down what was asked for.
func (l *lookup[K]) record(r *diag.Recorder) {
	var b []byte
	for _, k := range slices.Sorted(maps.Keys(l.known)) {
		b = strconv.AppendUint(b, uint64(k), 10)
		b = append(strconv.AppendQuote(append(b, ' '), l.known[k]), '\n')
	}
	if b != nil {
		r.File(l.file, b)
	}
}

// replay takes the names from a recording and asks nobody. Lines that make no sense are left out.
func (l *lookup[K]) replay(r *diag.Recording) {
	l.known = map[K]string{}
	l.ask = func(K) string { return "" }
	text, err := r.File(l.file)
	if err != nil {
		return // nothing of the kind was shown then
	}
	for line := range strings.Lines(string(text)) {
		var k K
		var name string
		if _, err := fmt.Sscanf(line, "%d %q", &k, &name); err == nil {
			l.known[k] = name
		}
	}
}

// links names interfaces for [view.Socket].
type links struct{ lookup[uint32] }

// newLinks asks about the network namespace in which enter runs what it is given. All interfaces are read at
// the first question.
func newLinks(enter func(func())) *links {
	var all map[uint32]string
	return &links{lookup[uint32]{file: "nlstat/links", ask: func(index uint32) string {
		if all == nil {
			enter(func() { all = interfaceNames() })
		}
		return all[index]
	}}}
}

func interfaceNames() map[uint32]string {
	all := map[uint32]string{}
	ifaces, err := net.Interfaces()
	if err != nil {
		return all // numbers are shown instead
	}
	for i := range ifaces {
		all[uint32(ifaces[i].Index)] = ifaces[i].Name
	}
	return all
}

// localAddresses returns the addresses of this host.
func localAddresses() map[netip.Addr]bool {
	all := map[netip.Addr]bool{}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return all // peers at such addresses have no process then
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			all[p.Addr().Unmap()] = true
		}
	}
	return all
}

// Name returns the name of an interface.
func (l *links) Name(index uint32) string { return l.get(index) }

// cgroups names control groups for [view.Socket].
type cgroups struct{ lookup[uint64] }

func newCgroups() *cgroups {
	var c names.Cgroups
	return &cgroups{lookup[uint64]{file: "nlstat/cgroups", ask: c.Path}}
}

// Path returns the path of a control group.
func (c *cgroups) Path(id uint64) string { return c.get(id) }

// here runs f in the network namespace of this process.
func here(f func()) { f() }
