package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/maddr"
	"github.com/nlstat/nlstat/pkg/nl"
	"github.com/nlstat/nlstat/pkg/render"
	"github.com/nlstat/nlstat/pkg/route"
)

// TestSocketJSON compares what a socket is as JSON with the columns of nlstat: names, values and units.
func TestSocketJSON(t *testing.T) {
	b, err := os.ReadFile("../../pkg/diag/testdata/linux-6.18.nl")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := diag.OpenRecording(bytes.NewReader(b))
	if err != nil {
		t.Skip(err) // of the other byte order
	}
	c, err := diag.Dial(&diag.Config{Replay: rec, Partial: true})
	if err != nil {
		t.Fatal(err)
	}
	table := Sockets(nil)
	keys := map[string]int{}
	for k := range diag.Kinds() {
		for _, family := range k.Families() {
			q := diag.Query{Family: family, Protocol: k.Protocol, Want: ^(diag.HasStorage | diag.HasMD5)}
			for s, err := range c.Sockets(t.Context(), &q) {
				if err != nil || !k.Listed {
					break // not recorded, or not a table
				}
				compareJSON(t, table.Columns, s, keys)
			}
		}
	}
	for _, key := range []string{"rtt", "path", "local_name", "cong", "drops", "accept_limit", "mark", "timer_left"} {
		if keys[key] == 0 {
			t.Errorf("no socket has %s", key)
		}
	}
}

func compareJSON(t *testing.T, columns []render.Column[Socket], s *diag.Socket, keys map[string]int) {
	t.Helper()
	row := &Socket{Row: &inspect.Row{Socket: s, Joins: &inspect.Joins{}}}
	compareRow(t, columns, row, s, keys)
}

// compareRow compares the fields of what a row is as JSON with the columns of its table.
func compareRow[T any](t *testing.T, columns []render.Column[T], row *T, public any, keys map[string]int) {
	t.Helper()
	text, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for key, got := range fields {
		if keys[key]++; key == "deleted" || key == "replaced" {
			t.Errorf("%s: %s, but it is no event", text, key)
		}
		i := slices.IndexFunc(columns, func(c render.Column[T]) bool { return c.Key == key })
		if i < 0 {
			t.Fatalf("nlstat has no field %s", key)
		}
		v := columns[i].Value(row)
		want := v.AppendJSON(nil)
		if !reflect.DeepEqual(decoded(t, got), withoutNulls(decoded(t, want))) {
			t.Errorf("%s: %s is %s, want %s", text, key, got, want)
		}
	}
}

// TestJoinedJSON does the same with a row of a session, which has processes and a namespace besides.
func TestJoinedJSON(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nobody connects
	s, err := inspect.Open(&inspect.Config{Namespaces: inspect.Selection{Name: "self"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // it has only read
	keys, columns := map[string]int{}, Sockets(nil).Columns
	for row, err := range s.Sockets(t.Context(), &inspect.Plan{Needs: inspect.NeedOwner | inspect.NeedCgroup}) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Local.String() == l.Addr().String() {
			compareRow(t, columns, &Socket{Row: row}, row, keys)
		}
	}
	for _, key := range []string{"local", "pid", "processes", "netns"} {
		if keys[key] != 1 {
			t.Errorf("%d rows have %s, want 1", keys[key], key)
		}
	}
}

// replayed opens a recording of a package.
func replayed(t *testing.T, path string) *nl.Recording {
	t.Helper()
	b, err := os.ReadFile("../../pkg/" + path)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := nl.OpenRecording(bytes.NewReader(b))
	if err != nil {
		t.Skip(err) // of the other byte order
	}
	return rec
}

// TestRowJSON does the same with links, addresses, routes, rules, neighbors, groups and flows.
func TestRowJSON(t *testing.T) {
	ctx, keys := t.Context(), map[string]int{}
	links, err1 := link.Dial(&link.Config{Replay: replayed(t, "link/testdata/links.rec")})
	routes, err2 := route.Dial(&route.Config{Replay: replayed(t, "route/testdata/routes.rec")})
	groups, err3 := maddr.Dial(&maddr.Config{Replay: replayed(t, "maddr/testdata/groups.rec")})
	flows, err4 := conntrack.Dial(&conntrack.Config{Replay: replayed(t, "conntrack/testdata/flows.rec")})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	compareRows(t, keys, links.Links(ctx, nil), LinkTable().Columns, func(l *link.Link) *Link { return &Link{Link: l} })
	compareRows(t, keys, links.Addresses(ctx, nil), Addresses().Columns,
		func(a *link.Address) *Address { return &Address{Address: a} })
	compareRows(t, keys, routes.Routes(ctx, nil), Routes().Columns, func(r *route.Route) *Route { return &Route{Route: r} })
	compareRows(t, keys, routes.Rules(ctx, 0), Rules().Columns, func(r *route.Rule) *Rule { return &Rule{Rule: r} })
	compareRows(t, keys, routes.Neighbors(ctx, nil), Neighbors().Columns,
		func(n *route.Neighbor) *Neighbor { return &Neighbor{Neighbor: n} })
	compareRows(t, keys, groups.Groups(ctx, nil), Groups().Columns, func(g *maddr.Group) *Group { return &Group{Group: g} })
	compareRows(t, keys, flows.Flows(ctx, nil), Flows(nil).Columns, func(f *conntrack.Flow) *Flow { return &Flow{Flow: f} })
	for _, key := range []string{
		"mac", "rx_bytes", "kind", "master", "broadcast", "dst", "gateway", "hops", "mtu", "rtt", "rto_min", "pref", "table",
		"confirmed", "group", "nat", "nat_src", "nat_dst", "expires", "id",
	} {
		if keys[key] == 0 {
			t.Errorf("no row has %s", key)
		}
	}
}

// TestFlowProtocols does so with flows of every protocol: package conntrack has a table of names of its own.
func TestFlowProtocols(t *testing.T) {
	columns, ends := Flows(nil).Columns, netip.MustParseAddrPort("10.0.0.1:8080")
	for proto := range 256 {
		tuple := conntrack.Tuple{
			Proto: uint8(proto), Src: ends.Addr(), Dst: ends.Addr(), SrcPort: ends.Port(), DstPort: ends.Port(),
		}
		f := conntrack.Flow{Family: 2, Orig: tuple, Reply: tuple}
		compareRow(t, columns, &Flow{Flow: &f}, &f, map[string]int{})
	}
}

func compareRows[P, T any](
	t *testing.T, keys map[string]int, seq iter.Seq2[*P, error], columns []render.Column[T], row func(*P) *T,
) {
	t.Helper()
	n := 0
	for public, err := range seq {
		if err != nil {
			t.Errorf("%T: %v", public, err)
			return
		}
		n++
		compareRow(t, columns, row(public), public, keys)
	}
	t.Logf("%d rows of %T", n, *new(P))
}

// withoutNulls removes the null fields of the objects of a list.
func withoutNulls(v any) any {
	list, _ := v.([]any)
	for _, item := range list {
		if fields, ok := item.(map[string]any); ok {
			maps.DeleteFunc(fields, func(_ string, field any) bool { return field == nil })
		}
	}
	return v
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
