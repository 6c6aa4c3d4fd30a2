package render

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/race"
)

func order(key string, reverse bool) Order[flow] {
	cols := flowColumns()
	return Order[flow]{Column: cols[Find(cols, key)], Reverse: reverse}
}

func sorted(t *testing.T, rows []flow, orders []Order[flow], limit int) []string {
	t.Helper()
	var b bytes.Buffer
	s := Sort(New(&b, flowColumns()[:3], Options{Format: FormatCSV, NoHeader: true}), orders, limit)
	for i := range rows {
		if err := s.Row(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Fields(b.String())
}

func TestSort(t *testing.T) {
	rows := []flow{
		{name: "b", queue: 1}, {name: "a", queue: 2}, {absent: true, queue: 3}, {name: "a", queue: 1},
	}
	for _, tt := range []struct {
		name   string
		orders []Order[flow]
		limit  int
		want   string
	}{
		{"text", []Order[flow]{order("name", false)}, 0, "a,,2 a,,1 b,,1 ,,3"},
		{"text reversed", []Order[flow]{order("name", true)}, 0, "b,,1 a,,2 a,,1 ,,3"},
		{"two", []Order[flow]{order("name", false), order("queue", false)}, 0, "a,,1 a,,2 b,,1 ,,3"},
		{"top", []Order[flow]{order("queue", true)}, 2, ",,3 a,,2"},
		{"list", []Order[flow]{order("owners", false)}, 1, "b,,1"},
	} {
		if got := strings.Join(sorted(t, rows, tt.orders, tt.limit), " "); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestSortLimit compares the heap with sorting everything.
func TestSortLimit(t *testing.T) {
	var rows []flow
	for i := range 500 {
		rows = append(rows, flow{name: fmt.Sprint(i), queue: rand.Uint64N(50)})
	}
	all := sorted(t, rows, []Order[flow]{order("queue", true)}, 0)
	for _, limit := range []int{1, 2, 7, 499, 500, 501} {
		got := sorted(t, rows, []Order[flow]{order("queue", true)}, limit)
		if want := all[:min(limit, len(all))]; !slices.Equal(got, want) {
			t.Errorf("limit %d: got %v, want %v", limit, got, want)
		}
	}
}

// TestTopAllocs checks that a full heap takes rows without allocating.
func TestTopAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	s := Sort(New(io.Discard, flowColumns(), Options{}), []Order[flow]{order("queue", true)}, 10)
	row := flow{owners: owners{"x"}}
	feed := func() {
		row.queue++
		if err := s.Row(&row); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		feed()
	}
	if n := testing.AllocsPerRun(1000, feed); n != 0 {
		t.Errorf("%v allocations a row, want 0", n)
	}
}

func TestGroup(t *testing.T) {
	cols := flowColumns()
	by := []Column[flow]{cols[Find(cols, "name")], cols[Find(cols, "owners")]}
	queue, rtt := cols[Find(cols, "queue")], cols[Find(cols, "rtt")]
	totals := []Total[flow]{{queue, AggregateSum}, {queue, AggregateMax}, {queue, AggregateMin}, {rtt, AggregateMean}}
	gcols := GroupColumns(by, totals)
	var b bytes.Buffer
	g := GroupBy(New(&b, gcols, Options{Format: FormatCSV}), by, totals)
	for _, row := range []flow{
		{name: "a", queue: 1, rtt: time.Second},
		{name: "b", queue: 2},
		{name: "a", queue: 3, rtt: 3 * time.Second, local: netip.AddrPort{}},
	} {
		if err := g.Row(&row); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	want := `name,owners,count,sum_queue,max_queue,min_queue,avg_rtt
a,,2,4,3,1,2000000
b,,1,2,2,2,0
`
	if got := b.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestGroupOfNothing(t *testing.T) {
	var b bytes.Buffer
	g := GroupBy[flow](New(&b, GroupColumns[flow](nil, nil), Options{Format: FormatCSV}), nil, nil)
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "count\n0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHead(t *testing.T) {
	var b bytes.Buffer
	h := Head(New(&b, flowColumns()[:1], Options{Format: FormatCSV, NoHeader: true}), 2)
	row := flow{name: "x"}
	for i, want := range []error{nil, nil, ErrEnough} {
		if err := h.Row(&row); !errors.Is(err, want) {
			t.Errorf("row %d: %v, want %v", i, err, want)
		}
	}
	if err := h.Close(); err != nil || b.String() != "x\nx\n" {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

func TestSortSome(t *testing.T) {
	for _, tt := range []struct {
		most int
		want string
	}{{3, "a\nb\nc\n"}, {2, "b\nc\na\n"}, {1, "c\nb\na\n"}} {
		var b bytes.Buffer
		s := SortSome(New(&b, flowColumns()[:1], Options{Format: FormatCSV, NoHeader: true}), []Order[flow]{order("name", false)}, tt.most)
		for _, name := range []string{"c", "b", "a"} {
			if err := s.Row(&flow{name: name}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil || b.String() != tt.want {
			t.Errorf("most %d: %q, %v, want %q", tt.most, b.String(), err, tt.want)
		}
	}
}

// TestPrefix compares the numbers of values with what Compare says of them.
func TestPrefix(t *testing.T) {
	addrs := []string{
		"0.0.0.0:0", "10.0.0.1:80", "10.0.0.1:443", "255.255.255.255:65535", "[::]:0", "[::ffff:10.0.0.1]:80", "[2001:db8::1]:80",
		"[2001:db8::1]:81", "[2001:db8:0:0:1::]:80", "[2001:db8:0:0:4000::]:80", "[fe80::1%eth0]:80", "[ffff::]:1",
	}
	kinds := [][]Value{
		{Uint(0), Uint(1), Uint(1 << 40), Uint(math.MaxUint64)},
		{Int(-1 << 40), Int(-1), Int(0), Int(7)},
		{Dur(-time.Second), Dur(0), Dur(time.Second)},
		{Float(-1e9), Float(-0.5), Float(math.Copysign(0, -1)), Float(0), Float(0.5), Float(1e300)},
		{
			Name("a"), Name("ab"), Name("elevenbytes"), Name("elevenbytes1"), Name("elevenbytes2"), Name("elevenbytesandmore"),
			Name("tcp"), Text([]byte("tcp")), Text([]byte("")), Text([]byte("a\x00")), Text([]byte("a\x00\x00")), Name("é"),
		},
		{At(time.Unix(-5, 0)), At(time.Unix(0, 0)), At(time.Unix(1<<31, 0))},
		{AddrPort(netip.AddrPort{})},
	}
	var ends, hosts []Value
	for _, text := range addrs {
		a := netip.MustParseAddrPort(text)
		ends, hosts = append(ends, AddrPort(a)), append(hosts, Addr(a.Addr()))
	}
	for _, list := range append(kinds, ends, hosts) {
		for i := range list {
			for j := range list {
				v, w := &list[i], &list[j]
				vHigh, vLow, vExact := v.Prefix()
				wHigh, wLow, wExact := w.Prefix()
				got := cmp.Or(cmp.Compare(vHigh, wHigh), cmp.Compare(vLow, wLow))
				if want := v.Compare(w); got != want && (got != 0 || vExact && wExact) {
					t.Errorf("%+v and %+v: %d, want %d", *v, *w, got, want)
				}
			}
		}
	}
}
