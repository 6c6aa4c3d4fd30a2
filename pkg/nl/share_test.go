//go:build linux

package nl_test

import (
	"context"
	"errors"
	"iter"
	"net"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/maddr"
	"github.com/nlstat/nlstat/pkg/nl"
	"github.com/nlstat/nlstat/pkg/route"
)

// A table is a Conn of a package and its dump with the zero query.
type table struct {
	name  string
	close func() error
	dump  func(ctx context.Context) iter.Seq2[bool, error]
}

// rows hides the type of a dump's rows.
func rows[T any](seq iter.Seq2[*T, error]) iter.Seq2[bool, error] {
	return func(yield func(bool, error) bool) {
		seq(func(row *T, err error) bool { return yield(row != nil, err) })
	}
}

// dial opens a Conn of every package.
func dial(t *testing.T) []table {
	t.Helper()
	sockets, err1 := diag.Dial(&diag.Config{Sources: diag.SourcesNetlink})
	links, err2 := link.Dial(nil)
	routes, err3 := route.Dial(nil)
	groups, err4 := maddr.Dial(nil)
	flows, err5 := conntrack.Dial(nil)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		t.Fatal(err)
	}
	all := diag.Query{Family: unix.AF_NETLINK}
	return []table{
		{"diag", sockets.Close, func(ctx context.Context) iter.Seq2[bool, error] { return rows(sockets.Sockets(ctx, &all)) }},
		{"link", links.Close, func(ctx context.Context) iter.Seq2[bool, error] { return rows(links.Links(ctx, nil)) }},
		{"route", routes.Close, func(ctx context.Context) iter.Seq2[bool, error] { return rows(routes.Rules(ctx, 0)) }},
		{"maddr", groups.Close, func(ctx context.Context) iter.Seq2[bool, error] { return rows(groups.Groups(ctx, nil)) }},
		{"conntrack", flows.Close, func(ctx context.Context) iter.Seq2[bool, error] { return rows(flows.Flows(ctx, nil)) }},
	}
}

// count dumps a table. The test is skipped if the kernel or the lack of rights forbids that.
func (d *table) count(t *testing.T) (n int) {
	t.Helper()
	for _, err := range d.dump(t.Context()) {
		switch {
		case errors.Is(err, unix.EPERM), errors.Is(err, nl.ErrUnsupported):
			t.Skip(err)
		case err != nil:
			t.Errorf("after %d rows: %v", n, err)
		default:
			n++
		}
	}
	return n
}

// TestConns uses and closes a Conn of every package as programs do: a dump within the loop over another, loops
// that are left, contexts that end, four goroutines at once, use after Close. No descriptor stays.
func TestConns(t *testing.T) {
	before := nl.Descriptors(t)
	for _, d := range dial(t) {
		t.Run(d.name, func(t *testing.T) {
			want := d.count(t)
			n := 0
			for _, err := range d.dump(t.Context()) {
				if n++; err != nil {
					t.Fatal(err)
				}
				if n == 1 {
					d.count(t)
				}
			}
			if n != want && d.name != "diag" { // the table contains the test's own sockets
				t.Errorf("%d rows around a dump, want %d", n, want)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(errors.New("enough"))
			for _, err := range d.dump(ctx) {
				if err == nil || !strings.Contains(err.Error(), "enough") {
					t.Errorf("after the end of ctx: %v, want its cause", err)
				}
			}
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					for _, err := range d.dump(t.Context()) {
						if err != nil {
							t.Error(err)
						}
						break
					}
					d.count(t)
				})
			}
			group.Wait()
		})
		for range 2 {
			if err := d.close(); err != nil {
				t.Errorf("%s: %v", d.name, err)
			}
		}
		for ok, err := range d.dump(t.Context()) {
			if ok || !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: after Close: %v, want net.ErrClosed", d.name, err)
			}
		}
	}
	if after := nl.Descriptors(t); after != before {
		t.Errorf("%d sockets and namespaces are open, want %d", after, before)
	}
}

