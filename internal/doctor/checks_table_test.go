package doctor

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/conntrack"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
	"github.com/nlstat/nlstat/pkg/link"
	"github.com/nlstat/nlstat/pkg/mib"
	"github.com/nlstat/nlstat/pkg/route"
)

// healthy is a namespace of a busy host that nothing is wrong with.
func healthy() *Scene {
	s := &Scene{
		Interval: 2 * time.Second, missing: map[need]Missing{}, sockets: (&examination{cfg: &Config{}}).newSockets(sysctls{portRangeSetting: "32768 60999"}), usablePorts: 28232,
		sysctls: sysctls{
			"core/somaxconn": "4096", "core/rmem_max": "212992", "ipv4/ip_local_port_range": "32768\t60999",
			"ipv4/tcp_max_tw_buckets": "1000", "ipv4/tcp_max_orphans": "1000", "ipv4/tcp_mem": "100\t200\t300",
			"ipv4/tcp_mtu_probing": "0", "ipv4/tcp_syncookies": "1",
		},
		was: sampleOf(nil), now: sampleOf(nil),
	}
	s.sockets.listeners = []listener{{local: netip.MustParseAddrPort("0.0.0.0:80"), queue: 1, limit: 511, was: &counted{queue: 1, limit: 511}}}
	s.sockets.services = []service{{local: netip.MustParseAddrPort("0.0.0.0:80"), protocol: "tcp", reach: inspect.ReachPrivate}}
	s.sockets.listeners[0].through = halfOpen(20)
	s.sockets.transfers[netip.MustParseAddr("10.0.0.9")] = &transfer{sent: 5e6, retrans: 100}
	return s
}

// sampleOf makes the tables of a sample with these protocol counters, by section and name.
func sampleOf(values map[string]uint64) tables {
	snapshot := &mib.Snapshot{}
	for name, value := range values {
		section, name, _ := strings.Cut(name, ".")
		kind := mib.KindCount
		if strings.HasPrefix(section, "sockstat") {
			kind = mib.KindGauge
		}
		snapshot.Metrics = append(snapshot.Metrics, mib.Metric{Section: section, Name: name, Value: value, Kind: kind})
	}
	stats := link.Stats{RxPackets: 1000, TxPackets: 1000}
	return tables{
		counters: countersOf(snapshot), conntrack: &conntrack.TableStats{Entries: 10, Max: 1000}, drops: &conntrack.CPUStats{},
		neighbors: []route.NeighborTable{{Family: unix.AF_INET, Entries: 10, Thresh3: 1024}},
		links:     []*link.Link{{Index: 2, Stats: stats}}, names: map[uint32]string{2: "eth0"}, qdiscs: []*link.Qdisc{{Link: 2, Packets: 1000}},
		softnet: &softnet{dropped: 7, squeezed: 100},
	}
}

var (
	web  = netip.MustParseAddrPort("127.0.0.1:8080")
	peer = netip.MustParseAddrPort("192.0.2.7:5432")
)

