package netstat

import (
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/nlstat/nlstat/internal/race"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/link"
)

// newTool returns a tool with a parsed command line that writes nowhere.
func newTool(tb testing.TB, line string) *tool {
	tb.Helper()
	t := &tool{name: "netstat", out: page{w: io.Discard}, stderr: io.Discard}
	if code, done := t.parse(strings.Fields(line)); done {
		tb.Fatalf("parse(%q) ends the run with %d", line, code)
	}
	return t
}

func socket(local, remote string) *diag.Socket {
	return &diag.Socket{
		State: diag.StateEstablished, RecvQ: 1, SendQ: 4294967295, UID: 4294967294, Inode: 12345,
		Local: netip.MustParseAddrPort(local), Remote: netip.MustParseAddrPort(remote),
	}
}

func TestInetRows(t *testing.T) {
	listener := socket("[::]:22", "[::]:0")
	listener.State, listener.SendQ = diag.StateListen, 128
	closing := socket("127.0.0.1:1", "127.0.0.1:2")
	closing.Timer, closing.Expires, closing.State = diag.TimerTimeWait, 59999*time.Millisecond, diag.StateTimeWait
	raw := socket("0.0.0.0:1", "0.0.0.0:0")
	raw.State, raw.SendQ = diag.StateClose, 0
	for _, tt := range []struct {
		name, line string
		table      *ipTable
		version    int
		s          *diag.Socket
		want       string
	}{
		{
			"tcp", "-n", &tcpTable, 0, socket("127.0.0.1:1", "127.0.0.1:2"),
			"tcp        1 4294967295 127.0.0.1:1             127.0.0.1:2             ESTABLISHED\n",
		},
		{
			"the limit of the accept queue is not shown", "-n", &tcpTable, 1, listener,
			"tcp6       1      0 :::22                   :::*                    LISTEN     \n",
		},
		{
			"user and inode", "-ne", &udpTable, 0, socket("127.0.0.1:1", "127.0.0.1:2"),
			"udp        1 4294967295 127.0.0.1:1             127.0.0.1:2             ESTABLISHED -2         12345     \n",
		},
		{
			"timer", "-no", &tcpTable, 0, closing,
			"tcp        1 4294967295 127.0.0.1:1             127.0.0.1:2             TIME_WAIT   timewait (59.99/0/0)\n",
		},
		{
			"raw", "-n", &rawTable, 0, raw,
			"raw        1      0 0.0.0.0:1               0.0.0.0:*               7          \n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(newTool(t, tt.line).appendInet(nil, tt.table, tt.version, tt.s)); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// TestRowAllocs checks that rows cost no memory, however many there are.
func TestRowAllocs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	tool := newTool(t, "-aneo")
	s := socket("[2001:db8:1111:2222:3333:4444:5555:6666]:1", "[::ffff:10.0.0.1]:2")
	u := []byte("0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/some/socket")
	dev := iface{name: "eth0", dev: &link.Link{Flags: 0x1043, MTU: 1500}}
	b := make([]byte, 0, 1024)
	for name, row := range map[string]func(){
		"tcp": func() { tool.appendInet(b, &tcpTable, 1, s) },
		"udp": func() { tool.appendInet(b, &udpTable, 1, s) },
		"unix": func() {
			if p, ok := parseUnix(u); ok {
				tool.appendUnix(b, &p, true)
			}
		},
		"interface": func() { tool.appendInterface(b, &dev) },
	} {
		if n := testing.AllocsPerRun(1000, row); n != 0 {
			t.Errorf("%s: %v allocations a row", name, n)
		}
	}
}

func TestProgramName(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"/usr/sbin/sshd\x00-D\x00", "sshd"},
		{"nginx: master process /usr/sbin/nginx\x00", "nginx: master process /usr/sbin/nginx"},
		{"/usr/bin/title with/slash inside\x00", "slash inside"},
		{"/trailing/\x00", ""},
		{"relative/path/prog", "relative/path/prog"},
		{"", ""},
	} {
		if got := string(programName([]byte(tt.in))); got != tt.want {
			t.Errorf("programName(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	name := []byte("a\x1b[2J\xc3\xa9")
	if harmless(name); string(name) != "a.[2J.." {
		t.Errorf("harmless: %q", name)
	}
}

func TestVisible(t *testing.T) {
	path := []byte("/tmp/\xc3\xa9\x1b[2J\xc2\x9b\xff\x7f")
	if visible(path); string(path) != "/tmp/\xc3\xa9.[2J...." {
		t.Errorf("visible: %q", path)
	}
}

// FuzzLines feeds hostile lines of /proc to every parser.
func FuzzLines(f *testing.F) {
	f.Add([]byte("0000000000000000: 00000002 00000000 00010000 0001 01 12345 @a"))
	f.Add([]byte("ffff8880 ffff8881 2 1 3 0 1 5 7 0 12345 9001 40000  *127.0.0.1 <-> *127.0.0.1 \t 7500"))
	f.Add([]byte("TCP C0A80105:04D2 08080808:0050 F001 12345678    5    -3    90012"))
	f.Add([]byte("N0CALL-1  K1ABC-2   W1AW-3    nr0  01/02 03/04  3   1   2   3   0/120  0/05   0/180   0/900  0/03   4 1 2 4"))
	f.Add([]byte("eth0\t0000060A\t0205050A\t0003\t0\t0\t5\t0000FFFF\t1400\t0\t37"))
	f.Add([]byte(" 8111  98 1 2 3 4 5 6 8111 98 7 8 9 10 11 12"))
	tool := newTool(f, "-anep")
	tool.times['p'] = 0
	f.Fuzz(func(t *testing.T, line []byte) {
		if s, ok := parseUnix(line); ok {
			tool.appendUnix(nil, &s, true)
		}
		if s, ok := parseEndpoint(line); ok {
			tool.appendSCTPEndpoint(nil, &s)
		}
		if s, ok := parseAssoc(line); ok {
			tool.appendSCTPAssoc(nil, &s)
		}
		if m, wrong := parseMasq(line, true); wrong == "" {
			tool.appendMasq(nil, &m)
		}
		if r, ok := parseRoute4(line); ok {
			tool.appendRoute(nil, &wideLayout, &r)
		}
		parseCounters(line)
		for i := range deadFamilies {
			deadFamilies[i].row(tool, nil, line)
		}
		tool.appendIPX(nil, line)
		if a, ok := hexAddr(line); ok && len(line) != 32 {
			t.Errorf("hexAddr(%q) = %v", line, a)
		}
	})
}

// FuzzCommandLine checks that no command line ends otherwise than by a status.
func FuzzCommandLine(f *testing.F) {
	f.Add("-tuan -A inet,unix --numeric-hosts 5")
	f.Fuzz(func(t *testing.T, line string) {
		tool := &tool{name: "netstat", out: page{w: io.Discard}, stderr: io.Discard}
		if code, _ := tool.parse(strings.Fields(line)); code != statusOK && code != statusMissing && code != statusUsage {
			t.Errorf("parse(%q) = %d", line, code)
		}
		if tool.interval < 0 {
			t.Errorf("parse(%q): interval %v", line, tool.interval)
		}
	})
}