// TestShare lists the addresses, routes and groups of each link on one connection.
func TestShare(t *testing.T) {
	before := nl.Descriptors(t)
	c, err := nl.Dial(unix.NETLINK_ROUTE, nil)
	if err != nil {
		t.Fatal(err)
	}
	links, err1 := link.New(c)
	routes, err2 := route.New(c)
	groups, err3 := maddr.New(c)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	addresses, gs := 0, 0
	for l, err := range links.Links(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		for a, err := range links.Addresses(t.Context(), &link.AddressQuery{Link: l.Index}) {
			if addresses++; err != nil || a.Link != l.Index {
				t.Errorf("an address of link %d: %v, %v", l.Index, a, err)
			}
		}
		for r, err := range routes.Routes(t.Context(), &route.Query{Iface: l.Index}) {
			if err != nil || r.Iface != l.Index {
				t.Errorf("a route of link %d: %v, %v", l.Index, r, err)
			}
		}
		for g, err := range groups.Groups(t.Context(), &maddr.Query{Family: unix.AF_INET6, Iface: l.Index}) {
			if gs++; err != nil || g.Iface != l.Index {
				t.Errorf("a group of link %d: %v, %v", l.Index, g, err)
			}
		}
	}
	all, err := links.ListAddresses(t.Context(), nil)
	if err != nil || addresses != len(all) {
		t.Errorf("%d addresses by link of %d, %v", addresses, len(all), err)
	}
	if err := errors.Join(links.Close(), routes.Close(), groups.Close()); err != nil {
		t.Error(err)
	}
	if _, err := links.List(t.Context(), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after its own Close: %v, want net.ErrClosed", err)
	}
	routes, err = route.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := routes.List(t.Context(), nil); err != nil {
		t.Errorf("the connection is the caller's: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := routes.List(t.Context(), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v, want net.ErrClosed", err)
	}
	if after := nl.Descriptors(t); after != before {
		t.Errorf("%d sockets and namespaces are open, want %d", after, before)
	}
}

// TestShareOther checks that a connection of another netlink protocol is refused.
func TestShareOther(t *testing.T) {
	c, err := nl.Dial(unix.NETLINK_SOCK_DIAG, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // no data to lose
	_, err1 := link.New(c)
	_, err2 := route.New(c)
	_, err3 := maddr.New(c)
	if err1 == nil || err2 == nil || err3 == nil {
		t.Errorf("errors = %v, %v, %v", err1, err2, err3)
	}
}

// TestUnsupported checks that requests that the kernel does not support wrap ErrUnsupported and name the
// request.
func TestUnsupported(t *testing.T) {
	c, err := diag.Dial(&diag.Config{Sources: diag.SourcesNetlink})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // no data to lose
	for _, tt := range []struct {
		q    diag.Query
		name string
	}{
		{diag.Query{}, "family 0"},
		{diag.Query{Family: 200}, "family 200"},
		{diag.Query{Family: unix.AF_INET, Protocol: 250}, "protocol 250"},
	} {
		_, err := diag.Collect(c.Sockets(t.Context(), &tt.q))
		if !errors.Is(err, nl.ErrUnsupported) || !strings.Contains(err.Error(), tt.name) {
			t.Errorf("%+v: %v, want errors.ErrUnsupported and %q", tt.q, err, tt.name)
		}
		_, err = c.Lookup(t.Context(), &tt.q, &diag.Key{})
		if err == nil || !strings.Contains(err.Error(), tt.name) {
			t.Errorf("look up %+v: %v, want %q", tt.q, err, tt.name)
		}
	}
	routes, err1 := route.Dial(nil)
	links, err2 := link.Dial(nil)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	defer routes.Close() //nolint:errcheck // likewise
	defer links.Close()  //nolint:errcheck // likewise
	_, err1 = routes.List(t.Context(), &route.Query{Family: 200})
	_, err2 = routes.ListNeighbors(t.Context(), &route.NeighborQuery{Family: 200})
	_, err3 := links.ListAddresses(t.Context(), &link.AddressQuery{Family: 200})
	for _, err := range []error{err1, err2, err3} {
		if !errors.Is(err, nl.ErrUnsupported) || !strings.Contains(err.Error(), "family 200") {
			t.Errorf("%v, want errors.ErrUnsupported and the family", err)
		}
	}
}

// TestText requests a table of routes that does not exist: the error has the kernel's explanation.
func TestText(t *testing.T) {
	c, err := route.Dial(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // no data to lose
	_, err = c.List(t.Context(), &route.Query{Family: unix.AF_INET, Table: 123456789})
	if kernel, ok := errors.AsType[*nl.Error](err); !ok || kernel.Errno != unix.ENOENT || kernel.Text == "" {
		t.Errorf("%v, want the kernel's ENOENT and its text", err)
	}
}