// sick are changes to a healthy namespace, and what is found then.
var sick = []struct {
	id       string
	change   func(*Scene)
	severity Severity
	text     string // part of the finding
}{
	{"listen-overflow", func(s *Scene) {
		s.sockets.listeners = append(s.sockets.listeners, listener{local: web, queue: 3, limit: 2, drops: 55, was: &counted{drops: 50}})
	}, Critical, "127.0.0.1:8080 refuses connections: accept queue 3 of 2, 5 handshakes dropped in 2s (55 " +
		"since it was opened)"},
	{"listen-overflow", func(s *Scene) {
		s.sockets.listeners = append(s.sockets.listeners, listener{local: web, limit: 2, drops: 0, was: &counted{drops: 1<<32 - 1}})
	}, Warning, "1 handshake dropped"},
	{"listen-pressure", func(s *Scene) {
		s.sockets.listeners = append(s.sockets.listeners, listener{local: web, queue: 7, limit: 8, was: &counted{queue: 5, limit: 8}})
	}, Warning, "accept queue 7 of 8, 5 of 8 2s ago"},
	{"backlog-cut", func(s *Scene) {
		s.sockets.listeners = append(s.sockets.listeners, listener{local: web, queue: 4097, limit: 4096})
	}, Warning, "which is net.core.somaxconn"},
	{"backlog-cut", func(s *Scene) {
		s.sockets.listeners = append(s.sockets.listeners, listener{local: web, queue: 3000, limit: 4096})
	}, Note, "3000 of 4096"},
	{"syn-backlog", func(s *Scene) {
		s.sockets.listeners = append(s.sockets.listeners, listener{local: web, limit: 32, through: halfOpen(30)})
	}, Warning, "30 half-open connections of at most 32"},
	{"syn-backlog", func(s *Scene) { s.now = sampleOf(map[string]uint64{"TcpExt.TCPReqQFullDrop": 4}) }, Critical, "4 handshakes dropped"},
	{"reuseport-skew", func(s *Scene) {
		for i := range uint32(5) {
			s.sockets.listeners = append(s.sockets.listeners, listener{local: web, queue: i / 4 * 300, limit: 511})
		}
	}, Warning, "one of 5 listeners has 300 of 511"},
	{"unix-backlog", func(s *Scene) {
		s.sockets.unix = append(s.sockets.unix, listener{name: "\x00app", queue: 5, limit: 4})
	}, Critical, "@app: 5 connections of 4"},
	{"unix-backlog", func(s *Scene) {
		s.sockets.unix = append(s.sockets.unix, listener{name: "\x00app", queue: 4, limit: 4})
	}, Warning, "@app: 4 connections of 4"}, // the next one is taken
	{"close-wait", func(s *Scene) {
		s.sockets.closeWait[holding{who: "app/7", port: 8090}] = &forgotten{n: 40, oldest: 145 * time.Second}
	}, Warning, "app/7 keeps 40 connections in CLOSE-WAIT on port 8090, the oldest silent for 2m25s"},
	{"close-wait", func(s *Scene) {
		s.sockets.closeWait[holding{who: "app/7", peer: peer}] = &forgotten{n: 40, oldest: 61 * time.Second}
	}, Warning, "app/7 keeps 40 connections in CLOSE-WAIT to 192.0.2.7:5432, the oldest silent for 1m01s"},
	{"ports", func(s *Scene) {
		s.usablePorts = 200
		for i := range uint64(1) {
			s.sockets.ports.counts[i], s.sockets.ports.busy[i] = 190, lane{web.Addr(), peer}
		}
	}, Critical, "190 of 200 source ports are in use from 127.0.0.1 to 192.0.2.7:5432"},
	{"time-wait", func(s *Scene) { s.now = sampleOf(map[string]uint64{"sockstat TCP.tw": 850}) }, Warning, "850 of 1000"},
	{"time-wait", func(s *Scene) {
		s.now = sampleOf(map[string]uint64{"sockstat TCP.tw": 5, "TcpExt.TCPTimeWaitOverflow": 3})
	}, Critical, "3 closed without it"},
	{"orphans", func(s *Scene) { s.now = sampleOf(map[string]uint64{"sockstat TCP.orphan": 260}) }, Warning, "260 connections"},
	{"tcp-memory", func(s *Scene) { s.now = sampleOf(map[string]uint64{"sockstat TCP.mem": 210}) }, Warning, "210 of 300 pages"},
	{"tcp-memory", func(s *Scene) {
		s.now = sampleOf(map[string]uint64{"sockstat TCP.mem": 10, "TcpExt.TCPAbortOnMemory": 2})
	}, Critical, "2 connections aborted"},
	{"conntrack", func(s *Scene) { s.now.conntrack.Entries = 800 }, Warning, "800 of 1000 flows"},
	{"conntrack", func(s *Scene) { s.now.drops.Drop = 9 }, Critical, "9 packets dropped"},
	{"neighbors", func(s *Scene) { s.now.neighbors[0].Entries = 900 }, Warning, "900 of 1024"},
	{"neighbors", func(s *Scene) {
		s.now.neighbors[0].Entries, s.now.kept = 3000, map[uint8]uint32{unix.AF_INET: 2100}
	}, Warning, "900 of 1024"},
	{"neighbors", func(s *Scene) { s.now.neighbors[0].TableFull = 1 }, Critical, "1 new one refused"},
	{"udp-drops", func(s *Scene) {
		s.sockets.dropping = append(s.sockets.dropping, dropping{
			family: unix.AF_INET, subject: "0.0.0.0:5353", protocol: "udp", grown: 494, used: 7680, buffer: 8192,
		})
	}, Critical, "0.0.0.0:5353 (udp) dropped 494 datagrams in 2s: 7680 of 8192 bytes"},
	{"netlink-packet-drops", func(s *Scene) {
		s.sockets.dropping = append(s.sockets.dropping, dropping{family: unix.AF_NETLINK, subject: "netlink port 7", grown: 1})
	}, Warning, "dropped 1 message"},
	{"no-answer", func(s *Scene) { s.sockets.unanswered[calling{"app/7", peer, false}] = 3 }, Warning, "192.0.2.7:5432 does not answer: 3 connections"},
	{"loss", func(s *Scene) {
		s.sockets.transfers[peer.Addr()] = &transfer{sent: 2e6, retrans: 1e5}
	}, Critical, "5 % of the data to 192.0.2.7 is retransmitted"},
	{"loss", func(s *Scene) { // so slow that it sends little between the samples
		s.sockets.transfers[peer.Addr()] = &transfer{sent: 2e5, retrans: 1e4, allSent: 2e6, allRetrans: 2e5}
	}, Critical, "5 % of the data to 192.0.2.7 is retransmitted: 195 KiB of 1.91 MiB since"},
	{"stuck-reader", func(s *Scene) {
		s.sockets.stuck = append(s.sockets.stuck, stuck{local: web, remote: peer, used: 90000, buffer: 100000})
	}, Warning, "does not read from 192.0.2.7:5432"},
	{"stuck-reader", func(s *Scene) {
		s.sockets.stuck = append(s.sockets.stuck, stuck{local: web, remote: peer, used: 90000, buffer: 100000, came: 5})
	}, Warning, "127.0.0.1:8080 reads slowly from 192.0.2.7:5432"},
	{"stuck-reader", func(s *Scene) {
		s.sockets.stuck = append(s.sockets.stuck, stuck{local: web, remote: peer, part: 0.9})
	}, Warning, "192.0.2.7:5432 does not read: 127.0.0.1:8080 waits for it 90 %"},
	{"send-buffer", func(s *Scene) {
		s.sockets.held = append(s.sockets.held, stuck{local: web, remote: peer, part: 0.3, buffer: 4608, who: "app/7"})
	}, Note, "send buffers limit 1 connection"},
	{"pmtu", func(s *Scene) {
		s.sockets.blackholes = append(s.sockets.blackholes, stuck{local: web, remote: peer, mss: 1448})
	}, Note, "1 connection with segments of 1448 bytes"},
	{"pmtu", func(s *Scene) {
		s.pathMTUs = map[netip.Addr]uint32{peer.Addr(): 1487} // 1448 and headers of 40
		s.sockets.blackholes = append(s.sockets.blackholes, stuck{local: web, remote: peer, mss: 1448})
	}, Note, "1 connection with segments of 1448 bytes"},
	{"links", func(s *Scene) { s.now.links[0].Stats.RxFIFOErrors = 1 }, Warning, "1 missed"},
	{"links", func(s *Scene) {
		s.now.links[0].Stats.RxPackets, s.now.links[0].Stats.RxDropped = 20000, 1000
	}, Warning, "1000 dropped"},
	{"queues", func(s *Scene) { s.now.qdiscs[0].Packets, s.now.qdiscs[0].Drops = 1900, 100 }, Warning, "dropped 100 of 1000 packets"},
	{"softnet", func(s *Scene) { s.now.softnet.dropped++ }, Warning, "dropped 1 packet"},
	{"softnet", func(s *Scene) { s.now.softnet.squeezed += 50 }, Warning, "25 times a second"},
	{"exposure", func(s *Scene) {
		s.sockets.services[0].reach = inspect.ReachPublic
	}, Note, "1 service can be reached from every network: tcp 0.0.0.0:80"},
	{"exposure", func(s *Scene) {
		s.sockets.services[0].reach = inspect.ReachPublic
		s.sockets.services[0].local = netip.MustParseAddrPort("[::]:6379")
	}, Warning, "[::]:6379 (tcp) can be reached from every network"},
	{"exposure", func(s *Scene) {
		s.sockets.services[0].local = netip.MustParseAddrPort("10.0.0.5:6379")
	}, Note, "10.0.0.5:6379 (tcp) can be reached from private networks"},
}

