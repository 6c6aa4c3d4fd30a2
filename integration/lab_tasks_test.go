//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A labStep is the expected result of one command of the cookbook.
type labStep struct {
	before func(*lab)
	want   []string // regular expressions of what it prints, spaces and ends of lines alike
	none   string   // regular expression of what it does not print
	code   int
	nat    bool // needs the published port
}

// labTasks are the steps of the cookbook's tasks, in its order.
var labTasks = [][]labStep{
	1: {
		{want: []string{`0\.0\.0\.0:80 nginx/21100`}, none: "postgres"},
		{want: []string{"nginx: master process /usr/sbin/nginx", "nginx.service", "21100"}},
		{want: []string{`redis-server \*:6379`, "cache", "21600"}, none: "postgres"},
		{nat: true, want: []string{`203\.0\.113\.20:\d+ 203\.0\.113\.10:6380 .*10\.88\.0\.2:6379`}, none: "5432"},
	},
	2: {
		{before: (*lab).timeWait, want: []string{`TIME-WAIT .*:8081`}},
		{before: (*lab).bound, want: []string{`BOUND .*:7777`}},
	},
	3: {
		{want: []string{`app 6`}, none: "nginx"},
		{want: []string{`CLOSE-WAIT .*203\.0\.113\.20:443 app/21300`}, none: "ESTAB"},
	},
	4: {
		{want: []string{`203\.0\.113\.20 \d+ `, `203\.0\.113\.77 1\b`}},
		{want: []string{`203\.0\.113\.20 \d+ 58\.\dK`}},
		{want: []string{`203\.0\.113\.20 \d+ [\d.]+Mbps`}},
	},
	5: {
		{want: []string{`203\.0\.113\.77:443 uplink/21700`}, none: "nginx"},
		{want: []string{`203\.0\.113\.77 `}, none: `203\.0\.113\.20`},
	},
	6: {
		{want: []string{`DROPS.* 0\.0\.0\.0:9000 slowd/21400 .* [1-9]\d*`}},
		{want: []string{`0\.0\.0\.0:9000 slowd/21400`}, none: "nginx"},
	},
	7: {
		{before: (*lab).yesterday},
		{before: (*lab).reboot, want: []string{`new .*0\.0\.0\.0:8443`, `closed .*0\.0\.0\.0:8022`}, none: "nginx"},
	},
	8: {{want: []string{`0\.0\.0\.0:80 ng\S*/21100`, `:443 ng\S*/21100`}, none: `127\.0\.0\.1`}},
	9: {
		{want: []string{`10\.88\.0\.1:5432 redis\S*/21600`}, none: "nginx"},
		{want: []string{`10\.88\.0\.1:5432 redis\S*/21600`}, none: "nginx"},
	},
	10: {{want: []string{`SEND.*203\.0\.113\.20:873 backup/\d+ .*Mbps.*syncer`}}},
	11: {{want: []string{`conntrack \d+ \d+ \d+ `}}, {nat: true, want: []string{`conntrack [1-9]\d* \d+ \d+ `}}},
	12: {
		{want: []string{`source-ports \d+ 100 \d+ 40000-40099, most to 203\.0\.113\.20:443`}},
		{want: []string{`203\.0\.113\.20:443 6 `}},
	},
	13: {
		{want: []string{`DROPS.* 0\.0\.0\.0:8125 .*statsd/21500 .* 9\d`}},
		{want: []string{`RCVBUF.* 0\.0\.0\.0:8125 .*statsd/21500`}, none: "nginx"},
	},
	14: {
		{want: []string{`ESTAB /run/p\S*PGSQL\.5432 .*postgres/21200 app/21300`}},
		{want: []string{`postgres`, `/srv/app/app|app/21300`}},
	},
	15: {{want: []string{`IDLE.* nginx/21100`}, none: "backup"}},
	16: {{want: []string{`203\.0\.113\.10:80 .*nginx/21100`}}},
	17: {
		{want: []string{`PROCESS PID COUNT SUM-MEMORY`, `nginx 21100 \d+ [\d.]+K`}},
		{want: []string{`MEMORY`, `nginx/21100`}, none: "postgres"},
	},
	18: {
		{before: (*lab).intruder, want: []string{`203\.0\.113\.66:\d+`, `--yes`}},
		{want: []string{`203\.0\.113\.66:\d+`}, none: `--yes`},
	},
	19: {{before: (*lab).startSoon, want: []string{`0\.0\.0\.0:8090 .*ready`}}},
	20: {
		{before: (*lab).restartSoon, want: []string{`0\.0\.0\.0:8092`}},
		{before: (*lab).restartSoon, want: []string{
			`"event":"present".*"local":"0\.0\.0\.0:8092"`, `"event":"closed"`, `"event":"new"`,
		}},
	},
	21: {{want: []string{`proto,local,process,user tcp,`, `tcp,0\.0\.0\.0:80,nginx,`, `udp,0\.0\.0\.0:8125,statsd,`}}},
	22: {{want: []string{`5 203\.0\.113\.20`}}},
	23: {
		{want: []string{`OK: 443 listens`}},
		{want: []string{`WARNING`}, code: 1},
		{want: []string{`nlstat_accept_queue\{local="0\.0\.0\.0:9000"\} 2`}},
		{want: []string{`nlstat_tcp_sockets\{state="CLOSE-WAIT"\} 6`}},
	},
	24: {
		{before: (*lab).otherHost},
		{want: []string{`new .*0\.0\.0\.0:80`, `closed .*0\.0\.0\.0:2222`}},
	},
	25: {{want: []string{`cache tcp LISTEN 0\.0\.0\.0:6379 - redis\S*/21600`}}},
}

