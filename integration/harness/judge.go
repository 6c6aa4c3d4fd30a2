package harness

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/pkg/nltest"
)

// A judge describes a difference of the reference's C library; see docs/netstat-differences.md. Older
// libraries find no name for an IPv4-mapped address: netstat then prints 127.0.0.1 instead of localhost.
type judge struct {
	mapped string // the name of 127.0.0.1 that the judge does not know for the mapped address; "" = it does
}

var (
	judgesLock sync.Mutex
	judges     = map[string]judge{} // by the path of the reference

	rowsLeftOut atomic.Int64 // rows that could not be compared
)

// judgeOf probes a reference, once.
func judgeOf(t testing.TB, program, path string) (judge, error) {
	t.Helper()
	if program != "netstat" {
		return judge{}, nil
	}
	judgesLock.Lock()
	defer judgesLock.Unlock()
	if j, known := judges[path]; known {
		return j, nil
	}
	var out []byte
	var err error
	nltest.New(t).Do(func() { out, err = probe(t.Context(), path) })
	if err != nil {
		return judge{}, fmt.Errorf("probe %s: %w", path, err)
	}
	j, err := judgement(out)
	if err == nil {
		judges[path] = j
	}
	return j, err
}

// probePort is what both sockets of the probe listen on.
const probePort = 9

// probe shows a netstat the same address as it is and mapped, in the namespace of the calling thread.
func probe(ctx context.Context, path string) (out []byte, err error) {
	for family, addr := range map[int]unix.Sockaddr{
		unix.AF_INET:  &unix.SockaddrInet4{Port: probePort, Addr: [4]byte{127, 0, 0, 1}},
		unix.AF_INET6: &unix.SockaddrInet6{Port: probePort, Addr: [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}},
	} {
		fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		defer func() { _ = unix.Close(fd) }() // nothing was sent
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return nil, err
		}
		if err := unix.Bind(fd, addr); err != nil {
			return nil, err
		}
	}
	return exec.CommandContext(ctx, path, "-ul", "--numeric-ports").Output()
}

var probeRow = regexp.MustCompile(`(?m)^udp(6?) +\d+ +\d+ (\S+):9 `)

// judgement compares the two rows of the probe.
func judgement(out []byte) (judge, error) {
	hosts := map[string]string{}
	for _, m := range probeRow.FindAllSubmatch(out, -1) {
		hosts[string(m[1])] = string(m[2])
	}
	plain, mapped := hosts[""], hosts["6"]
	switch {
	case len(hosts) != 2:
		return judge{}, fmt.Errorf("the reference does not list the two sockets of the probe:\n%s", out)
	case plain == mapped || mapped != numericHost:
		return judge{}, nil
	}
	return judge{mapped: plain}, nil
}

const numericHost = "127.0.0.1"

var rowOf6 = regexp.MustCompile(`^(tcp|udp|udpl|raw)6 `)

// leaveOut removes the rows that cannot be compared from two outputs: those of the same socket, where the
// reference has the number and ours the name of a mapped address.
func (j judge) leaveOut(want, got []byte) (left, mine []byte) {
	wants, gots := bytes.SplitAfter(want, []byte("\n")), bytes.SplitAfter(got, []byte("\n"))
	if j.mapped == "" || len(wants) != len(gots) {
		return want, got
	}
	for i, w := range wants {
		g := gots[i]
		if !bytes.Equal(w, g) && rowOf6.Match(w) && rowOf6.Match(g) &&
			bytes.Contains(w, []byte(" "+numericHost+":")) && bytes.Contains(g, []byte(" "+j.mapped+":")) {
			continue
		}
		left, mine = append(left, w...), append(mine, g...)
	}
	return left, mine
}

// judge returns the parts of two results that must be equal.
func (j judge) judge(want, got Result) (left, mine Result) {
	want.Stdout, got.Stdout = j.leaveOut(want.Stdout, got.Stdout)
	return want, got
}

// notes returns what this run could not compare.
func notes() string {
	n := rowsLeftOut.Load()
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("note: %d rows of netstat were not compared: the C library of this reference "+
		"has no names for mapped IPv4 addresses (docs/netstat-differences.md)\n", n)
}