// halfOpen is what came through a listener that has so many half-open connections.
func halfOpen(n uint32) *inspect.Through {
	t := &inspect.Through{}
	t.States[diag.StateSynRecv] = n
	return t
}

// share gives listeners of one address what came through all of them, where nothing else was said.
func share(list []listener) {
	by := map[netip.AddrPort]*inspect.Through{}
	for i := range list {
		l := &list[i]
		if by[l.local] == nil {
			by[l.local] = halfOpen(0)
		}
		if l.through == nil {
			l.through = by[l.local]
		}
	}
}

// find makes one check, or all.
func find(t *testing.T, s *Scene, words ...string) *Result {
	t.Helper()
	list, err := Select(words)
	if err != nil {
		t.Fatal(err)
	}
	share(s.sockets.listeners)
	x := &examination{cfg: &Config{Checks: list}, scenes: []*Scene{s}}
	return x.check()
}

func TestSick(t *testing.T) {
	tried := map[string]bool{}
	for _, tt := range sick {
		tried[tt.id] = true
		s := healthy()
		tt.change(s)
		r := find(t, s, tt.id)
		if len(r.Findings) != 1 {
			t.Errorf("%s: %d findings, want one that says %q: %+v", tt.id, len(r.Findings), tt.text, r.Findings)
			continue
		}
		f := r.Findings[0]
		if f.ID != tt.id || f.Severity != tt.severity || !strings.Contains(f.Text, tt.text) {
			t.Errorf("%s: %v %q, want %v %q", tt.id, f.Severity, f.Text, tt.severity, tt.text)
		}
		if f.Cause == "" || f.Remedy == "" || !strings.HasPrefix(f.Command, "nlstat ") || f.Subject == "" {
			t.Errorf("%s: something is missing: %+v", tt.id, f)
		}
		for _, bad := range []string{"tcp_tw_recycle", "tcp_abort_on_overflow"} {
			if strings.Contains(f.Remedy, bad) {
				t.Errorf("%s advises %s", tt.id, bad)
			}
		}
	}
	for _, id := range ids() {
		if !tried[id] {
			t.Errorf("%s: no namespace is sick of it", id)
		}
	}
}

