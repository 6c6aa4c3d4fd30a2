package owner_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/owner"
)

func TestExplain(t *testing.T) {
	const tcp, udp = unix.IPPROTO_TCP, unix.IPPROTO_UDP
	tests := []struct {
		name string
		e    owner.Evidence
		want owner.Absence
	}{
		{"owned", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 1, Inode: 5, Owners: 1, Stats: owner.Stats{Denied: 3}}, owner.Held},
		{"time wait", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 6}, owner.TimeWait},
		{"fin wait 2 without file", owner.Evidence{Family: unix.AF_INET6, Protocol: tcp, State: 5}, owner.Orphan},
		{"in the accept queue", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 1}, owner.NotAccepted},
		{"in the accept queue, closed by the peer", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 8}, owner.NotAccepted},
		{"handshake", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 3}, owner.NotAccepted},
		{"udp without file", owner.Evidence{Family: unix.AF_INET, Protocol: udp, State: 1}, owner.Orphan},
		{"unix in the accept queue", owner.Evidence{Family: unix.AF_UNIX, State: 1}, owner.NotAccepted},
		{"ring", owner.Evidence{Family: unix.AF_INET, State: 1, Inode: 5, Registered: 1}, owner.InRing},
		{"ring of a scan that saw little", owner.Evidence{Family: unix.AF_INET, State: 1, Inode: 5, Registered: 1, Scanned: true, Stats: owner.Stats{Denied: 1}}, owner.InRing},
		{"kernel, as the caller knows", owner.Evidence{Family: unix.AF_NETLINK, Inode: 5, Kernel: true}, owner.Kernel},
		{"all seen", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true}, owner.NotFound},
		{"all seen, unix", owner.Evidence{Family: unix.AF_UNIX, State: 7, Inode: 5, Scanned: true}, owner.NotFound},
		{"all seen with rings", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true, Rings: true}, owner.NotInRings},
		{"not looked for", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Rings: true}, owner.Unknown},
		{"denied", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true, Stats: owner.Stats{Denied: 1, Nested: true}}, owner.Unreadable},
		{"threads", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true, Stats: owner.Stats{Uncompared: 1}}, owner.Unreadable},
		{"hidden", owner.Evidence{Family: unix.AF_UNIX, State: 7, Inode: 5, Scanned: true, Stats: owner.Stats{HidePID: true}}, owner.Unreadable},
		{"nested", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true, Stats: owner.Stats{Nested: true}}, owner.OtherNamespace},
	}
	for _, tt := range tests {
		got := tt.e.Explain()
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if doubt := got == owner.Held || got.String() == "unknown" || strings.HasPrefix(got.String(), "not found"); doubt == got.Established() {
			t.Errorf("%s: %q established: %v", tt.name, got, got.Established())
		}
	}
	x := new(owner.Index)
	if got := x.Explain(owner.Evidence{Family: unix.AF_UNIX, Inode: 9}); got != owner.Unknown {
		t.Errorf("empty index: %q, want %q", got, owner.Unknown)
	}
}

// TestExplainScans has scans that know different things of a socket without owner.
func TestExplainScans(t *testing.T) {
	canceled, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	full, empty := host.make(t), t.TempDir()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		cfg  owner.Config
		want owner.Absence
		why  string
	}{
		{"all", t.Context(), owner.Config{Root: full}, owner.NotFound, ""},
		{"wanted", t.Context(), owner.Config{Root: full, Wanted: []uint32{9}}, owner.NotFound, ""},
		{"others wanted", t.Context(), owner.Config{Root: full, Wanted: []uint32{100}}, owner.Unknown, ""},
		{"none wanted", t.Context(), owner.Config{Root: full, Wanted: []uint32{}}, owner.Unknown, ""},
		{"first only", t.Context(), owner.Config{Root: full, FirstOnly: true}, owner.NotFound, "only the first owner"},
		{"no processes", t.Context(), owner.Config{Root: empty}, owner.Unknown, "no processes in " + empty},
		{"no root", t.Context(), owner.Config{Root: empty + "/none"}, owner.Unknown, "find socket owners: open " + empty + "/none: no such file or directory"},
		{"canceled", canceled, owner.Config{Root: full}, owner.Unknown, "find socket owners: enough"},
	} {
		x, _ := owner.Scan(tt.ctx, &tt.cfg) // Why has the error
		if got := x.Explain(owner.Evidence{Family: unix.AF_INET, State: 10, Inode: 9}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if got := x.Why(); !strings.HasPrefix(got, tt.why) || x.Complete() != (tt.why == "") || got != "" && tt.why == "" {
			t.Errorf("%s: complete %v, %q; want %q", tt.name, x.Complete(), got, tt.why)
		}
	}
	if why := new(owner.Index).Why(); why == "" {
		t.Error("an empty index is complete")
	}
}
