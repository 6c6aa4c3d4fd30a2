package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/nlstat/nlstat/internal/race"
)

// A flow is the row type of the tests.
type flow struct {
	name   string
	local  netip.AddrPort
	queue  uint64
	rtt    time.Duration
	absent bool
	owners owners
}

type owners []string

func (o *owners) Len() int { return len(*o) }

func (o *owners) AppendText(dst []byte) []byte {
	for i, s := range *o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, s...)
	}
	return dst
}

func (o *owners) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, s := range *o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSONString(append(dst, `{"comm":`...), s)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func flowColumns() []Column[flow] {
	return []Column[flow]{
		{
			Key: "name", Title: "NAME", Kind: KindString, Fit: Fit{Min: 6},
			Value: func(f *flow) Value {
				if f.absent {
					return Value{}
				}
				return Text([]byte(f.name))
			},
		},
		{
			Key: "local", Title: "LOCAL", Kind: KindEndpoint, Fit: Fit{Min: 12, Cut: CutMiddle},
			Value: func(f *flow) Value { return AddrPort(f.local) },
		},
		{
			Key: "queue", Title: "QUEUE", Kind: KindByteSize, Right: true, Fit: Fit{Drop: 1},
			Value: func(f *flow) Value { return Bytes(f.queue) },
			Style: func(f *flow) Style {
				if f.queue > 1<<20 {
					return StyleBad
				}
				return StylePlain
			},
		},
		{
			Key: "rtt", Title: "RTT", Kind: KindDuration, Right: true,
			Value: func(f *flow) Value { return Dur(f.rtt) },
		},
		{
			Key: "owners", Title: "OWNERS", Kind: KindObjects, Fit: Fit{Min: 6},
			Value: func(f *flow) Value { return Items(&f.owners) },
		},
	}
}

func flows() []flow {
	return []flow{
		{name: "web", local: netip.MustParseAddrPort("10.0.0.1:80"), queue: 1536, rtt: 1500 * time.Microsecond, owners: owners{"nginx", "nginx"}},
		{name: "日本", local: netip.MustParseAddrPort("[2001:db8::1]:443"), queue: 3 << 20, rtt: 250 * time.Nanosecond, owners: owners{"\x1b[2J"}},
		{absent: true, local: netip.AddrPort{}, owners: owners{}},
		{name: "a,\"b\"\nc\x00\xff", local: netip.MustParseAddrPort("[::]:1"), rtt: 2 * time.Second, owners: owners{"sh"}},
	}
}

