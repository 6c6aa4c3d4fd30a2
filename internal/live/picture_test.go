package live

import (
	"flag"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/doctor"
	"github.com/nlstat/nlstat/internal/picture"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

var update = flag.Bool("update", false, "write the pictures of the README")

// pictured are processes of a web server in trouble, each with connections that are alike.
var pictured = []struct {
	owner       Owner
	conns       int
	local, peer string
	conn        Conn
}{
	{
		Owner{PID: 812, Others: 3, Name: "nginx/812 +3", Unit: "nginx.service"},
		1204,
		"192.0.2.10:443", "198.51.100.7:50000",
		Conn{Send: 73_200, Recv: 8_010, rtt: 12_400, segments: 1000, resent: 1, state: diag.StateEstablished},
	},
	{
		Owner{PID: 640, Name: "postgres/640", Unit: "postgresql.service"},
		31,
		"127.0.0.1:5432", "127.0.0.1:40000",
		Conn{Send: 37_000, Recv: 6_900, rtt: 41, segments: 400, state: diag.StateEstablished},
	},
	{
		Owner{PID: 2290, Name: "backup/2290", Unit: "backup.timer"},
		1,
		"192.0.2.10:40112", "203.0.113.9:22",
		Conn{Send: 214_000, Recv: 1_300, rtt: 88_000, segments: 310, resent: 43, state: diag.StateEstablished},
	},
	{
		Owner{PID: 11418, Name: "python3/11418", Unit: "report.service"},
		40,
		"127.0.0.1:8090", "127.0.0.1:41000",
		Conn{rtt: 70, state: diag.StateCloseWait},
	},
	{
		Owner{Name: "(not accepted)"},
		3,
		"127.0.0.1:8080", "127.0.0.1:42000",
		Conn{rtt: 66, state: diag.StateEstablished},
	},
}

// pictureSample is what they and their listeners are in one sample.
func pictureSample() *Sample {
	s := &Sample{
		At: time.Date(2026, 11, 29, 14, 38, 52, 0, time.UTC), Every: time.Second, Took: 18 * time.Millisecond,
		Spaces: []Space{{Inode: 1}}, Head: Head{MemPages: 4, MemLimit: 100, Tracked: 1311, TrackedLimit: 262144},
	}
	s.States[diag.StateTimeWait] = 109
	for _, p := range pictured {
		s.Owners = append(s.Owners, p.owner)
		for range p.conns {
			c := p.conn
			c.ID, c.known = connID{uint64(len(s.Conns) + 1)}, true
			c.owner, c.protocol, c.family = uint32(len(s.Owners)-1), unix.IPPROTO_TCP, unix.AF_INET
			c.Local, c.Remote = endpointOf(netip.MustParseAddrPort(p.local)), endpointOf(netip.MustParseAddrPort(p.peer))
			c.Rated, c.TCP = true, true
			s.States[c.state]++
			s.Conns = append(s.Conns, c)
		}
	}
	s.Listener = []Listener{
		{
			Owner: s.Owners[3], Reach: inspect.ReachLoopback.String(), Conns: 3, AcceptQueue: 3, AcceptLimit: 2, Drops: 303, Recent: 6,
			Socket: Target{Local: netip.MustParseAddrPort("127.0.0.1:8080")},
		},
		{
			Owner: s.Owners[0], Reach: inspect.ReachPublic.String(), Conns: 1204, Accepted: 61.3, SynQueue: 2, AcceptQueue: 14,
			AcceptLimit: 511, Socket: Target{Local: netip.MustParseAddrPort("0.0.0.0:443")},
		},
		{
			Owner: s.Owners[1], Reach: inspect.ReachLoopback.String(), Conns: 31, Accepted: 0.4, AcceptLimit: 200,
			Socket: Target{Local: netip.MustParseAddrPort("127.0.0.1:5432")},
		},
		{
			Owner: s.Owners[3], Reach: inspect.ReachLoopback.String(), Conns: 40, CloseWait: 40, AcceptLimit: 64,
			Socket: Target{Local: netip.MustParseAddrPort("127.0.0.1:8090")},
		},
	}
	s.States[diag.StateListen] = len(s.Listener)
	for i := range s.Listener {
		l := &s.Listener[i]
		l.Counted, l.Rated, l.Socket.ID.Cookie = true, true, uint64(i+1)
	}
	return s
}

// TestPictures compares the pictures of the README with what is drawn. -update writes them.
func TestPictures(t *testing.T) {
	const width, height = 100, 13
	for key, of := range map[string]struct{ file, title string }{
		"1": {"top-processes.svg", "nlstat top: processes by what they send and receive"},
		"3": {"top-listeners.svg", "nlstat top: listeners with their queues and drops"},
	} {
		m := modelOf(width, height, pictureSample())
		m.cfg.Color = true
		m.Learn(&Diagnosis{Findings: []doctor.Finding{
			{Severity: doctor.Critical}, {Severity: doctor.Warning}, {Severity: doctor.Warning},
		}})
		press(m, key)
		want := picture.SVG(of.title, width, m.Lines())
		file := "../../docs/" + of.file
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(got), want); d != "" {
			t.Errorf("%s is not what is drawn (go test ./internal/live -update writes it):\n%s", file, d)
		}
	}
}
