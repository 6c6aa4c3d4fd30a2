//go:build linux

package diag

import (
	"errors"
	"iter"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// Unix holds the fields of AF_UNIX sockets. Their [Socket.State] is StateEstablished, StateListen or
// StateClose. RecvQ and SendQ (HasQueues) are bytes to be read and memory not yet read by the peer; RecvQ
// of a datagram socket counts the first datagram only; of a listener they are the accept queue and its
// limit. Sockets that wait to be accepted are not listed, but their clients are: see [Socket.Icons].
type Unix struct {
	VFSInode uint32 // of the path that the socket is bound to (HasVFS)
	VFSDev   uint32 // and its device in the kernel's form: major<<20 | minor
	// Peer is the inode of the other end (HasPeer), 0 if that is not accepted yet or closed.
	Peer uint32
}

// unixLayout is struct unix_diag_req (include/uapi/linux/unix_diag.h).
var unixLayout = layout{
	len: 24, states: 4, ino: 8, show: 12, cookie: 16,
	shows: []showBit{
		{HasName, 1},     // UDIAG_SHOW_NAME
		{HasVFS, 2},      // UDIAG_SHOW_VFS
		{HasPeer, 4},     // UDIAG_SHOW_PEER
		{HasIcons, 8},    // UDIAG_SHOW_ICONS
		{HasQueues, 16},  // UDIAG_SHOW_RQLEN
		{HasSkMem, 32},   // UDIAG_SHOW_MEMINFO
		{HasUID, 1 << 6}, // UDIAG_SHOW_UID, since Linux 5.3
	},
}

var unixFamily = family{
	head: unixMsgLen, request: unixLayout.append, decode: decodeUnix, answers: unixLayout.answers, repeats: true,
	viewed: 1<<unixName | 1<<unixIcons,
}

const unixMsgLen = 16 // struct unix_diag_msg

// Attributes of a reply, UNIX_DIAG_*. They begin at 0.
const (
	unixName     = 0
	unixVFS      = 1
	unixPeer     = 2
	unixIcons    = 3
	unixRQLen    = 4
	unixMemInfo  = 5
	unixShutdown = 6
	unixUID      = 7
)

var errShortUnix = errors.New("reply shorter than struct unix_diag_msg")

// decodeUnix decodes struct unix_diag_msg and its attributes.
func decodeUnix(s *Socket, b []byte, _ *Query) (malformed int, err error) {
	if len(b) < unixMsgLen {
		return 0, errShortUnix
	}
	s.message = b
	s.Family, s.Type, s.State = unix.AF_UNIX, b[1], State(b[2])
	s.Inode = u32(b[4:])
	s.Cookie = cookie(b[8:])
	s.UID, s.RecvQ, s.SendQ = 0, 0, 0
	return s.walk(b[unixMsgLen:], (*Socket).unixAttr), nil
}

func (s *Socket) unixAttr(typ uint16, val []byte) (has Fields, ok bool) {
	switch typ {
	case unixName:
		return HasName, true
	case unixVFS:
		if len(val) < 8 {
			return 0, false
		}
		s.Unix.VFSInode = u32(val)
		s.Unix.VFSDev = u32(val[4:])
		return HasVFS, true
	case unixPeer:
		s.Unix.Peer, ok = nl.Uint32(val)
		return have(HasPeer, ok)
	case unixIcons:
		return have(HasIcons, len(val)%4 == 0)
	case unixRQLen:
		if len(val) < 8 {
			return 0, false
		}
		s.RecvQ = u32(val)
		s.SendQ = u32(val[4:])
		return HasQueues, true
	case unixMemInfo:
		return have(HasSkMem, s.SkMem.decode(val))
	case unixShutdown:
		s.Shutdown, ok = nl.Uint8(val)
		return have(HasShutdown, ok)
	case unixUID:
		s.UID, ok = nl.Uint32(val)
		return have(HasUID, ok)
	}
	return 0, true
}

// Name returns the name that an AF_UNIX socket is bound to: a path, or an abstract name, which begins with
// a NUL byte and may have any bytes. It is empty for sockets without a name. The slice is a view, see
// [Socket].
func (s *Socket) Name() []byte {
	name := s.name()
	if len(name) > 0 && name[0] != 0 {
		return nl.CString(name)
	}
	return name
}

// name returns the name as the kernel sends it: paths end with a NUL byte.
func (s *Socket) name() []byte {
	switch {
	case s.Has&HasName == 0:
		return nil
	case s.attached != nil && s.attached.name != nil:
		return s.attached.name
	case s.Source == SourceProc:
		return procUnixName(s.message)
	default:
		return s.attr(unixName)
	}
}

// Icons yields the inodes of the clients that wait to be accepted by a listening AF_UNIX socket
// (UNIX_DIAG_ICONS), in their order; 0 for one that was closed meanwhile. The list of a listener without
// HasIcons is unknown: see [ErrManyWaiting].
func (s *Socket) Icons() iter.Seq[uint32] {
	return icons(s.icons())
}

// icons returns the list that Icons yields.
func (s *Socket) icons() []byte {
	switch {
	case s.Has&HasIcons == 0:
		return nil
	case s.attached != nil:
		return s.attached.icons
	default:
		return s.attr(unixIcons)
	}
}

// icons yields the inodes of a list.
func icons(list []byte) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for b := list; len(b) >= 4; b = b[4:] {
			if !yield(u32(b)) {
				return
			}
		}
	}
}
