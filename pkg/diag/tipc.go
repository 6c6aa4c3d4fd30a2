//go:build linux

package diag

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// tipcLayout is struct tipc_sock_diag_req (include/uapi/linux/tipc_sockets_diag.h).
var tipcLayout = layout{len: 8, states: 4}

var tipcFamily = family{request: tipcLayout.append, decode: decodeTIPC, answers: tipcLayout.answers}

const tipcSock = 2 // TIPC_NLA_SOCK, the only attribute of a reply, nested

// Attributes of TIPC_NLA_SOCK, TIPC_NLA_SOCK_*.
const (
	tipcAddr    = 1
	tipcRef     = 2
	tipcCon     = 3
	tipcHasPubl = 4
	tipcStat    = 5
	tipcType    = 6
	tipcInode   = 7
	tipcUID     = 8
	tipcState   = 9
	tipcCookie  = 10
)

// Attributes of TIPC_NLA_SOCK_CON, TIPC_NLA_CON_*.
const (
	tipcConFlag = 1
	tipcConNode = 2
	tipcConSock = 3
	tipcConType = 4
	tipcConInst = 5
)

// Attributes of TIPC_NLA_SOCK_STAT, TIPC_NLA_SOCK_STAT_*.
const (
	tipcRecvQ    = 0
	tipcSendQ    = 1
	tipcLinkCong = 2
	tipcConnCong = 3
	tipcDrops    = 4
)

var errNoTIPC = errors.New("reply without TIPC_NLA_SOCK")

// decodeTIPC decodes a reply, which has no fixed part.
func decodeTIPC(s *Socket, b []byte, _ *Query) (malformed int, err error) {
	attrs := nl.Attrs(b)
	for {
		typ, val, more := attrs.Next()
		if !more {
			return 0, errNoTIPC
		}
		if typ != tipcSock {
			continue
		}
		s.message = b
		s.Family, s.Type, s.State = unix.AF_TIPC, 0, StateUnknown
		s.Inode, s.UID, s.Cookie, s.RecvQ, s.SendQ = 0, 0, 0, 0, 0
		s.Has = HasTIPC
		return s.walk(val, (*Socket).tipcAttr), nil
	}
}

// tipcAttr decodes the attributes that fill plain fields.
func (s *Socket) tipcAttr(typ uint16, val []byte) (has Fields, ok bool) {
	if typ == tipcCookie {
		s.Cookie, ok = nl.Uint64(val)
		return 0, ok
	}
	if typ == tipcStat {
		return HasQueues, s.walk(val, (*Socket).tipcStatAttr) == 0
	}
	if typ < tipcType || typ > tipcState {
		return 0, true
	}
	v, ok := nl.Uint32(val)
	if !ok {
		return 0, false
	}
	switch typ {
	case tipcType:
		s.Type = uint8(v)
	case tipcInode:
		s.Inode = v
	case tipcState:
		s.State = State(v)
	case tipcUID:
		s.UID = v
		return HasUID, true
	}
	return 0, true
}

func (s *Socket) tipcStatAttr(typ uint16, val []byte) (has Fields, ok bool) {
	switch typ {
	case tipcRecvQ:
		s.RecvQ, ok = nl.Uint32(val)
		return 0, ok
	case tipcSendQ:
		s.SendQ, ok = nl.Uint32(val)
		return 0, ok
	}
	return 0, true
}

// TIPC decodes the fields of an AF_TIPC socket.
func (s *Socket) TIPC() (t TIPC) {
	if s.Has&HasTIPC == 0 {
		return t
	}
	attrs := nl.Attrs(s.attr(tipcSock))
	for {
		typ, val, more := attrs.Next()
		if !more {
			return t
		}
		switch typ {
		case tipcAddr:
			t.Node, _ = nl.Uint32(val) // absent and malformed are both 0: the kernel always sends it
		case tipcRef:
			t.Ref, _ = nl.Uint32(val)
		case tipcHasPubl:
			t.Published = true
		case tipcCon:
			t.connection(val)
		case tipcStat:
			t.stat(val)
		}
	}
}

func (t *TIPC) connection(b []byte) {
	t.Connected = true
	attrs := nl.Attrs(b)
	for {
		typ, val, more := attrs.Next()
		if !more {
			return
		}
		v, _ := nl.Uint32(val)
		switch typ {
		case tipcConFlag:
			t.Via = true
		case tipcConNode:
			t.PeerNode = v
		case tipcConSock:
			t.PeerRef = v
		case tipcConType:
			t.ConnType = v
		case tipcConInst:
			t.ConnInst = v
		}
	}
}

func (t *TIPC) stat(b []byte) {
	attrs := nl.Attrs(b)
	for {
		typ, val, more := attrs.Next()
		if !more {
			return
		}
		switch typ {
		case tipcLinkCong:
			t.LinkCong = true
		case tipcConnCong:
			t.ConnCong = true
		case tipcDrops:
			t.Drops, _ = nl.Uint32(val)
		}
	}
}
