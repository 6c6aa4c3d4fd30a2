package native

import (
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/netns"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
)

// peers knows which connections have both ends on this host. It holds one entry for each socket whose peer
// may be here: those over loopback, between addresses of one host, and all of them when other network
// namespaces are looked at as well.
type peers struct {
	inodes map[pair]uint32
	every  bool
}

// A pair is a connection as seen from one end.
type pair struct{ local, remote netip.AddrPort }

// Inode returns the inode of the socket whose ends are these.
func (p *peers) Inode(local, remote netip.AddrPort) uint32 {
	return p.inodes[pair{plain(local), plain(remote)}]
}

func plain(ap netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()) }

// take remembers a socket.
func (p *peers) take(s *diag.Socket, local map[netip.Addr]bool) {
	if s.Inode == 0 || s.Remote.Port() == 0 {
		return
	}
	k := pair{plain(s.Local), plain(s.Remote)}
	if p.every || k.remote.Addr().IsLoopback() || local[k.remote.Addr()] {
		p.inodes[k] = s.Inode
	}
}

// peerKinds are the protocols whose other end is looked for by address.
var peerKinds = [...]diag.Query{
	{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, States: connected},
	{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP, States: connected},
	{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP, States: connected},
	{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP, States: connected},
}

const connected diag.StateSet = 1<<diag.StateEstablished | 1<<diag.StateCloseWait

// findPeers lists connections once ahead of the rows, if a column or the filter wants their other ends.
func (q *question) findPeers(needs uint32) (*peers, error) {
	p := &peers{inodes: map[pair]uint32{}, every: q.every}
	if needs&view.NeedPeer == 0 {
		return p, nil
	}
	err := q.inSpaces(func() error {
		local := map[netip.Addr]bool{}
		switch {
		case q.cfg.Replay != nil: // the addresses of the recorded host are not known
		case q.cfg.NetNS != 0:
			_ = netns.Do(q.cfg.NetNS,
				func() error { local = localAddresses(); return nil }) // loopback is left
		default:
			local = localAddresses()
		}
		w := worker{q: q, filter: q.filter, put: func(*view.Socket) error { return nil }}
		w.see = func(s *diag.Socket) { p.take(s, local) }
		qs := peerKinds
		return q.dumps(qs[:], []*worker{&w})
	})
	return p, err
}