// temporary closes sockets at the end of a task.
func (l *lab) temporary(s ...*harness.Socket) { l.opened = append(l.opened, s...) }

// timeWait leaves port 8081 in TIME-WAIT, as a server that closes first.
func (l *lab) timeWait() {
	l.t.Helper()
	listener := l.ns.Listen("0.0.0.0:8081")
	client := l.fromOffice(labPeer+":0", labHost+":8081")
	listener.Accept().Close()
	l.until(client, unix.BPF_TCP_CLOSE_WAIT)
	client.Close()
	listener.Close()
}

// bound binds port 7777 and no more.
func (l *lab) bound() { l.temporary(l.ns.TCP("0.0.0.0:7777", harness.Reuse)) }

// bootID is where the scene has a boot id of its own.
const bootID = "/proc/sys/kernel/random/boot_id"

// yesterday opens a listener that is closed by the reboot.
func (l *lab) yesterday() { l.temporary(l.ns.Listen("0.0.0.0:8022")) }

// reboot gives the host another boot id, and replaces a listener.
func (l *lab) reboot() {
	l.t.Helper()
	l.must(os.WriteFile(bootID, fmt.Appendf(nil, "5ce5ce00-0000-4000-8000-%012d\n", l.boots+2), 0o644))
	l.boots++
	l.closeTemporary()
	l.temporary(l.ns.Listen("0.0.0.0:8443"))
}

// otherHost listens in the office.
func (l *lab) otherHost() {
	l.t.Helper()
	l.inside(l.office, func() { l.temporary(l.ns.Listen("0.0.0.0:2222")) })
}

// intruder connects a peer whose connections are to be closed.
func (l *lab) intruder() {
	l.t.Helper()
	listener := l.ns.Listen("0.0.0.0:22")
	l.temporary(listener, l.fromOffice(labIntruder+":0", labHost+":22"), listener.Accept())
}

// fromOffice connects from the office.
func (l *lab) fromOffice(from, to string) (client *harness.Socket) {
	l.t.Helper()
	l.inside(l.office, func() {
		client = l.ns.TCP(from)
		client.ConnectTo(to)
	})
	return client
}

// startSoon starts the service of port 8090 a moment later.
func (l *lab) startSoon() { l.listenSoon(8090, nil) }

// restartSoon replaces the service of port 8092 a moment later.
func (l *lab) restartSoon() {
	l.closeTemporary()
	l.listenSoon(8092, l.ns.Listen("0.0.0.0:8092"))
}

// soon is when a service of the lab starts: long after nlstat, long before its end.
const soon = 700 * time.Millisecond

// listenSoon starts to listen a moment later, in the place of another socket.
func (l *lab) listenSoon(port int, old *harness.Socket) {
	l.t.Helper()
	fd := l.ns.Socket(unix.AF_INET, unix.SOCK_STREAM, 0, harness.Reuse)
	l.temporary(fd)
	done := make(chan error)
	time.AfterFunc(soon, func() {
		if old != nil {
			old.Close()
		}
		done <- errors.Join(unix.Bind(fd.FD, &unix.SockaddrInet4{Port: port}), unix.Listen(fd.FD, 8))
	})
	l.later = func() { l.must(<-done) }
}
