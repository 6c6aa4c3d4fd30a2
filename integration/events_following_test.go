//go:build integration

package integration

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// patience is the timeout for events.
const patience = 2 * time.Minute

// A following is a nlstat that writes events.
type following struct {
	t      testing.TB
	cmd    *exec.Cmd
	out    io.ReadCloser
	lines  *bufio.Scanner
	stderr bytes.Buffer
}

// probePort is the port of sockets that are closed until their events come.
const probePort = 9

// follow starts nlstat events in a namespace. Events before [following.ready] may be missing.
func follow(t testing.TB, ns *harness.NS, words ...string) *following {
	t.Helper()
	f := &following{t: t, cmd: exec.CommandContext(t.Context(), harness.Program(t, "nlstat"), words...)}
	f.cmd.Stderr = &f.stderr
	var err error
	if f.out, err = f.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	ns.Do(func() { err = f.cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	f.lines = bufio.NewScanner(f.out)
	return f
}

// ready closes sockets until an event of one comes.
func (f *following) ready(ns *harness.NS) {
	f.t.Helper()
	told := make(chan bool)
	go func() { told <- f.lines.Scan() }()
	for late := time.Now().Add(patience); time.Now().Before(late); {
		ns.UDP(fmt.Sprintf("127.0.0.1:%d", probePort)).Close()
		select {
		case ok := <-told:
			if !ok {
				f.t.Fatalf("no event\n%s", &f.stderr)
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
	f.t.Fatalf("no event in %v", patience)
}

// next returns the next event but those of ready.
func (f *following) next() (e ending, ok bool) {
	f.t.Helper()
	late := time.AfterFunc(patience, func() { _ = f.cmd.Process.Kill() }) // which ends the events
	defer late.Stop()
	for f.lines.Scan() {
		e = ending{}
		if err := json.Unmarshal(f.lines.Bytes(), &e); err != nil {
			f.t.Fatalf("%s: %v", f.lines.Text(), err)
		}
		if e.LocalPort != probePort {
			return e, true
		}
	}
	return e, false
}

// end interrupts it and returns what it said on stderr.
func (f *following) end() string {
	f.t.Helper()
	if err := f.cmd.Process.Signal(unix.SIGINT); err != nil {
		f.t.Fatal(err)
	}
	for f.lines.Scan() { // Wait closes the pipe
	}
	if err := f.cmd.Wait(); err != nil && f.cmd.ProcessState.ExitCode() != withoutRights {
		f.t.Errorf("after SIGINT: %v\n%s", err, &f.stderr)
	}
	return f.stderr.String()
}

// nextInto decodes the next line.
func (f *following) nextInto(row any) {
	f.t.Helper()
	late := time.AfterFunc(patience, func() { _ = f.cmd.Process.Kill() }) // which ends the events
	defer late.Stop()
	if !f.lines.Scan() {
		f.t.Fatalf("no event\n%s", &f.stderr)
	}
	if err := json.Unmarshal(f.lines.Bytes(), row); err != nil {
		f.t.Fatalf("%s: %v", f.lines.Text(), err)
	}
}

// nextChange returns the next line, which is of another table than those of [following.next].
func (f *following) nextChange() (c change) {
	f.t.Helper()
	f.nextInto(&c)
	return c
}

// await skips lines until one matches.
func (f *following) await(what string, wanted func(*change) bool) change {
	f.t.Helper()
	for range 1000 {
		if c := f.nextChange(); wanted(&c) {
			return c
		}
	}
	f.t.Fatalf("%s: not among 1000 events", what)
	return change{}
}

// primed repeats a change until its event comes, so that no later event is missing.
func (f *following) primed(again func(), told func(*change) bool) {
	f.t.Helper()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				again()
			}
		}
	}()
	f.await("the first", told)
	close(stop)
	<-done
}

// joinedIn waits until it has joined some of the groups of a protocol in the namespace of another process.
func (f *following) joinedIn(pid, protocol int, groups uint64) {
	f.t.Helper()
	file := fmt.Sprintf("/proc/%d/net/netlink", pid)
	for late := time.Now().Add(patience); !joinedAny(f.t, file, protocol, groups); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(late) {
			f.t.Fatalf("no groups were joined there within %v\n%s", patience, &f.stderr)
		}
	}
}

// joinedAny reports whether a socket is a member of some groups, by the kernel's own list.
func joinedAny(t testing.TB, file string, protocol int, groups uint64) bool {
	t.Helper()
	list, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		cells := strings.Fields(line) // sk Eth Pid Groups ...
		if len(cells) < 4 || cells[1] != strconv.Itoa(protocol) {
			continue
		}
		if member, err := strconv.ParseUint(cells[3], 16, 64); err == nil && member&groups != 0 {
			return true
		}
	}
	return false
}

// A visitor is a process in a network namespace of its own. It prints a word when it is ready, and
// continues by lines.
type visitor struct {
	t   *testing.T
	ns  *harness.NS
	cmd *exec.Cmd
	in  io.WriteCloser
}

// visit starts a program that prints a word when it is ready. One end of a veth pair is in its namespace,
// so that the other shows the namespace's end.
func visit(t *testing.T, ns *harness.NS, program ...string) *visitor {
	t.Helper()
	words := append([]string{"-n"}, program...)
	v := &visitor{t: t, ns: ns, cmd: exec.CommandContext(t.Context(), harness.Tool(t, "unshare"), words...)}
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if v.in, err = v.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	ns.Do(func() { err = v.cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatalf("no word of the other namespace: %v", err)
	}
	ipRun(t, ns, "link", "add", "tied0", "type", "veth", "peer", "name", "tied1", "netns", strconv.Itoa(v.cmd.Process.Pid))
	return v
}

// goOn lets it continue.
func (v *visitor) goOn() {
	v.t.Helper()
	if _, err := io.WriteString(v.in, "\n"); err != nil {
		v.t.Fatal(err)
	}
}

// leave ends it and waits until its namespace is gone.
func (v *visitor) leave() {
	v.t.Helper()
	if err := v.in.Close(); err != nil {
		v.t.Fatal(err)
	}
	if err := v.cmd.Wait(); err != nil {
		v.t.Fatal(err)
	}
	for late := time.Now().Add(patience); v.tied(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			v.t.Fatalf("something keeps the namespace for %v", patience)
		}
	}
}

func (v *visitor) tied() bool {
	var err error
	v.ns.Do(func() { _, err = net.InterfaceByName("tied0") })
	return err == nil
}
