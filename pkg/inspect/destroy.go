//go:build linux

package inspect

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/enum"
	"github.com/nlstat/nlstat/pkg/diag"
)

// An Outcome is the result of closing a socket.
type Outcome uint8

// The outcomes. Anything else is an error.
const (
	OutcomeClosed Outcome = iota
	// OutcomeGone means that the socket was verified not to exist any more: closing one end of a connection
	// over loopback closes the other, too.
	OutcomeGone
	// OutcomeAborted means that the socket got an error and is no longer connected, but still exists with its
	// local address: so the kernel treats UDP and raw sockets that were bound.
	OutcomeAborted
)

var outcomeNames = [...]string{"closed", "gone", "aborted"}

// String returns "closed", "gone" or "aborted".
func (o Outcome) String() string { return enum.Name(outcomeNames[:], o, "outcome") }

// MarshalText returns what String does.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// A destroyer closes sockets of one namespace after the other.
type destroyer struct {
	netns uint64
	file  *os.File
	conn  *diag.Conn
}

// Destroy closes the socket of a row in the row's network namespace, by its cookie: its owner gets
// ECONNABORTED, the other end a reset. It needs CAP_NET_ADMIN there. Errors wrap those of
// [diag.Conn.Destroy]; [ErrShared] says that the socket still exists because the kernel found another one.
func (s *Session) Destroy(ctx context.Context, row *Row) (Outcome, error) {
	if s.cfg.Replay != nil {
		return 0, errors.New("the sockets of a recording cannot be closed")
	}
	idle := row.State == diag.StateClose || row.State == diag.StateBoundInactive
	if row.Protocol == unix.IPPROTO_TCP && idle {
		return 0, ErrBound
	}
	conn, err := s.killer.enter(s, row)
	if err != nil {
		return 0, err
	}
	err = conn.Destroy(ctx, row.Socket)
	if err == nil && row.Protocol != unix.IPPROTO_TCP {
		return aborted(ctx, conn, row.Socket)
	}
	if !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ESTALE) {
		return OutcomeClosed, err
	}
	there, err := alive(ctx, conn, row.Socket)
	if err != nil || !there {
		return OutcomeGone, err
	}
	return OutcomeClosed, destroyShared(ctx, conn, row.Socket)
}

// aborted returns the outcome for a socket that the kernel may leave bound.
func aborted(ctx context.Context, conn *diag.Conn, s *diag.Socket) (Outcome, error) {
	there, err := alive(ctx, conn, s)
	if there {
		return OutcomeAborted, err
	}
	return OutcomeClosed, err
}

// ErrBound says that a TCP socket is only bound: the kernel cannot find it.
var ErrBound = errors.New("the kernel cannot close a socket that is only bound")

// ErrShared says that a socket could not be closed because others have the same addresses (SO_REUSEPORT) and
// the kernel finds one of these instead.
var ErrShared = errors.New("still there: the kernel finds another socket of the same address")

// sharedTries is how many remote ports are tried. The kernel takes one of a SO_REUSEPORT group by a hash of
// all addresses and ports, so that with a hundred members the chance that all tries miss one is 10^-17.
const sharedTries = 4096

// destroyShared closes a socket that shares its address with others. The kernel selects one of them by the
// remote address of the request, and closes it only if its cookie matches.
func destroyShared(ctx context.Context, conn *diag.Conn, s *diag.Socket) error {
	if s.Remote.Port() != 0 {
		return ErrShared // connected UDP sockets: the remote address is fixed
	}
	any4 := netip.AddrFrom4([4]byte{192, 0, 2, 1}) // an unused address; no packet is sent
	any6 := netip.MustParseAddr("2001:db8::1")
	probe := *s
	for port := range uint16(sharedTries) {
		if s.Family == unix.AF_INET {
			probe.Remote = netip.AddrPortFrom(any4, port+1)
		} else {
			probe.Remote = netip.AddrPortFrom(any6, port+1)
		}
		err := conn.Destroy(ctx, &probe)
		if !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ESTALE) {
			return err
		}
	}
	return ErrShared
}

// alive reports whether the socket still exists. A look-up returns any one of several sockets with the same
// addresses, so sockets other than TCP connections are listed by their port.
func alive(ctx context.Context, conn *diag.Conn, s *diag.Socket) (bool, error) {
	if s.Protocol == unix.IPPROTO_TCP && s.Remote.Port() != 0 {
		key := s.Key()
		_, err := conn.Lookup(ctx, &diag.Query{Family: s.Family, Protocol: s.Protocol}, &key)
		if errors.Is(err, diag.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
	q := diag.Query{
		Family: s.Family, Protocol: s.Protocol, LocalPort: s.Local.Port(), RemotePort: s.Remote.Port(),
	}
	if s.Type == unix.SOCK_RAW {
		q.Protocol, q.LocalPort, q.RemotePort = unix.IPPROTO_RAW, 0, 0
	}
	for other, err := range conn.Sockets(ctx, &q) {
		if err != nil {
			return false, fmt.Errorf("look whether the socket is gone: %w", err)
		}
		if other.Cookie == s.Cookie {
			return true, nil
		}
	}
	return false, nil
}

// enter returns a connection to the namespace of a row.
func (d *destroyer) enter(s *Session, row *Row) (*diag.Conn, error) {
	if d.conn != nil && d.netns == row.NetNS {
		return d.conn, nil
	}
	d.close()
	cfg := diag.Config{}
	if row.NetNS != s.own {
		n := s.namespaceOf(row.NetNS)
		if n == nil {
			return nil, fmt.Errorf("network namespace %d is not one of the session", row.NetNS)
		}
		file, err := n.ns.Open()
		if err != nil {
			return nil, fmt.Errorf("network namespace %s: %w", n.Name, err)
		}
		d.file, cfg.NetNS = file, int(file.Fd())
	}
	conn, err := diag.Dial(&cfg)
	if err != nil {
		d.close()
		return nil, err
	}
	d.conn, d.netns = conn, row.NetNS
	return conn, nil
}

func (s *Session) namespaceOf(inode uint64) *Namespace {
	for i := range s.spaces {
		if s.spaces[i].Inode == inode {
			return &s.spaces[i]
		}
	}
	return nil
}

func (d *destroyer) close() {
	if d.conn != nil {
		_ = d.conn.Close() // no data to lose
	}
	if d.file != nil {
		_ = d.file.Close() // read-only
	}
	*d = destroyer{}
}
