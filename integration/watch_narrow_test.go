//go:build integration

package integration

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestWatchNarrow watches long addresses on 60 columns, of a namespace that is named and so has a column more:
// ports, pids and numbers stay whole, and what has no room is named.
func TestWatchNarrow(t *testing.T) {
	ns := harness.New(t)
	const address = "2001:db8:1111:2222:3333:4444:5555:6666"
	for _, words := range []string{"link set lo up", "addr add " + address + "/128 dev lo nodad"} {
		if r := ns.Run(harness.Tool(t, "ip"), strings.Fields(words)...); r.Code != 0 {
			t.Fatalf("ip %s: %s", words, r.Stderr)
		}
	}
	server := ns.Listen("[" + address + "]:65001")
	ns.TCP("[" + address + "]:65002").Connect(server)
	server.Accept()
	pid := fmt.Sprintf("/%d", os.Getpid())
	c := harness.Command{Path: harness.Program(t, "nlstat")}
	for line, want := range map[string][]string{
		"-A -w 200ms":        {":65001 ", ":65002 ", pid},
		"listen -A -w 200ms": {":65001 ", pid + " ", "left out: "},
	} {
		s := screenBy(t, ns, &c, 60, 16, append(strings.Fields(line), ":65001")...)
		text := s.shows(":65001")
		for _, want := range want {
			if !strings.Contains(text, want) {
				t.Errorf("nlstat %s: no %q in\n%s", line, want, text)
			}
		}
		for row := range strings.SplitSeq(text, "\n") {
			if strings.HasSuffix(row, "…") {
				t.Errorf("nlstat %s: cut at the edge: %q\n%s", line, row, text)
			}
		}
		s.ended()
	}
}
