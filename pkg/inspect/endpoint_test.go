//go:build linux

package inspect

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
)

// unixRow returns a row of a unix socket with a name, decoded from a message.
func unixRow(t testing.TB, typ uint8, state diag.State, name string) *Row {
	t.Helper()
	e := binary.NativeEndian
	b := append([]byte{unix.AF_UNIX, typ, uint8(state), 0, 9}, make([]byte, 11)...) // struct unix_diag_msg
	if name != "" {
		b = e.AppendUint16(e.AppendUint16(b, uint16(4+len(name))), 0) // UNIX_DIAG_NAME
		b = append(append(b, name...), make([]byte, -len(name)&3)...)
	}
	q := &diag.Query{Family: unix.AF_UNIX, Want: diag.HasName}
	r := &Row{Socket: &diag.Socket{}, Joins: &Joins{}, query: q}
	if err := q.Decode(r.Socket, diag.SourceNetlink, b); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestIsEndpoint(t *testing.T) {
	t.Parallel()
	inet := func(protocol uint16, state diag.State, local string) *Row {
		s := tcp(local, "0.0.0.0:0", 1)
		s.Protocol, s.State = protocol, state
		return &Row{Socket: s}
	}
	family := func(f uint8, state diag.State) *Row { return &Row{Socket: &diag.Socket{Family: f, State: state}} }
	tests := []struct {
		name string
		row  *Row
		want bool
	}{
		{"TCP listener", inet(unix.IPPROTO_TCP, diag.StateListen, "0.0.0.0:80"), true},
		{"TCP connection", inet(unix.IPPROTO_TCP, diag.StateEstablished, "0.0.0.0:80"), false},
		{"TCP that was never connected", inet(unix.IPPROTO_TCP, diag.StateClose, "0.0.0.0:80"), false},
		{"TCP that is bound", inet(unix.IPPROTO_TCP, diag.StateBoundInactive, "0.0.0.0:80"), false},
		{"MPTCP listener", inet(unix.IPPROTO_MPTCP, diag.StateListen, "0.0.0.0:80"), true},
		{"UDP server", inet(unix.IPPROTO_UDP, diag.StateClose, "0.0.0.0:53"), true},
		{"UDP client", inet(unix.IPPROTO_UDP, diag.StateEstablished, "10.0.0.1:5353"), false},
		{"UDP without a port", inet(unix.IPPROTO_UDP, diag.StateClose, "0.0.0.0:0"), false},
		{"unix listener", unixRow(t, unix.SOCK_STREAM, diag.StateListen, "/run/x.sock\x00"), true},
		{"unix listener, seqpacket", unixRow(t, unix.SOCK_SEQPACKET, diag.StateListen, "/run/x.sock\x00"), true},
		{"unix listener, abstract", unixRow(t, unix.SOCK_STREAM, diag.StateListen, "\x00bus"), true},
		{"unix server of datagrams", unixRow(t, unix.SOCK_DGRAM, diag.StateClose, "/dev/log\x00"), true},
		{"unix client of datagrams", unixRow(t, unix.SOCK_DGRAM, diag.StateEstablished, "/dev/log\x00"), false},
		{"unix stream, bound", unixRow(t, unix.SOCK_STREAM, diag.StateClose, "/run/x.sock\x00"), false},
		{"unix without a name", unixRow(t, unix.SOCK_DGRAM, diag.StateClose, ""), false},
		{"unix, name of the kernel", unixRow(t, unix.SOCK_DGRAM, diag.StateClose, "\x000af3c"), false},
		{"unix, as long as those of the kernel", unixRow(t, unix.SOCK_DGRAM, diag.StateClose, "\x00named"), true},
		{"unix, longer", unixRow(t, unix.SOCK_DGRAM, diag.StateClose, "\x000af3c0"), true},
		{"unix, a path like those of the kernel", unixRow(t, unix.SOCK_DGRAM, diag.StateClose, "0af3c\x00"), true},
		{"vsock listener", family(unix.AF_VSOCK, diag.StateListen), true},
		{"vsock connection", family(unix.AF_VSOCK, diag.StateEstablished), false},
		{"netlink", family(unix.AF_NETLINK, diag.StateClose), false},
		{"packet", family(unix.AF_PACKET, diag.StateClose), false},
	}
	for _, tt := range tests {
		if got := IsEndpoint(tt.row); got != tt.want {
			t.Errorf("%s: endpoint %v, want %v", tt.name, got, tt.want)
		}
	}
}

// linkNames are links by number.
type linkNames map[uint32]string

func (l linkNames) Name(index uint32) string { return l[index] }

// TestAppendEndpoint checks that endpoints are identified by their address, not by their socket.
func TestAppendEndpoint(t *testing.T) {
	t.Parallel()
	listener := func(change func(*Row)) *Row {
		s := tcp("10.0.0.1:80", "0.0.0.0:0", 5)
		s.State, s.Iface = diag.StateListen, 2
		r := &Row{Socket: s, NetNS: 1, Netns: "blue", Joins: &Joins{Links: linkNames{2: "eth0", 3: "eth0", 4: "eth1"}}}
		change(r)
		return r
	}
	local := func(addr string) func(*Row) {
		return func(r *Row) { r.Local = netip.MustParseAddrPort(addr) }
	}
	tests := []struct {
		name   string
		change func(*Row)
		same   bool
	}{
		{"another socket", func(r *Row) { r.Cookie, r.Inode, r.UID = 77, 78, 79 }, true},
		{"the namespace made anew", func(r *Row) { r.NetNS = 2 }, true},
		{"the link made anew", func(r *Row) { r.Iface = 3 }, true},
		{"queues", func(r *Row) { r.RecvQ, r.SendQ = 5, 6 }, true},
		{"another namespace", func(r *Row) { r.Netns = "green" }, false},
		{"another link", func(r *Row) { r.Iface = 4 }, false},
		{"no link", func(r *Row) { r.Iface = 0 }, false},
		{"another port", local("10.0.0.1:81"), false},
		{"another address", local("10.0.0.2:80"), false},
		{"digits of the address as those of the port", local("10.0.0.18:0"), false},
		{"another protocol", func(r *Row) { r.Protocol = unix.IPPROTO_MPTCP }, false},
		{"IPv6", func(r *Row) { r.Family = unix.AF_INET6 }, false},
	}
	base := AppendEndpoint(nil, listener(func(*Row) {}))
	for _, tt := range tests {
		if got := bytes.Equal(base, AppendEndpoint(nil, listener(tt.change))); got != tt.same {
			t.Errorf("%s: the same endpoint %v, want %v", tt.name, got, tt.same)
		}
	}
	path := func(name string) []byte {
		return AppendEndpoint(nil, unixRow(t, unix.SOCK_STREAM, diag.StateListen, name))
	}
	if !bytes.Equal(path("/run/a\x00"), path("/run/a\x00")) || bytes.Equal(path("/run/a\x00"), path("\x00/run/a")) {
		t.Error("unix: paths and abstract names are not told apart, or one path is told from itself")
	}
}