func encode(t *testing.T, o Options, rows []flow) string {
	t.Helper()
	var b bytes.Buffer
	e := New(&b, flowColumns(), o)
	for i := range rows {
		if err := e.Row(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var update = flag.Bool("update", false, "write golden files")

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
	}{
		{"table.txt", Options{}},
		{"human.txt", Options{Human: true}},
		{"noheader.txt", Options{NoHeader: true}},
		{"width60.txt", Options{Human: true, Width: 60}},
		{"width40.txt", Options{Human: true, Width: 40}},
		{"color.txt", Options{Color: true}},
		{"rows.json", Options{Format: FormatJSON}},
		{"rows.jsonl", Options{Format: FormatJSONL}},
		{"rows.csv", Options{Format: FormatCSV}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := encode(t, tt.o, flows())
			file := filepath.Join("testdata", tt.name)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("output differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEmpty(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"table", Options{}, "NAME  LOCAL  QUEUE  RTT  OWNERS\n"},
		{"table without header", Options{NoHeader: true}, ""},
		{"json", Options{Format: FormatJSON}, "[]\n"},
		{"jsonl", Options{Format: FormatJSONL}, ""},
		{"csv", Options{Format: FormatCSV}, "name,local,queue,rtt,owners\n"},
	} {
		if got := encode(t, tt.o, nil); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestPages checks that later pages are never narrower and that a page is a limit, not a fixed size.
func TestPages(t *testing.T) {
	rows := flows()[:2]
	got := encode(t, Options{Page: 1}, []flow{rows[0], rows[1], rows[0]})
	lines := strings.Split(strings.TrimSpace(got), "\n")
	if len(lines) != 4 {
		t.Fatalf("got %d lines, want 4:\n%s", len(lines), got)
	}
	if a, b := strings.Index(lines[1], "nginx"), strings.Index(lines[3], "nginx"); b <= a {
		t.Errorf("owners begin in column %d, then %d: want the later page wider", a, b)
	}
}

// TestNoRawBytes checks that no format writes control bytes.
func TestNoRawBytes(t *testing.T) {
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	all = append(all, "\u0085\u009b31m\u202e\u200b\u2028\ufeff\U000e0041"...)
	rows := []flow{{name: string(all), owners: owners{string(all)}}}
	for _, f := range []Format{FormatTable, FormatJSON, FormatJSONL, FormatCSV} {
		out := encode(t, Options{Format: f}, rows)
		if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && (r < ' ' || r == 0x7f || invisible(r)) }); i >= 0 {
			t.Errorf("format %d: raw %q in the output", f, out[i:i+4])
		}
		if !utf8.ValidString(out) {
			t.Errorf("format %d: output is not UTF-8", f)
		}
	}
}

func TestFork(t *testing.T) {
	for _, f := range []Format{FormatTable, FormatJSON, FormatJSONL, FormatCSV} {
		var b bytes.Buffer
		e := New(&b, flowColumns(), Options{Format: f})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				child := e.Fork()
				for range 500 {
					for _, row := range flows() {
						if err := child.Row(&row); err != nil {
							t.Error(err)
						}
					}
				}
				if err := child.Flush(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		const rows = 4 * 500 * 4
		want := map[Format]int{FormatTable: rows + 1, FormatJSON: rows + 2, FormatJSONL: rows, FormatCSV: rows + 1}[f]
		if got := strings.Count(b.String(), "\n"); got != want {
			t.Errorf("format %d: %d lines, want %d", f, got, want)
		}
		if f == FormatJSON && !json.Valid(b.Bytes()) {
			t.Error("forked JSON is not valid")
		}
	}
}

type failing struct{ n int }

func (f *failing) Write([]byte) (int, error) {
	f.n++
	return 0, fmt.Errorf("write: %w", syscall.EPIPE)
}

func TestClosedPipe(t *testing.T) {
	for _, f := range []Format{FormatTable, FormatJSON, FormatJSONL, FormatCSV} {
		w := &failing{}
		e := New(w, flowColumns(), Options{Format: f, Page: 1})
		row := flows()[0]
		err := e.Row(&row)
		for range 10000 {
			err = errors.Join(err, e.Row(&row))
		}
		if !Closed(err) || !Closed(e.Close()) {
			t.Errorf("format %d: errors %v, %v do not tell that the pipe is closed", f, err, e.Close())
		}
		if w.n != 1 {
			t.Errorf("format %d: %d writes after the pipe was closed, want 1", f, w.n)
		}
	}
}

func TestRowAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	rows := flows()
	for i := range rows {
		rows[i].name = ""
	}
	cols := flowColumns()
	cols[0].Value = func(*flow) Value { return Text(hostile) }
	for _, o := range []Options{
		{}, {Human: true, Color: true, Width: 50}, {Format: FormatJSON}, {Format: FormatJSONL}, {Format: FormatCSV},
	} {
		e := New(io.Discard, cols, o)
		warm := func() {
			for i := range rows {
				if err := e.Row(&rows[i]); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		warm()
		if n := testing.AllocsPerRun(1000, warm); n != 0 {
			t.Errorf("%+v: %v allocations for %d rows, want 0", o, n, len(rows))
		}
	}
}

// TestPageMemory limits the memory of a table: little for a few rows, of which a watch writes many tables,
// and one page for a large one.
func TestPageMemory(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	row := flows()[0]
	for _, tt := range []struct{ rows, limit int }{{10, 100 << 10}, {20_000, 1800 << 10}} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e := New(io.Discard, flowColumns(), Options{})
		for range tt.rows {
			if err := e.Row(&row); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(tt.limit) {
			t.Errorf("%d rows allocate %d bytes, want at most %d", tt.rows, n, tt.limit)
		}
	}
}

var hostile = []byte("a\x1b[2J\xff日本\n\"quoted\"")

func BenchmarkRow(b *testing.B) {
	row := flows()[0]
	for _, f := range []struct {
		name string
		o    Options
	}{{"table", Options{Human: true}}, {"json", Options{Format: FormatJSON}}, {"csv", Options{Format: FormatCSV}}} {
		b.Run(f.name, func(b *testing.B) {
			e := New(io.Discard, flowColumns(), f.o)
			b.ReportAllocs()
			for b.Loop() {
				if err := e.Row(&row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
