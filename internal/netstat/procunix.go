package netstat

import "bytes"

// The file of AF_UNIX sockets, which is read if unix_diag does not have all rows: see unix.go.
const unixPath = "/proc/net/unix"

// unixSocket is one line of the file.
type unixSocket struct {
	refs, protocol, flags, kind, state, inode uint64
	path                                      []byte // up to the first white space
}

// The flags of the file's Flags column. Present kernels set only the first.
const (
	unixAccepts  = 1 << 16 // __SO_ACCEPTCON
	unixWaitData = 1 << 17 // SO_WAITDATA, before Linux 2.6
	unixNoSpace  = 1 << 18 // SO_NOSPACE, likewise
)

// unixTypes and unixStates are names by number (SOCK_STREAM and so on; SS_FREE and so on).
var (
	unixTypes  = [...]string{1: "STREAM", 2: "DGRAM", 3: "RAW", 4: "RDM", 5: "SEQPACKET"}
	unixStates = [...]string{0: "FREE", 2: "CONNECTING", 3: "CONNECTED", 4: "DISCONNECTING"}
)

// States of the file's St column, of enum socket_state (include/uapi/linux/net.h).
const (
	unixUnconnected = 1
	unixConnecting  = 2
	unixConnected   = 3
)

// unixFile prints the sockets of the file.
func (t *tool) unixFile() error {
	header, withInode := true, false
	return t.eachLine(unixPath, func(line []byte) bool {
		if header {
			header, withInode = false, bytes.Contains(line, []byte("Inode"))
			return true
		}
		return t.unixLine(line, withInode)
	})
}

// unixLine prints the socket of a line. It returns false if the reader is gone.
func (t *tool) unixLine(line []byte, withInode bool) bool {
	s, ok := parseUnix(line)
	if !ok {
		t.complain("warning, got bogus unix line.\n")
		return true
	}
	return t.unixRow(&s, withInode)
}

// unixRow prints a socket if it is selected. It returns false if the reader is gone.
func (t *tool) unixRow(s *unixSocket, withInode bool) bool {
	if !t.given('a') && s.listening() != t.given('l') {
		return true
	}
	return t.out.row(t.appendUnix(t.out.buf, s, withInode))
}

// listening reports whether -l shows the socket.
func (s *unixSocket) listening() bool {
	return s.state == unixUnconnected && s.flags&unixAccepts != 0
}

// parseUnix reads "address: refs protocol flags type state inode path".
func parseUnix(line []byte) (s unixSocket, ok bool) {
	f := fields(line)
	address, ok := bytes.CutSuffix(f.next(), []byte(":"))
	if _, isHex := hex(address); !ok || !isHex {
		return s, false
	}
	for _, v := range [...]*uint64{&s.refs, &s.protocol, &s.flags, &s.kind, &s.state} {
		if *v, ok = hex(f.next()); !ok {
			return s, false
		}
	}
	if s.inode, ok = decimal(f.next()); ok {
		s.path = f.next()
	}
	return s, true
}

// appendUnix formats one row. A header without the word Inode is that of a very old kernel.
func (t *tool) appendUnix(b []byte, s *unixSocket, withInode bool) []byte {
	name := "unix "
	if s.protocol != 0 {
		name = "??   "
	}
	b = append(b, name...)
	b = append(b, ' ')
	b = leftUint(b, s.refs, 6)
	b = append(b, ' ')
	b = left(appendUnixFlags(b, s.flags), len(b), 11)
	b = append(b, ' ')
	b = leftText(b, numbered(unixTypes[:], s.kind), 10)
	b = append(b, ' ')
	b = leftText(b, s.stateName(), 13)
	b = append(b, ' ')
	if withInode {
		b = leftUint(b, s.inode, 8)
	} else {
		b = leftText(b, "-", 8)
	}
	b = t.appendProgram(b, s.inode)
	b = append(b, ' ')
	if withInode {
		start := len(b)
		b = append(b, s.path...)
		if t.terminal && !t.strict {
			visible(b[start:])
		}
	} else {
		b = leftUint(b, s.inode, 0)
	}
	return append(b, '\n')
}

func appendUnixFlags(b []byte, flags uint64) []byte {
	b = append(b, "[ "...)
	if flags&unixAccepts != 0 {
		b = append(b, "ACC "...)
	}
	if flags&unixWaitData != 0 {
		b = append(b, "W "...)
	}
	if flags&unixNoSpace != 0 {
		b = append(b, "N "...)
	}
	return append(b, ']')
}

func (s *unixSocket) stateName() string {
	if s.state != unixUnconnected {
		return numbered(unixStates[:], s.state)
	}
	if s.flags&unixAccepts != 0 {
		return "LISTENING"
	}
	return ""
}

// numbered returns names[n], or UNKNOWN if there is none.
func numbered(names []string, n uint64) string {
	if n < uint64(len(names)) && names[n] != "" {
		return names[n]
	}
	return "UNKNOWN"
}
