package query

import (
	"testing"

	"github.com/nlstat/nlstat/internal/names"
	"github.com/nlstat/nlstat/internal/view"
)

// TestEverything tells filters that restrict nothing from those that do, and from those that say so.
func TestEverything(t *testing.T) {
	table := view.Sockets(&names.Names{})
	for text, want := range map[string]bool{
		"all": true, "state=all": true, "state all": true, "not not all": true, "port>=0": true,
		"port>=00": true, "rtt>=0ms": true, "not port<0": true, "port=0-65535": true, "uid=0-4294967295": true,
		"process=*": true, "process=~.*": true, "process=~''": true, "src 0.0.0.0/0": true, "src ::/0": true,
		"tcp or not tcp": true, "all and port>=0": true, "all or port=80": true, "port=80 or all": true,
		"not (tcp and not tcp)": true,

		"any": false, "ANY": false, "state=any": false, "any and port>=0": false, "any or port=80": false,
		"port=80": false, "port>0": false, "port>=1": false, "not port=1": false, "all and port=80": false,
		"process=a*": false, "process=~x.*": false, "src 10.0.0.0/8": false, "established": false,
		"not established": false, "port=1-65535": false, "port=0-1023": false, "tcp or udp": false,
		"not all": false, "rtt>=0.5ms": false, "port>=0x10": false, "accept_queue >= accept_limit": false,
		"state=listening,established": false, "tcp and not tcp": false,
	} {
		tree, err := Parse(&table, []string{text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := Everything(&table, tree); got != want {
			t.Errorf("Everything(%q) = %v, want %v", text, got, want)
		}
	}
	if Everything(&table, nil) {
		t.Error("an absent filter counts as one that matches everything; commands tell these apart")
	}
}
