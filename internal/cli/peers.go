package cli

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/netns"
)

// peers knows which connections have both ends on this host. The first ones are looked up one by one, which
// takes microseconds each; whoever asks for more makes it list all, and hold one entry for each socket
// whose peer may be here. Other network namespaces are always listed.
type peers struct {
	listed atomic.Pointer[pairs]      // nil until they are listed, not changed after that
	local  func() map[netip.Addr]bool // asked when the first peer is no loopback address
	every  bool
	q      *question

	mu     sync.Mutex // rows are made by several goroutines
	conn   *diag.Conn
	asked  int
	found  *pairs // what was asked for one by one
	closed bool   // rows that are kept know what they knew
}

// fewPeers is how many are looked up one by one.
const fewPeers = 200

// Inode returns the inode of the socket whose ends are these, 0 if it is not here.
func (p *peers) Inode(local, remote netip.AddrPort) uint32 {
	if all := p.listed.Load(); all != nil {
		return all.get(local, remote)
	}
	if !p.near(local.Addr().Unmap()) {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if all := p.listed.Load(); all != nil { // meanwhile
		return all.get(local, remote)
	}
	if p.closed {
		return p.found.get(local, remote)
	}
	if p.asked++; p.asked <= fewPeers {
		inode := p.lookup(plain(local), plain(remote))
		p.found.set(local, remote, inode)
		return inode
	}
	all := p.room()
	_ = p.list(all) // peers are then not known
	p.listed.Store(all)
	return all.get(local, remote)
}

func noAddresses() map[netip.Addr]bool { return nil }

// near tells whether an address is one of this host's.
func (p *peers) near(a netip.Addr) bool { return p.every || a.IsLoopback() || p.local()[a] }

// lookup asks for one connection, of either family that can have it.
func (p *peers) lookup(local, remote netip.AddrPort) uint32 {
	if p.conn == nil {
		var err error
		if p.conn, err = diag.Dial(&diag.Config{NetNS: p.q.cfg.NetNS}); err != nil {
			return 0
		}
	}
	for _, dq := range peerKinds {
		if dq.Family == unix.AF_INET && !local.Addr().Is4() {
			continue
		}
		s, err := p.conn.Lookup(p.q.ctx, &dq, &diag.Key{Local: local, Remote: remote})
		if err == nil && s.Inode != 0 {
			return s.Inode
		}
	}
	return 0
}

func plain(ap netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()) }

func (p *peers) close() {
	p.closed = true
	if p.conn != nil {
		_ = p.conn.Close() // nothing is lost with it
		p.conn = nil
	}
}

// room makes a table for as many connections as the kernel counts, here or in all namespaces; more may come.
func (p *peers) room() *pairs {
	st, err := diag.ReadSockStat(&p.q.cfg)
	if err != nil {
		return newPairs(0) // it grows
	}
	if p.every {
		return newPairs(int(st.TCPAlloc))
	}
	return newPairs(int(st.TCP + st.TCP6))
}

// list remembers the connections of the namespace that the question is in whose other end may be here.
func (p *peers) list(all *pairs) error {
	conn, err := diag.Dial(&diag.Config{NetNS: p.q.cfg.NetNS, Record: p.q.cfg.Record, Replay: p.q.cfg.Replay})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // nothing is lost with it
	kinds := p.q.oneWalk(p.q.filled(slices.Clone(peerKinds[:])))
	for i := range kinds {
		for s, err := range conn.Sockets(p.q.ctx, &kinds[i]) {
			if err != nil {
				break // a kind of socket that is not here
			}
			if s.Inode != 0 && s.Remote.Port() != 0 && p.near(s.Remote.Addr().Unmap()) {
				all.set(s.Local, s.Remote, s.Inode)
			}
		}
	}
	return nil
}

// peerKinds are the protocols whose other end is looked for by address.
var peerKinds = [...]diag.Query{
	{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: connected},
	{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, States: connected},
	{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP, States: connected},
	{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP, States: connected},
}

const connected diag.StateSet = 1<<diag.StateEstablished | 1<<diag.StateCloseWait

// findPeers prepares for questions about other ends, if a column or the filter asks any.
func (q *question) findPeers(needs uint32) (*peers, error) {
	p := &peers{q: q, every: q.every, local: noAddresses, found: newPairs(0)}
	switch {
	case needs&view.NeedPeer == 0:
		return p, nil
	case q.cfg.Replay != nil || q.rec != nil: // the addresses of the recorded host are not known
		all := p.room()
		err := p.list(all)
		p.listed.Store(all)
		return p, err
	case q.every:
		all := p.room()
		err := q.inSpaces(func() error { return p.list(all) })
		p.listed.Store(all)
		return p, err
	case q.some():
		return p, q.inSpaces(func() error {
			return netns.Do(q.cfg.NetNS, func() error {
				local := localAddresses()
				p.local = func() map[netip.Addr]bool { return local }
				return nil
			})
		})
	default:
		p.local = sync.OnceValue(localAddresses)
		return p, nil
	}
}
