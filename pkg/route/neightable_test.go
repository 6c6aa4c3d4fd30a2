//go:build linux

package route

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nl"
)

// TestNeighborTablesRecorded reads the tables of testdata.
func TestNeighborTablesRecorded(t *testing.T) {
	c := replayFile(t, "neightables.rec")
	var got strings.Builder
	for table, err := range c.NeighborTables(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%d %s %d/%d/%d\n", table.Family, table.Name(), table.Thresh1, table.Thresh2, table.Thresh3)
	}
	if want := "2 arp_cache 128/512/1024\n10 ndisc_cache 128/512/1024\n"; got.String() != want {
		t.Errorf("got %q, want %q", got.String(), want)
	}
	if bad := c.Stats().Malformed; bad != 0 {
		t.Errorf("%d malformed attributes", bad)
	}
}

// tableMessage is the message of a table with 7 entries and 3 refused ones.
func tableMessage() []byte {
	config := make([]byte, ndtConfigLen)
	config[4] = 7
	stats := make([]byte, ndtStatsLen+8)
	stats[24], stats[72], stats[80] = 1, 2, 3
	b := nl.AppendAttr([]byte{unix.AF_INET, 0, 0, 0}, ndtaName, []byte("arp_cache\x00"))
	for i, v := range []uint32{128, 512, 1024} {
		b = nl.AppendAttrUint32(b, ndtaThresh1+uint16(i), v)
	}
	return nl.AppendAttr(nl.AppendAttr(b, ndtaConfig, config), ndtaStats, stats)
}

func TestNeighborTable(t *testing.T) {
	if b := tableMessage(); nl.AppendAttrUint32(nil, 1, 1)[4] != 1 {
		t.Skipf("a machine of the other byte order: % x", b[:4])
	}
	var table NeighborTable
	whole, bad, err := table.decode(tableMessage())
	if err != nil || bad != 0 || !whole {
		t.Fatalf("whole %v, %d malformed, %v", whole, bad, err)
	}
	want := NeighborTable{
		Family: unix.AF_INET, Entries: 7, Thresh1: 128, Thresh2: 512, Thresh3: 1024, Failed: 1, ForcedGC: 2, TableFull: 3,
		name: []byte("arp_cache"),
	}
	if fmt.Sprint(table) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v", table, want)
	}
	for n := range tableMessage() {
		_, _, _ = table.decode(tableMessage()[:n]) // must not panic
	}
}

func FuzzNeighborTable(f *testing.F) {
	f.Add(tableMessage())
	f.Fuzz(func(t *testing.T, b []byte) {
		var table NeighborTable
		if _, _, err := table.decode(b); err != nil && len(b) >= ndtmsgLen {
			t.Fatal(err)
		}
	})
}
