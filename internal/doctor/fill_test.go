package doctor

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/route"
)

func TestFlows(t *testing.T) {
	settings := sysctls{conntrackMax: "100", "netfilter/nf_conntrack_count": "7"}
	for _, tt := range []struct {
		name  string
		scene Scene
		want  Amount
		ok    bool
	}{
		{"netlink", Scene{now: tables{conntrack: &conntrack.TableStats{Entries: 5, Max: 50}}}, Amount{5, 50}, true},
		{"before Linux 4.18", Scene{sysctls: settings, now: tables{conntrack: &conntrack.TableStats{Entries: 5}}}, Amount{5, 100}, true},
		{"without CAP_NET_ADMIN", Scene{sysctls: settings}, Amount{7, 100}, true},
		{"no limit", Scene{now: tables{conntrack: &conntrack.TableStats{Entries: 5}}}, Amount{5, 0}, false},
		{"no count", Scene{sysctls: sysctls{conntrackMax: "100"}}, Amount{0, 100}, false},
	} {
		if got, ok := tt.scene.flows(); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %v %v, want %v %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestNeighborAndHostFills(t *testing.T) {
	s := healthy()
	s.now.neighbors = append(s.now.neighbors,
		route.NeighborTable{Family: unix.AF_INET6, Entries: 3, Thresh3: 2048}, route.NeighborTable{Family: unix.AF_INET6})
	s.now.counters = sampleOf(map[string]uint64{"sockstat TCP.tw": 8, "sockstat TCP.orphan": 2}).counters
	want := []Fill{
		{Resource: "ipv4-neighbors", Amount: Amount{10, 1024}, Known: true, Setting: "net.ipv4.neigh.default.gc_thresh3"},
		{Resource: "ipv6-neighbors", Amount: Amount{3, 2048}, Known: true, Setting: "net.ipv6.neigh.default.gc_thresh3"},
		{Resource: "time-wait", Amount: Amount{8, 1000}, Known: true, Setting: "net.ipv4.tcp_max_tw_buckets"},
		{Resource: "orphans", Amount: Amount{2, 1000}, Known: true, Setting: "net.ipv4.tcp_max_orphans"},
	}
	if diff := cmp.Diff(want, append(s.neighborFills(), s.hostFills()...)); diff != "" {
		t.Error(diff)
	}
	s.sysctls = nil // as in a namespace that is not the host's first
	if got := s.hostFills(); len(got) != 0 {
		t.Errorf("without their limits: %v", got)
	}
}

func TestFullestLane(t *testing.T) {
	p := newPorts(sysctls{portRangeSetting: "40000 40009"}, 1)
	take := func(local, remote string) {
		s := diag.Socket{State: diag.StateEstablished, Local: netip.MustParseAddrPort(local)}
		if remote != "" {
			s.Remote = netip.MustParseAddrPort(remote)
		}
		p.take(&s)
	}
	if l, n := p.fullest(); n != 0 || l.target.IsValid() {
		t.Errorf("of no sockets: %v %d", l, n)
	}
	take("0.0.0.0:40000", "")  // bound for every target
	take("10.0.0.2:40001", "") // by another source
	take("10.0.0.1:40002", "10.0.0.9:80")
	take("10.0.0.1:40003", "10.0.0.9:81")
	take("10.0.0.1:40004", "10.0.0.9:81")
	take("10.0.0.1:50000", "10.0.0.9:80")
	take("10.0.0.1:50001", "10.0.0.9:80")
	if l, n := p.fullest(); n != 3 || l.target != netip.MustParseAddrPort("10.0.0.9:81") {
		t.Errorf("got %v %d, want 10.0.0.9:81 with 3", l, n)
	}
}

// TestTakenOver checks that ports of connections in TIME-WAIT are no longer in use where connect(2) takes them.
func TestTakenOver(t *testing.T) {
	loopback := [...]string{"127.0.0.1:40000", "127.0.0.1:80"}
	mapped := [...]string{"[::ffff:127.0.0.1]:40000", "[::ffff:127.0.0.1]:80"}
	network := [...]string{"10.0.0.1:40000", "10.0.0.9:80"}
	for _, tt := range []struct {
		mode, stamps string
		ends         [2]string
		age          time.Duration
		used         int
	}{
		{"2", "1", loopback, 2 * time.Second, 0},
		{"2", "1", mapped, 2 * time.Second, 0},
		{"2", "1", loopback, time.Second / 2, 1},
		{"2", "0", loopback, 2 * time.Second, 1},
		{"2", "1", network, 2 * time.Second, 1},
		{"1", "1", network, 2 * time.Second, 0},
		{"0", "1", loopback, 2 * time.Second, 1},
		{"", "", loopback, 2 * time.Second, 1},
		{"7", "1", network, 2 * time.Second, 1},
	} {
		p := newPorts(sysctls{
			portRangeSetting: "40000 40009", "ipv4/tcp_tw_reuse": tt.mode, "ipv4/tcp_timestamps": tt.stamps,
		}, 1)
		p.take(&diag.Socket{
			State: diag.StateTimeWait, Expires: time.Minute - tt.age,
			Local: netip.MustParseAddrPort(tt.ends[0]), Remote: netip.MustParseAddrPort(tt.ends[1]),
		})
		if _, n := p.fullest(); n != tt.used {
			t.Errorf("%+v: %d ports in use", tt, n)
		}
	}
}
