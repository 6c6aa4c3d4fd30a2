//go:build linux

package redact

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A file has the fields to replace in the lines of a file below /proc/net, by index from 0. The first
// line is a header.
type file struct {
	addrs []int
	user  int // 0 = none
	name  int // a name from this field to the end of the line, 0 = none
}

var (
	inetFile  = file{addrs: []int{1, 2}, user: 7}
	plainFile = file{}
)

// files are those that pkg/diag reads if the diag module is missing, and the counters of pkg/mib.
var files = map[string]file{
	"tcp": inetFile, "tcp6": inetFile, "udp": inetFile, "udp6": inetFile,
	"udplite": inetFile, "udplite6": inetFile,
	"raw": inetFile, "raw6": inetFile, "icmp": inetFile, "icmp6": inetFile,
	"unix": {name: 7}, "packet": {user: 7}, "netlink": plainFile,
	"snmp": plainFile, "snmp6": plainFile, "netstat": plainFile, "sockstat": plainFile, "sockstat6": plainFile,
}

// own is the prefix of the names of files that nlstat itself adds to recordings.
const own = "nlstat/"

// File replaces addresses, users and names in the text of a file below /proc/net, in place. Files of nlstat
// itself are not changed; others are [ErrUnknown].
func (r *Redactor) File(name string, data []byte) error {
	if strings.HasPrefix(name, own) {
		return nil
	}
	dir, base := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		dir, base = name[:i], name[i+1:]
	}
	f, ok := files[base]
	if !ok || dir != "net" && !strings.HasSuffix(dir, "/net") {
		return fmt.Errorf("file %s: %w", name, ErrUnknown)
	}
	if f.addrs == nil && f.user == 0 && f.name == 0 {
		return nil
	}
	_, rest, _ := bytes.Cut(data, []byte("\n"))
	for line := range bytes.Lines(rest) {
		r.line(&f, bytes.TrimRight(line, "\n"))
	}
	return nil
}

// line replaces fields in place.
func (r *Redactor) line(f *file, line []byte) {
	for i := 0; ; i++ {
		line = bytes.TrimLeft(line, " ")
		n := bytes.IndexByte(line, ' ')
		if n < 0 {
			n = len(line)
		}
		field := line[:n]
		switch {
		case n == 0:
			return
		case f.name > 0 && i == f.name:
			r.Name(line)
			return
		case f.user > 0 && i == f.user:
			copy(field, bytes.Repeat([]byte(" "), n-1))
			field[n-1] = '0'
		case slices.Contains(f.addrs, i):
			r.hexAddr(field)
		}
		line = line[n:]
	}
}

// hexAddr replaces an address in the form of /proc/net: words in host byte order, a colon, the port.
func (r *Redactor) hexAddr(field []byte) {
	text, _, _ := bytes.Cut(field, []byte(":"))
	var b [16]byte
	if len(text) != 8 && len(text) != 32 {
		clearHex(text)
		return
	}
	for i := 0; i < len(text); i += 8 {
		word, err := strconv.ParseUint(string(text[i:i+8]), 16, 32)
		if err != nil {
			clearHex(text)
			return
		}
		binary.NativeEndian.PutUint32(b[i/2:], uint32(word))
	}
	if len(text) == 8 {
		r.addr4(b[:4])
	} else {
		r.addr6(b[:])
	}
	for i := 0; i < len(text); i += 8 {
		word := binary.BigEndian.AppendUint32(nil, binary.NativeEndian.Uint32(b[i/2:]))
		hex.Encode(text[i:], word)
	}
	copy(text, bytes.ToUpper(text))
}

// clearHex removes what is not an address.
func clearHex(text []byte) { copy(text, bytes.Repeat([]byte("0"), len(text))) }
