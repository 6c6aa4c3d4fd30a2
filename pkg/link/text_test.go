//go:build linux

package link

import (
	"fmt"
	"net/netip"
	"testing"
)

// TestText checks the one line that logs and test failures show.
func TestText(t *testing.T) {
	for _, tt := range []struct {
		row  fmt.Stringer
		want string
	}{
		{&Address{Link: 2, Prefix: netip.MustParsePrefix("10.0.0.1/24")}, "10.0.0.1/24 if2"},
		{&Address{Link: 3, Prefix: netip.MustParsePrefix("fe80::1/64"), Deleted: true}, "fe80::1/64 if3 deleted"},
		{&Qdisc{Link: 2, Handle: 0x8001 << 16, Parent: QdiscRoot, kind: []byte("fq_codel")}, "fq_codel 8001: if2 root"},
		{&Qdisc{Link: 2, Parent: 0x8001<<16 | 10, kind: []byte("fq_codel")}, "fq_codel 0: if2 parent 8001:a"},
		{&Qdisc{Link: 3, Parent: 1, kind: []byte("\x1b[2J")}, `"\x1b[2J" 0: if3 parent :1`},
	} {
		if got := tt.row.String(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	got := "no link"
	for l, err := range replay(t, "links.rec").Links(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = l.String()
		break
	}
	if got != "1 lo unknown" {
		t.Errorf("%q, want loopback", got)
	}
}
