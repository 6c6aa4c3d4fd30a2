//go:build linux

package nltest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// listTime is the timeout of one list, which takes milliseconds.
const listTime = 30 * time.Second

// sockets lists what [NS.Sockets] returns.
func (ns *NS) sockets(needs inspect.Need) (rows []*inspect.Row, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), listTime) // the test's is over in a cleanup
	defer cancel()
	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{Name: ns.Path()}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }() // nothing was written
	plan := inspect.Plan{
		Queries: inspect.Ask(
			diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP},
			diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_TCP},
			diag.Query{Family: unix.AF_INET, Protocol: unix.IPPROTO_UDP},
			diag.Query{Family: unix.AF_INET6, Protocol: unix.IPPROTO_UDP},
			diag.Query{Family: unix.AF_UNIX, Want: diag.HasName},
		),
		Needs: needs,
	}
	for r, err := range s.Sockets(ctx, &plan) {
		if err != nil {
			return nil, err
		}
		if !r.Own {
			rows = append(rows, r.Clone())
		}
	}
	return rows, nil
}

// A network is a network name of package net and the sockets of it.
type network struct {
	name     string // without 4 and 6
	protocol uint16
	family   uint8 // 0 = IPv4 and IPv6
	unix     uint8 // the type of unix sockets
	packets  bool  // unconnected ones receive packets
}

var networks = []network{
	{name: "tcp", protocol: unix.IPPROTO_TCP},
	{name: "udp", protocol: unix.IPPROTO_UDP, packets: true},
	{name: "unix", family: unix.AF_UNIX, unix: unix.SOCK_STREAM},
	{name: "unixgram", family: unix.AF_UNIX, unix: unix.SOCK_DGRAM, packets: true},
	{name: "unixpacket", family: unix.AF_UNIX, unix: unix.SOCK_SEQPACKET},
}

// networkOf returns a network, nil if package net has no such name.
func networkOf(word string) *network {
	stem, family := word, uint8(0)
	switch {
	case strings.HasSuffix(word, "4"):
		stem, family = word[:len(word)-1], unix.AF_INET
	case strings.HasSuffix(word, "6"):
		stem, family = word[:len(word)-1], unix.AF_INET6
	}
	for _, n := range networks {
		switch {
		case n.name == word:
			return &n
		case n.name == stem && n.unix == 0:
			n.family = family
			return &n
		}
	}
	return nil
}

func (ns *NS) network(word string) *network {
	ns.t.Helper()
	n := networkOf(word)
	if n == nil {
		ns.t.Fatalf("nltest: unknown network %q: expected tcp, udp, unix, unixgram or unixpacket", word)
	}
	return n
}

func (n *network) has(r *inspect.Row) bool {
	if n.unix != 0 {
		return r.Family == unix.AF_UNIX && r.Type == n.unix
	}
	inet := r.Family == unix.AF_INET || r.Family == unix.AF_INET6
	return inet && r.Protocol == n.protocol && (n.family == 0 || n.family == r.Family)
}

// An endpoint is an expected address. The zero endpoint is any.
type endpoint struct {
	addr netip.Addr // invalid = any
	port uint16     // 0 = any
	name string     // of a unix socket
}

func (ns *NS) endpoint(network, text string) (e endpoint) {
	ns.t.Helper()
	if text == "" {
		return e
	}
	if ns.network(network).unix != 0 {
		return endpoint{name: text}
	}
	host, port, err := net.SplitHostPort(text)
	n, err2 := strconv.ParseUint(port, 10, 16)
	var err3 error
	if host != "" {
		e.addr, err3 = netip.ParseAddr(host)
	}
	if errors.Join(err, err2, err3) != nil {
		ns.t.Fatalf("nltest: %q: expected numbers, such as 127.0.0.1:80, [::1]:80 or :80", text)
	}
	e.addr, e.port = e.addr.Unmap().WithZone(""), uint16(n)
	return e
}

// is reports whether the end of a socket is e: an address, or the name of a unix socket.
func (e *endpoint) is(a netip.AddrPort, name []byte) bool {
	if e.name != "" {
		return string(readable(name)) == e.name
	}
	return (!e.addr.IsValid() || e.addr == a.Addr().Unmap()) && (e.port == 0 || e.port == a.Port())
}

// readable returns a name with @ for the leading zero byte of abstract names, without the trailing one
// of others.
func readable(name []byte) []byte {
	if abstract, ok := bytes.CutPrefix(name, []byte{0}); ok {
		return append([]byte("@"), abstract...)
	}
	return bytes.TrimSuffix(name, []byte{0})
}