func TestHealthy(t *testing.T) {
	if r := find(t, healthy()); len(r.Findings) > 0 || len(r.LeftOut) > 0 || r.Checks != 24 {
		t.Errorf("%+v", r)
	}
}

// wellAfterAll are changes to a healthy namespace that look like a sickness and are none.
var wellAfterAll = []struct {
	id     string
	change func(*Scene)
}{
	{"neighbors", func(s *Scene) { // the limit does not hold for what programs have put there
		s.now.neighbors[0].Entries, s.now.kept = 3000, map[uint8]uint32{unix.AF_INET: 2900, unix.AF_INET6: 5}
	}},
	{"neighbors", func(s *Scene) { // others went between the two counts
		s.now.neighbors[0].Entries, s.now.kept = 3000, map[uint8]uint32{unix.AF_INET: 3001}
	}},
	{"pmtu", func(s *Scene) { // routers are heard, and what they say is obeyed
		s.pathMTUs = map[netip.Addr]uint32{peer.Addr(): 1488}
		s.sockets.blackholes = append(s.sockets.blackholes, stuck{local: web, remote: peer, mss: 1448})
	}},
	{"pmtu", func(s *Scene) {
		far := netip.MustParseAddrPort("[2001:db8::7]:443")
		s.pathMTUs = map[netip.Addr]uint32{far.Addr(): 1500}
		s.sockets.blackholes = append(s.sockets.blackholes, stuck{local: web, remote: far, mss: 1440})
	}},
}

