//go:build integration

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// labCast are the processes of the lab: the services of a host, and the container cache.
var labCast = []holder{
	{"nginx", 21100, 0, "nginx: master process /usr/sbin/nginx", "system.slice/nginx.service"},
	{"nginx", 21120, 33, "nginx: worker process", "system.slice/nginx.service"},
	{"postgres", 21200, 70, "/usr/lib/postgresql/bin/postgres -D /srv/db", "system.slice/postgresql.service"},
	{"app", 21300, 1000, "/srv/app/app --workers 4", "system.slice/app.service"},
	{"slowd", 21400, 0, "slowd --backlog 1", "system.slice/slowd.service"},
	{"statsd", 21500, 0, "statsd -p 8125", "system.slice/statsd.service"},
	{"redis-server", 21600, 0, "redis-server *:6379", container},
	{"uplink", 21700, 0, "uplink --to 203.0.113.77", "system.slice/uplink.service"},
}

// Addresses of the lab. The office is outside of the host.
const (
	labHost     = "203.0.113.10"
	labInside   = "10.88.0.1" // of the host, on the link to the container
	labCache    = "10.88.0.2"
	labPeer     = "203.0.113.20"
	labUpstream = "203.0.113.77" // stops answering
	labIntruder = "203.0.113.66"
	labSocket   = "/run/postgresql/.s.PGSQL.5432"
	labPort     = "6380" // of the host: leads to the container's 6379
)

// A lab is a host with problems, for the cookbook: services, some of which leak connections, overflow, drop
// datagrams or retransmit, and a container.
type lab struct {
	*sceneHost
	office *harness.NS
	cache  *harness.NS // of the container
	bin    string      // programs that the host has besides: ssh
	home   string
	boots  int
	opened []*harness.Socket // to close at the end of a task
	later  func()            // waits for what a step does in the background
	noNAT  string            // why the port of the container is not published, "" = it is
}

// newLab builds the lab. The test is in the network namespace of the host then.
func newLab(t *testing.T) *lab {
	t.Helper()
	prepareScene(t)
	l := &lab{sceneHost: newSceneHost(t, labCast), bin: t.TempDir(), home: t.TempDir()}
	l.must(unix.Sethostname([]byte("web1")))
	l.runtimeFiles()
	l.mountGroups()
	l.office, l.cache = harness.New(t), harness.New(t)
	l.ns = harness.New(t)
	l.links()
	l.services()
	l.clients()
	l.trouble()
	spareThreads()
	l.inside(l.cache, func() { l.start(*l.holderOf("redis-server")) })
	l.start(l.outside()...)
	l.senders()
	return l
}

// outside are the processes that are not in the container.
func (l *lab) outside() []holder {
	return slices.DeleteFunc(slices.Clone(l.cast), func(h holder) bool { return h.unit == container })
}

// runtimeFiles are what Docker keeps of the container, and an ssh that finds the other host here.
func (l *lab) runtimeFiles() {
	l.t.Helper()
	l.must(unix.Mount("tmpfs", "/var/lib", "tmpfs", 0, ""))
	dir := "/var/lib/docker/containers/" + strings.TrimSuffix(filepath.Base(container)[len("docker-"):], ".scope")
	l.must(os.MkdirAll(dir, 0o755))
	l.must(os.WriteFile(dir+"/config.v2.json", []byte(`{"Name":"/cache","Config":{"Image":"redis:7"}}`), 0o644))
	l.must(os.WriteFile(l.bin+"/ssh", []byte("#!/bin/sh\nhost=$1; shift\nexec ip netns exec \"$host\" \"$@\"\n"), 0o755))
}

// links connects the host to the office and to the container.
func (l *lab) links() {
	l.t.Helper()
	for name, ns := range map[string]*harness.NS{"web2": l.office, "cache": l.cache} {
		l.must(os.WriteFile("/run/netns/"+name, nil, 0o644))
		l.must(unix.Mount(fmt.Sprint("/proc/self/fd/", ns.FD()), "/run/netns/"+name, "", unix.MS_BIND, ""))
	}
	if refused := tryIP(l.t, l.ns, `
		link add eth0 type veth peer name eth0 netns web2
		link add docker0 type veth peer name eth0 netns cache
		link set eth0 up
		link set docker0 up
		-n web2 link set eth0 up
		-n cache link set eth0 up
		addr add `+labHost+`/24 dev eth0
		addr add `+labInside+`/24 dev docker0
		-n web2 addr add `+labPeer+`/24 dev eth0
		-n web2 addr add `+labUpstream+`/24 dev eth0
		-n web2 addr add `+labIntruder+`/24 dev eth0
		-n cache addr add `+labCache+`/24 dev eth0
		-n cache route add default via `+labInside+`
	`); len(refused) > 0 {
		l.t.Fatalf("refused: %q", refused)
	}
	l.must(os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("40000 40099"), 0))
	l.publish()
	// A container's namespace has no name.
	l.must(unix.Unmount("/run/netns/cache", unix.MNT_DETACH))
	l.must(os.Remove("/run/netns/cache"))
}

// publish makes a port of the container one of the host, as Docker does without its proxy.
func (l *lab) publish() {
	l.t.Helper()
	l.must(os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0))
	r := l.ns.Run(harness.Tool(l.t, "nft"), `table ip nat {
		chain prerouting {
			type nat hook prerouting priority dstnat;
			tcp dport `+labPort+` dnat to `+labCache+`:6379
		}
	}`)
	if r.Code != 0 {
		l.noNAT = "nft: " + strings.TrimSpace(string(r.Stderr))
	}
}

// inside runs f in another network namespace, on the test's own thread.
func (l *lab) inside(ns *harness.NS, f func()) {
	l.t.Helper()
	l.must(unix.Setns(ns.FD(), unix.CLONE_NEWNET))
	defer func() { l.must(unix.Setns(l.ns.FD(), unix.CLONE_NEWNET)) }()
	f()
}

