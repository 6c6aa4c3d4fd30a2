package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	sigar "github.com/elastic/gosigar/sys/linux"
	godiag "github.com/florianl/go-diag"
	"github.com/prometheus/procfs"
	psnet "github.com/shirou/gopsutil/v4/net"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	compat "github.com/nlstat/nlstat/compat/gopsutil"
	"github.com/nlstat/nlstat/pkg/diag"
)

// A library lists TCP sockets of IPv4 and IPv6 in one way. Those of the same data can be compared.
type library struct {
	question, name string
	list           func() (rows int, err error)
}

// The data that are compared.
const (
	plain  = "addresses, state, queues, user and inode"
	info   = "the same and tcp_info"
	owners = "addresses, state and process"
)

var libraries = []library{
	{plain, "nlstat pkg/diag, Sockets", func() (int, error) { return stream(0) }},
	{plain, "nlstat pkg/diag, Collect", collect},
	{plain, "vishvananda/netlink, SocketDiagTCP", vishvananda},
	{plain, "elastic/gosigar, NetlinkInetDiagWithBuf", gosigar},
	{plain, "prometheus/procfs, NetTCP", procNet},
	{plain, "florianl/go-diag, NetDump", goDiag},
	{info, "nlstat pkg/diag, Sockets", func() (int, error) { return stream(diag.HasTCPInfo) }},
	{info, "vishvananda/netlink, SocketDiagTCPInfo", vishvanandaInfo},
	{owners, "nlstat compat/gopsutil, Connections", func() (int, error) {
		conns, err := compat.Connections("tcp")
		return len(conns), err
	}},
	{owners, "shirou/gopsutil, net.Connections", func() (int, error) {
		conns, err := psnet.Connections("tcp")
		return len(conns), err
	}},
}

// queries are those of pkg/diag for all TCP sockets.
func queries(want diag.Fields) [2]diag.Query {
	q := diag.Query{
		Family: unix.AF_INET, Protocol: unix.IPPROTO_TCP, Want: want,
		States: diag.StatesKnown &^ diag.States(diag.StateBoundInactive), // no other library lists those
	}
	six := q
	six.Family = unix.AF_INET6
	return [...]diag.Query{q, six}
}

func stream(want diag.Fields) (n int, err error) {
	c, err := diag.Dial(nil)
	if err != nil {
		return 0, err
	}
	defer c.Close() // read-only
	for _, q := range queries(want) {
		for _, err := range c.Sockets(context.Background(), &q) {
			if err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

func collect() (n int, err error) {
	c, err := diag.Dial(nil)
	if err != nil {
		return 0, err
	}
	defer c.Close() // read-only
	for _, q := range queries(0) {
		all, err := diag.Collect(c.Sockets(context.Background(), &q))
		if err != nil {
			return n, err
		}
		n += len(all)
	}
	return n, nil
}

func vishvanandaInfo() (n int, err error) {
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		all, err := netlink.SocketDiagTCPInfo(family)
		if err != nil {
			return n, err
		}
		n += len(all)
	}
	return n, nil
}

func gosigar() (n int, err error) {
	buf := make([]byte, 64<<10)
	for _, family := range []sigar.AddressFamily{sigar.AF_INET, sigar.AF_INET6} {
		all, err := sigar.NetlinkInetDiagWithBuf(sigar.NewInetDiagReqV2(family), buf, nil)
		if err != nil {
			return n, err
		}
		n += len(all)
	}
	return n, nil
}

// goDiag lists the same states as the others: its TCPDump has all.
func goDiag() (n int, err error) {
	c, err := godiag.Open(nil)
	if err != nil {
		return 0, err
	}
	defer c.Close() // read-only
	for _, q := range queries(0) {
		all, err := c.NetDump(&godiag.NetOption{Family: q.Family, Protocol: uint8(q.Protocol), State: uint32(q.States)})
		if err != nil {
			return n, err
		}
		n += len(all)
	}
	return n, nil
}

func procNet() (int, error) {
	fs, err := procfs.NewDefaultFS()
	if err != nil {
		return 0, err
	}
	four, err := fs.NetTCP()
	if err != nil {
		return 0, err
	}
	six, err := fs.NetTCP6()
	return len(four) + len(six), err
}

// A cost is what a library took for one list.
type cost struct {
	rows           int
	cpu, elapsed   time.Duration
	allocs, memory uint64
}

// measure lists once.
func (l *library) measure() (c cost, err error) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	at, began := time.Now(), processor()
	c.rows, err = l.list()
	c.cpu, c.elapsed = processor()-began, time.Since(at)
	runtime.ReadMemStats(&after)
	c.allocs, c.memory = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return c, err
}

// processor is the time that this process has used, in the kernel and out of it.
func processor() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// head says what the tables are of.
func head(w io.Writer) error {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, `# Libraries

Written by "make libraries" on %s: Linux %s, %d cores, %s. Every library lists the TCP sockets of one
network namespace in one process, in turn, %d times, of which the first does not count. The processor time is the
median of the process, in the kernel and out of it; allocations and bytes a row are those of the Go runtime.
`, time.Now().Format(time.DateOnly), unix.ByteSliceToString(name.Release[:]), runtime.NumCPU(),
		runtime.Version(), rounds)
	return err
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// rounds is how often each library lists; the first does not count.
const rounds = 6

// costs measures the libraries in turn and writes a table. The medians are those of processor time.
func costs(w io.Writer) error {
	all := make([][]cost, len(libraries))
	for round := range rounds {
		for i := range libraries {
			c, err := libraries[i].measure()
			if err != nil {
				return fmt.Errorf("%s: %w", libraries[i].name, err)
			}
			if round > 0 {
				all[i] = append(all[i], c)
			}
		}
	}
	if err := head(w); err != nil {
		return err
	}
	question := ""
	for i := range libraries {
		l := &libraries[i]
		if l.question != question {
			question = l.question
			fmt.Fprintf(w, "\n## %s\n\n| library | rows | processor µs a row | elapsed µs | allocations | bytes |\n", question)
			fmt.Fprint(w, "|---|--:|--:|--:|--:|--:|\n")
		}
		slices.SortFunc(all[i], func(a, b cost) int { return int(a.cpu - b.cpu) })
		c := all[i][len(all[i])/2]
		n := float64(max(c.rows, 1))
		fmt.Fprintf(w, "| %s | %d | %.2f | %.2f | %.2f | %.0f |\n", l.name, c.rows, micros(c.cpu)/n, micros(c.elapsed)/n,
			float64(c.allocs)/n, float64(c.memory)/n)
	}
	return nil
}
