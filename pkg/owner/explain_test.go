//go:build linux

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
		{"owned", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 1, Inode: 5, Owners: 1, Stats: owner.Stats{Denied: 3}}, owner.AbsenceNone},
		{"time wait", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 6}, owner.AbsenceTimeWait},
		{"fin wait 2 without file", owner.Evidence{Family: unix.AF_INET6, Protocol: tcp, State: 5}, owner.AbsenceOrphan},
		{"in the accept queue", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 1}, owner.AbsenceNotAccepted},
		{"in the accept queue, closed by the peer", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 8}, owner.AbsenceNotAccepted},
		{"handshake", owner.Evidence{Family: unix.AF_INET, Protocol: tcp, State: 3}, owner.AbsenceNotAccepted},
		{"udp without file", owner.Evidence{Family: unix.AF_INET, Protocol: udp, State: 1}, owner.AbsenceOrphan},
		{"unix in the accept queue", owner.Evidence{Family: unix.AF_UNIX, State: 1}, owner.AbsenceNotAccepted},
		{"ring", owner.Evidence{Family: unix.AF_INET, State: 1, Inode: 5, Registered: 1}, owner.AbsenceInRing},
		{"ring of a scan that saw little", owner.Evidence{Family: unix.AF_INET, State: 1, Inode: 5, Registered: 1, Scanned: true, Stats: owner.Stats{Denied: 1}}, owner.AbsenceInRing},
		{"kernel, as the caller knows", owner.Evidence{Family: unix.AF_NETLINK, Inode: 5, Kernel: true}, owner.AbsenceKernel},
		{"all seen", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true}, owner.AbsenceNotFound},
		{"all seen, unix", owner.Evidence{Family: unix.AF_UNIX, State: 7, Inode: 5, Scanned: true}, owner.AbsenceNotFound},
		{"all seen with rings", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true, Rings: true}, owner.AbsenceNotInRings},
		{"not looked for", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Rings: true}, owner.AbsenceUnknown},
		{"denied", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true, Stats: owner.Stats{Denied: 1, Nested: true}}, owner.AbsenceUnreadable},
		{"threads", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true, Stats: owner.Stats{Uncompared: 1}}, owner.AbsenceUnreadable},
		{"hidden", owner.Evidence{Family: unix.AF_UNIX, State: 7, Inode: 5, Scanned: true, Stats: owner.Stats{HidePID: true}}, owner.AbsenceUnreadable},
		{"nested", owner.Evidence{Family: unix.AF_INET, State: 7, Inode: 5, Scanned: true, Stats: owner.Stats{Nested: true}}, owner.AbsenceOtherNamespace},
	}
	for _, tt := range tests {
		got := tt.e.Explain()
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if doubt := got == owner.AbsenceNone || got.String() == "unknown" || strings.HasPrefix(got.String(), "not found"); doubt == got.Established() {
			t.Errorf("%s: %q established: %v", tt.name, got, got.Established())
		}
	}
	x := new(owner.Index)
	if got := x.Explain(owner.Evidence{Family: unix.AF_UNIX, Inode: 9}); got != owner.AbsenceUnknown {
		t.Errorf("empty index: %q, want %q", got, owner.AbsenceUnknown)
	}
}

// TestExplainScans has different results of scans for a socket without owner.
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
		{"all", t.Context(), owner.Config{Root: full}, owner.AbsenceNotFound, ""},
		{"wanted", t.Context(), owner.Config{Root: full, Wanted: []uint32{9}}, owner.AbsenceNotFound, ""},
		{"others wanted", t.Context(), owner.Config{Root: full, Wanted: []uint32{100}}, owner.AbsenceUnknown, ""},
		{"none wanted", t.Context(), owner.Config{Root: full, Wanted: []uint32{}}, owner.AbsenceUnknown, ""},
		{"first only", t.Context(), owner.Config{Root: full, FirstOnly: true}, owner.AbsenceNotFound, "only the first owner"},
		{"no processes", t.Context(), owner.Config{Root: empty}, owner.AbsenceUnknown, "no processes in " + empty},
		{"no root", t.Context(), owner.Config{Root: empty + "/none"}, owner.AbsenceUnknown, "find socket owners: open " + empty + "/none: no such file or directory"},
		{"canceled", canceled, owner.Config{Root: full}, owner.AbsenceUnknown, "find socket owners: enough"},
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