// services listen.
func (l *lab) services() {
	l.t.Helper()
	l.enter(l.unitOf("nginx"))
	l.give("nginx", l.listen("0.0.0.0:80", 511), l.listen("[::]:443", 511))
	l.enter(l.unitOf("postgres"))
	l.must(os.Mkdir(filepath.Dir(labSocket), 0o755))
	db, local := l.listen(labInside+":5432", 64), l.unixSocket(unix.SOCK_STREAM, labSocket)
	l.must(unix.Listen(local.FD, 8))
	l.give("postgres", db, local, l.listen("127.0.0.1:5432", 64))
	l.inside(l.cache, func() {
		l.enter(container)
		cache := l.listen("0.0.0.0:6379", 511)
		client := l.ns.TCP("0.0.0.0:0")
		client.ConnectTo(labInside + ":5432")
		l.give("redis-server", cache, client)
	})
	l.give("postgres", db.Accept())
	if l.noNAT == "" {
		l.fromOffice(labPeer+":0", labHost+":"+labPort)
		l.inside(l.cache, func() {
			l.enter(container)
			l.give("redis-server", l.given["redis-server"][0].Accept())
		})
	}

	l.enter(l.unitOf("app")) // it asks postgres through the unix socket
	query := l.unixSocket(unix.SOCK_STREAM, "")
	l.must(unix.Connect(query.FD, &unix.SockaddrUnix{Name: labSocket}))
	l.give("app", query)
	l.give("postgres", local.Accept())
}

// clients are HTTP clients in the office. The third sends more than the worker reads.
func (l *lab) clients() {
	l.t.Helper()
	web := l.given["nginx"][0]
	for i := range 5 {
		var client *harness.Socket
		l.inside(l.office, func() {
			client = l.ns.TCP(labPeer + ":0")
			client.ConnectTo(labHost + ":80")
		})
		server := web.Accept()
		if i < 2 {
			server.Set(harness.KeepAlive)
		}
		if i == 2 {
			client.Write(60000)
		}
		l.give("nginx", server)
	}
}

// pair connects a service to a server in the office.
func (l *lab) pair(comm, to string, opts ...harness.Option) (client, server *harness.Socket) {
	l.t.Helper()
	var listener *harness.Socket
	l.inside(l.office, func() { listener = l.ns.Listen(to) })
	defer listener.Close()
	l.enter(l.unitOf(comm))
	client = l.ns.TCP("0.0.0.0:0", opts...)
	client.ConnectTo(to)
	l.give(comm, client)
	return client, listener.Accept()
}

// trouble causes the problems of the cookbook's tasks.
func (l *lab) trouble() {
	l.t.Helper()
	for range 6 { // app does not close what the other side has closed
		client, server := l.pair("app", labPeer+":443")
		server.Close()
		l.until(client, unix.BPF_TCP_CLOSE_WAIT)
	}

	l.enter(l.unitOf("slowd")) // room for two, and no other accepts
	l.give("slowd", l.listen("0.0.0.0:9000", 1))
	l.inside(l.office, func() {
		for range 5 {
			l.ns.TCP(labPeer + ":0").ConnectTo(labHost + ":9000")
		}
	})

	l.enter(l.unitOf("statsd")) // room for a few datagrams, and no other reads
	l.give("statsd", l.ns.UDP("0.0.0.0:8125", harness.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 1)))
	l.inside(l.office, func() {
		sender := l.ns.UDP(labPeer + ":0")
		sender.ConnectTo(labHost + ":8125")
		for range 100 {
			sender.Write(200)
		}
	})

	lost, _ := l.pair("uplink", labUpstream+":443") // its packets go to a missing station
	if refused := tryIP(l.t, l.ns, "neigh replace "+labUpstream+" lladdr 02:00:00:00:00:99 dev eth0 nud permanent"); len(refused) > 0 {
		l.t.Fatalf("refused: %q", refused)
	}
	lost.Write(3000)
	deadline := time.Now().Add(10 * time.Second)
	for {
		info, err := unix.GetsockoptTCPInfo(lost.FD, unix.IPPROTO_TCP, unix.TCP_INFO)
		l.must(err)
		if info.Total_retrans > 1 {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatal("nothing is retransmitted")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// senders are two programs that send as fast as they may.
func (l *lab) senders() {
	l.t.Helper()
	for name, rate := range map[string]int{"backup": 2_000_000, "syncer": 200_000} {
		from, to := l.pair(name, labPeer+":873", harness.Set(unix.SOL_SOCKET, unix.SO_MAX_PACING_RATE, rate))
		l.stream(name, "/dev/zero", nil, from)
		l.stream("sink", "", to, nil)
	}
}

// stream runs cat under another name, between sockets and files.
func (l *lab) stream(name, file string, in, out *harness.Socket) {
	l.t.Helper()
	program := filepath.Join(l.bin, name)
	if _, err := os.Lstat(program); err != nil {
		l.must(os.Symlink(harness.Tool(l.t, "cat"), program))
	}
	cmd := exec.CommandContext(l.t.Context(), program)
	if file != "" {
		cmd.Args = append(cmd.Args, file)
	}
	for _, s := range []*harness.Socket{in, out} {
		if s == nil {
			continue
		}
		l.must(unix.SetNonblock(s.FD, false))
		f := os.NewFile(uintptr(s.FD), name)
		s.FD = -1                        // the program has it
		defer func() { _ = f.Close() }() // the program has its own
		if s == in {
			cmd.Stdin = f
		} else {
			cmd.Stdout = f
		}
	}
	l.must(cmd.Start())
	l.t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() }) // killed
}
