package cli

import (
	"net"
	"strings"
	"testing"
)

// TestReachValues checks that a filter by a shown reach finds the rows that show it, and by private and public
// also those whose addresses are unknown.
func TestReachValues(t *testing.T) {
	ports := ""
	for _, addr := range []string{"127.0.0.1:0", "0.0.0.0:0"} {
		l, err := net.Listen("tcp4", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		ports += port + ","
	}
	for _, source := range [][]string{
		{"--replay", "testdata/zoo.nls"}, {"--replay", "testdata/all.nls"}, {"local_port=" + strings.Trim(ports, ",")},
	} {
		list := func(filter ...string) map[string]int {
			rows := map[string]int{}
			args := append([]string{"-H", "--csv=reach", "listening"}, append(filter, source...)...)
			out, errs, code := runMain(t, args...)
			if code != exitOK {
				t.Fatalf("%q: %d, %s", args, code, errs)
			}
			for line := range strings.Lines(out) {
				rows[strings.TrimSpace(line)]++
			}
			return rows
		}
		shown := list()
		for _, value := range []string{"any", "loopback", "link", "private", "public"} {
			found := list("reach=" + value)
			unknown, rows := found["any"], found[value]
			delete(found, "any")
			delete(found, value)
			if rows != shown[value] || len(found) > 0 {
				t.Errorf("%q, reach=%s: %d and %v of %v", source, value, rows, found, shown)
			}
			if (value == "private" || value == "public" || value == "any") != (unknown > 0) && shown["any"] > 0 {
				t.Errorf("%q, reach=%s: %d of %d that are unknown", source, value, unknown, shown["any"])
			}
		}
	}
}
