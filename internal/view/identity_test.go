package view

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/render"
)

// TestNames checks the ends of sockets that have no IP address.
func TestNames(t *testing.T) {
	table := Sockets(nil)
	cell := func(s *diag.Socket, key string) string {
		v := table.Columns[render.Find(table.Columns, key)].Value(&Socket{Row: &inspect.Row{Socket: s}})
		return string(v.Append(nil))
	}
	for _, c := range []struct {
		s             diag.Socket
		local, remote string
	}{
		{diag.Socket{Family: unix.AF_NETLINK, Netlink: diag.Netlink{PortID: 812}}, "812", ""},
		{
			diag.Socket{Family: unix.AF_VSOCK, State: diag.StateListen, Vsock: diag.Vsock{
				LocalCID: diag.VsockAny, LocalPort: 22, RemoteCID: diag.VsockAny, RemotePort: diag.VsockAny,
			}}, "*:22", "",
		},
		{
			diag.Socket{Family: unix.AF_VSOCK, State: diag.StateEstablished, Vsock: diag.Vsock{
				LocalCID: 3, LocalPort: 1024, RemoteCID: 2, RemotePort: 22,
			}}, "3:1024", "2:22",
		},
		{diag.Socket{Family: unix.AF_XDP, Iface: 7}, "if7", ""},
		{diag.Socket{Family: unix.AF_INET}, "", ""},
		{diag.Socket{Family: unix.AF_UNIX}, "", ""},
	} {
		if got := cell(&c.s, "local_name"); got != c.local {
			t.Errorf("family %d: local_name %q, want %q", c.s.Family, got, c.local)
		}
		if got := cell(&c.s, "remote_name"); got != c.remote {
			t.Errorf("family %d: remote_name %q, want %q", c.s.Family, got, c.remote)
		}
	}
	if got := cell(&diag.Socket{}, "cookie"); got != "" {
		t.Errorf("a socket without a cookie has cookie %s", got)
	}
}

// TestProtocolWords checks that every word for a protocol stands for what some kind of socket shows, and
// that the name of a table stands for all of its kinds.
func TestProtocolWords(t *testing.T) {
	words, kinds := protoWords(), slices.Collect(diag.Kinds())
	for word, values := range words {
		for _, v := range values {
			if !slices.ContainsFunc(kinds, func(k diag.Kind) bool { return k.Name == v || k.Table == v }) {
				t.Errorf("%s stands for %s, which no kind of socket is called", word, v)
			}
		}
	}
	for k := range diag.Kinds() {
		s := diag.Socket{Family: k.Family, Type: k.Type, Protocol: k.Protocol}
		name, table := render.Name(s.ProtoName()), tableName(&s)
		if got := string(name.Append(nil)); got != k.Name || !slices.Contains(words[k.Name], got) {
			t.Errorf("%s is shown as %s", k.Name, got)
		}
		if got := string(table.Append(nil)); !slices.Contains(words[k.Table], got) {
			t.Errorf("%s is in table %s, which %v does not find", k.Name, got, words[k.Table])
		}
	}
}