func TestWellAfterAll(t *testing.T) {
	for i, tt := range wellAfterAll {
		s := healthy()
		tt.change(s)
		if r := find(t, s, tt.id); len(r.Findings) > 0 {
			t.Errorf("%d: %+v", i, r.Findings)
		}
	}
}

// TestForgotten checks which connections count as forgotten in CLOSE-WAIT: those that were accepted, are silent,
// and were in this state in the previous sample.
func TestForgotten(t *testing.T) {
	row := func(port uint16, state diag.State, inode, idle uint32) *inspect.Row {
		at := netip.AddrPortFrom(web.Addr(), 80)
		return &inspect.Row{Socket: &diag.Socket{
			Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, State: state, Inode: inode, Cookie: uint64(port),
			Local: at, Remote: netip.AddrPortFrom(peer.Addr(), port), Has: diag.HasTCPInfo,
			TCP: diag.TCPInfo{LastDataSent: diag.Milliseconds(idle), LastDataRecv: diag.Milliseconds(idle)},
		}}
	}
	f, s := newFold(fullPart, 1), healthy()
	f.scenes[0], s.sockets.listening[80] = s, true
	f.take(row(1, diag.StateCloseWait, 7, 59_000))
	f.take(row(2, diag.StateEstablished, 8, 99_000))
	f.take(row(3, diag.StateCloseWait, 0, 99_000))
	f.take(row(4, diag.StateCloseWait, 9, 1_000))
	f.last = true
	f.take(row(1, diag.StateCloseWait, 7, 61_000)) // the only one
	f.take(row(2, diag.StateCloseWait, 8, 101_000))
	f.take(row(3, diag.StateCloseWait, 0, 101_000))
	f.take(row(4, diag.StateCloseWait, 9, 3_000))
	if g := s.sockets.closeWait[holding{port: 80}]; len(s.sockets.closeWait) != 1 || g == nil || g.n != 1 || g.oldest != 61*time.Second {
		t.Errorf("%+v", s.sockets.closeWait)
	}
	s.Interval = 0 // of a recording there is one sample
	f.take(row(2, diag.StateCloseWait, 8, 101_000))
	if g := s.sockets.closeWait[holding{port: 80}]; g.n != 2 {
		t.Errorf("of one sample: %+v", g)
	}
}

