package netstat

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// Paths of the list of IPX sockets in kernels before 5.15.
const (
	ipxPath    = "/proc/net/ipx/socket"
	ipxOldPath = "/proc/net/ipx"
)

// ipxTable prints the IPX sockets. A line without ports ends the run.
func (t *tool) ipxTable(context.Context) status {
	path := ipxPath
	code, lines := statusOK, 0
	err := t.eachLine(path, func(line []byte) bool {
		lines++
		if lines == 1 {
			t.ipxHeader()
			return true
		}
		b, wrong := t.appendIPX(t.out.buf, line)
		if wrong != "" {
			t.complain("netstat.c: Internal Error `ipx socket format error in %s port'.\n", wrong)
			code = statusBroken
			return false
		}
		return t.out.row(b)
	})
	if errors.Is(err, unix.ENOENT) {
		path = ipxOldPath
		if !exists(path) {
			return t.missingFamily("AF IPX")
		}
	}
	if code, failed := t.openFailed("AF IPX", path, err); failed {
		return code
	}
	if lines == 0 {
		t.ipxHeader()
	}
	return code
}

func exists(path string) bool { return unix.Access(path, unix.F_OK) == nil }

func (t *tool) ipxHeader() {
	t.out.text("Active IPX sockets\n" +
		"Proto Recv-Q Send-Q Local Address              Foreign Address            State")
	if t.given('e') {
		t.out.text(" User")
	}
	t.out.text("\n")
}

// appendIPX formats "local remote tx rx state uid". It returns the name of an end without port.
func (t *tool) appendIPX(b, line []byte) (row []byte, wrong string) {
	f := fields(line)
	local, remote := f.next(), f.next()
	tx, _ := hex(f.next())
	rx, _ := hex(f.next())
	var state, uid int64
	numbers(&f, &state, &uid)
	source, ok := ipxEndpoint(local)
	if !ok {
		return b, "source"
	}
	dest, ok := "-", true
	if string(remote) != "Not_Connected" {
		dest, ok = ipxEndpoint(remote)
	}
	if !ok {
		return b, "destination"
	}
	b = append(b, "IPX   "...)
	b = rightUint(b, tx, 6)
	b = append(b, ' ')
	b = rightUint(b, rx, 6)
	b = append(b, ' ')
	b = columns(b, " ", column{source, 26}, column{dest, 26})
	b = leftText(b, ipxState(state), 5)
	if t.given('e') {
		b = t.appendUser(append(b, ' '), uint32(uid))
	}
	return append(b, '\n'), ""
}

func ipxState(state int64) string {
	switch state {
	case unix.BPF_TCP_ESTABLISHED:
		return "ESTAB"
	case unix.BPF_TCP_CLOSE:
		return ""
	}
	return "UNK."
}

// ipxEndpoint formats "network:node:port". Network and node are left out if they are zero, and the bytes of
// the port are swapped, as by the reference, although the kernel has swapped them already.
func ipxEndpoint(word []byte) (string, bool) {
	colon := bytes.LastIndexByte(word, ':')
	if colon < 0 {
		return "", false
	}
	address, port := string(word[:colon]), word[colon+1:]
	p, _ := hex(port)
	network, node, _ := strings.Cut(address, ":")
	if strings.Trim(node, "0") == "" {
		address = network
		if strings.Trim(network, "0") == "" {
			address = ""
		}
	}
	const digits = "0123456789ABCDEF"
	return address + ":" + string([]byte{
		digits[p>>4&15], digits[p&15], digits[p>>12&15], digits[p>>8&15],
	}), true
}