// TestForgottenClients checks that connections that a process opened to one peer count together, whatever their
// own ports are, and those that others opened to a port, whatever the peers' ports are.
func TestForgottenClients(t *testing.T) {
	f, s := newFold(fullPart, 1), healthy()
	f.scenes[0], f.last, s.Interval = s, true, 0
	take := func(state diag.State, local, remote netip.AddrPort) {
		f.take(&inspect.Row{Socket: &diag.Socket{
			Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, State: state, Inode: 7, Local: local, Remote: remote,
			Has: diag.HasTCPInfo, TCP: diag.TCPInfo{LastDataSent: 61_000, LastDataRecv: 61_000},
		}})
	}
	closed := netip.MustParseAddrPort("127.0.0.1:81") // a listener that the process has closed since
	take(diag.StateListen, web, netip.AddrPort{})
	for i := range uint16(10) {
		other := netip.AddrPortFrom(peer.Addr(), 40000+i)
		take(diag.StateCloseWait, web, other)
		take(diag.StateCloseWait, closed, other)
		take(diag.StateCloseWait, netip.AddrPortFrom(web.Addr(), 50000+i), peer)
	}
	want := []string{"on port 8080", "on port 81", "to 192.0.2.7:5432"}
	var got []string
	for _, found := range find(t, s, "close-wait").Findings {
		_, at, _ := strings.Cut(found.Text, " keeps 10 connections in CLOSE-WAIT ")
		at, _, _ = strings.Cut(at, ",")
		got = append(got, at)
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestOnePeer checks that sockets of IPv6 and of IPv4 that talk with one address count together.
func TestOnePeer(t *testing.T) {
	f, s := newFold(fullPart, 1), healthy()
	f.scenes[0], f.last = s, true
	for i, remote := range []string{"192.0.2.7:443", "[::ffff:192.0.2.7]:443"} {
		row := &inspect.Row{Socket: &diag.Socket{
			Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, State: diag.StateEstablished, Cookie: uint64(i + 1),
			Local: web, Remote: netip.MustParseAddrPort(remote), Has: diag.HasTCPInfo,
			TCP: diag.TCPInfo{Len: 280, BytesSent: 600_000, BytesRetrans: 60_000},
		}}
		f.take(row)
		row.State, row.Retrans = diag.StateSynSent, 2
		f.take(row)
	}
	if sum := s.sockets.transfers[peer.Addr()]; sum == nil || *sum != (transfer{1_200_000, 120_000, 1_200_000, 120_000}) {
		t.Errorf("sent: %+v", s.sockets.transfers)
	}
	if n := s.sockets.unanswered[calling{"", netip.MustParseAddrPort("192.0.2.7:443"), false}]; n != 2 {
		t.Errorf("not answered: %v", s.sockets.unanswered)
	}
}

// TestDescriptorLimit checks that processes of a recording are not looked for on this host.
func TestDescriptorLimit(t *testing.T) {
	here, there := Scene{}, Scene{recorded: true}
	pid := int32(os.Getpid())
	if here.descriptorLimit(pid) == 0 || there.descriptorLimit(pid) != 0 || here.descriptorLimit(0) != 0 {
		t.Errorf("%d here, %d in a recording", here.descriptorLimit(pid), there.descriptorLimit(pid))
	}
}

// TestSinceBoot checks that counters make no finding by their value, only by their growth.
func TestSinceBoot(t *testing.T) {
	s := healthy()
	values := map[string]uint64{
		"TcpExt.TCPReqQFullDrop": 1000, "TcpExt.TCPTimeWaitOverflow": 1000, "TcpExt.TCPAbortOnMemory": 1000,
		"TcpExt.TCPMemoryPressures": 1000,
	}
	s.was, s.now = sampleOf(values), sampleOf(values)
	for _, sample := range []*tables{&s.was, &s.now} {
		sample.drops.Drop, sample.drops.EarlyDrop, sample.neighbors[0].TableFull = 1000, 1000, 1000
		sample.links[0].Stats.RxFIFOErrors, sample.qdiscs[0].Drops = 1000, 1000
	}
	s.sockets.listeners[0].drops, s.sockets.listeners[0].was.drops = 1000, 1000
	if r := find(t, s); len(r.Findings) > 0 {
		t.Errorf("%+v", r.Findings)
	}
}

// TestChecks checks that each row of the table says where its values and its limits come from.
func TestChecks(t *testing.T) {
	for _, c := range Checks() {
		if c.ID == "" || c.About == "" || c.Source == "" || c.From == "" || c.needs == 0 || c.find == nil {
			t.Errorf("something is missing: %+v", c)
		}
		for i := range c.Limits {
			if i > 0 && (c.Limits[i].Value <= c.Limits[i-1].Value || c.Limits[i].At <= c.Limits[i-1].At) {
				t.Errorf("%s: limits do not rise: %v", c.ID, c.Limits)
			}
		}
	}
}

// TestNeeds checks that nothing is listed that no chosen check looks at.
func TestNeeds(t *testing.T) {
	for words, want := range map[string]int{"unix": 1, "udp": 2, "netlink-packet-drops": 2, "ports": 2, "exposure": 4, "links": 0, "": 7} {
		list, err := Select(strings.Fields(words))
		if err != nil {
			t.Fatal(err)
		}
		x := newExamination(t.Context(), nil, &Config{Checks: list})
		if got := len(x.dumps()); got != want {
			t.Errorf("%q: %d dumps, want %d", words, got, want)
		}
		if got, want := x.needs&needReach != 0, words == "" || words == "exposure"; got != want {
			t.Errorf("%q: reach is read: %v, want %v", words, got, want)
		}
	}
}

// TestLeftOut checks that what could not be read is said, and is never fine.
func TestLeftOut(t *testing.T) {
	s := healthy()
	s.missing[needConntrack] = Missing{Why: "needs CAP_NET_ADMIN", Rights: true}
	s.now.conntrack = nil
	r := find(t, s, "conntrack", "loss")
	if len(r.LeftOut) != 1 || r.LeftOut[0].ID != "conntrack" || r.Denied() != 1 {
		t.Errorf("left out: %+v", r.LeftOut)
	}
}

func TestSelect(t *testing.T) {
	for words, want := range map[string]int{"": 24, "listen": 2, "ports loss": 2, "ports ports=0.1,0.2": 1, "unix": 1} {
		list, err := Select(strings.Fields(words))
		if err != nil || len(list) != want {
			t.Errorf("%q: %d checks, %v, want %d", words, len(list), err, want)
		}
	}
	for _, bad := range []string{"nosuch", "ports=0.9,0.1", "ports=x", "ports=1,2,3", "exposure=1", "ports=-1", "ports=inf", "ports="} {
		if list, err := Select([]string{bad}); err == nil {
			t.Errorf("%q: %d checks and no error", bad, len(list))
		}
	}
	list, err := Select([]string{"ports=0.1,0.2"})
	if err != nil || list[0].Limits[1] != (Limit{Critical, 0.2}) {
		t.Errorf("%+v, %v", list, err)
	}
	if checks[7].Limits[1].Value == 0.2 {
		t.Error("limits of the caller change the table")
	}
}

func TestPortRange(t *testing.T) {
	s := sysctls{"ipv4/ip_local_port_range": "100\t199", "ipv4/ip_local_reserved_ports": "50-109,150,190-300,bad"}
	if first, last, usable := s.portRange(); first != 100 || last != 199 || usable != 79 {
		t.Errorf("%d to %d, %d usable, want 100 to 199, 79", first, last, usable)
	}
}

func FuzzParsers(f *testing.F) {
	f.Add([]byte("Max open files            1024                 4096                 files     \n"), "1-5,7")
	f.Add([]byte("00000001 00000002 0000000a\n"), "x")
	f.Fuzz(func(t *testing.T, text []byte, reserved string) {
		_ = parseLimit(text)
		if s, err := parseSoftnet(text); (s == nil) != (err != nil) {
			t.Fatalf("%v, %v", s, err)
		}
		s := sysctls{"ipv4/ip_local_port_range": string(text), "ipv4/ip_local_reserved_ports": reserved}
		_, _, _ = s.portRange()
		_ = s.quote("ipv4/ip_local_port_range")
		if word := shellWord(reserved); word == "" || word[0] != '\'' && word != reserved {
			t.Fatalf("%q", word)
		}
	})
}

// TestNoAnswerHere checks that connections to a full listener of this host have one finding, that of the listener.
func TestNoAnswerHere(t *testing.T) {
	full := listener{local: netip.MustParseAddrPort("0.0.0.0:7100"), queue: 3, limit: 2}
	for _, tt := range []struct {
		peer  string
		here  bool
		finds int
	}{
		{"127.0.0.1:7100", true, 0},
		{"192.0.2.7:7100", true, 0},
		{"192.0.2.7:7100", false, 1}, // of another host
		{"127.0.0.1:7101", true, 1},
	} {
		s := healthy()
		s.sockets.listeners = append(s.sockets.listeners, full)
		s.sockets.unanswered[calling{"app/7", netip.MustParseAddrPort(tt.peer), tt.here}] = 6
		if r := find(t, s, "no-answer"); len(r.Findings) != tt.finds {
			t.Errorf("%+v: %+v", tt, r.Findings)
		}
	}
}
