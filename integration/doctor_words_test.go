//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestDoctorClosed checks what users are told of network namespaces that they may not enter: once, which
// capability would do, and never that nothing is wrong with them.
func TestDoctorClosed(t *testing.T) {
	harness.NeedsUsers(t)
	closed := harness.New(t)
	ns := harness.New(t)
	for i := range 5 {
		path := filepath.Join("/run/netns", fmt.Sprintf("closed%d-%d", i, os.Getpid()))
		err := errors.Join(os.MkdirAll("/run/netns", 0o755), os.WriteFile(path, nil, 0o600),
			unix.Mount(fmt.Sprintf("/proc/self/fd/%d", closed.FD()), path, "", unix.MS_BIND, ""))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = unix.Unmount(path, unix.MNT_DETACH), os.Remove(path) }) // as it was
	}
	as := func(words ...string) harness.Result {
		return ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: words, UID: nobodyID})
	}
	r := as("doctor", "-A", "--for", "200ms")
	said := string(r.Stdout)
	if r.Code != withoutRights || strings.Contains(said, "closed0") || strings.Contains(said, "setns") || len(said) > 400 {
		t.Errorf("exit code %d\n%s", r.Code, said)
	}
	if !strings.Contains(string(r.Stderr), "network namespaces: needs CAP_SYS_ADMIN") {
		t.Errorf("no word about what is lacking:\n%s", r.Stderr)
	}
	r = as("doctor", "-A", "--for", "200ms", "--nagios")
	if r.Code != 3 || !strings.HasPrefix(string(r.Stdout), "NLSTAT UNKNOWN - ") {
		t.Errorf("exit code %d\n%s", r.Code, r.Stdout)
	}
	r = as("doctor", "-N", fmt.Sprintf("closed0-%d", os.Getpid()), "--for", "200ms")
	if r.Code != 2 || !strings.Contains(string(r.Stderr), "CAP_SYS_ADMIN") {
		t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
}

// TestDoctorCommands makes listeners overflow, and sockets of UDP drop, at addresses of all kinds: the commands
// of the findings show them.
func TestDoctorCommands(t *testing.T) {
	w := &ward{NS: harness.New(t), t: t}
	want := map[string]bool{}
	for _, addr := range []string{"[::1]:8080", "[::ffff:127.0.0.1]:8081", "[::]:8082"} {
		w.listen(addr, 1)
		to := strings.Replace(addr, "[::]", "[::1]", 1)
		for range 3 {
			w.Socket(unix.AF_INET6, unix.SOCK_STREAM, 0).ConnectTo(to)
		}
		want[addr] = false
	}
	server := w.UDP("127.0.0.1:8083", harness.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	client := w.UDP("127.0.0.1:8084")
	server.ConnectTo("127.0.0.1:8084") // it does not take from anybody else: it is not listening
	client.ConnectTo("127.0.0.1:8083")
	w.UDP("[::1]:8085", harness.Set(unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	from := w.UDP("[::1]:8086")
	from.ConnectTo("[::1]:8085")
	want["127.0.0.1:8083"], want["[::1]:8085"] = false, false
	list, _ := examine(t, w.NS, func() {
		for range 60 {
			client.Write(500)
			from.Write(500)
		}
	}, "listen-overflow", "udp-drops")
	for i := range list {
		f := &list[i]
		want[f.Subject] = true
		checkCommand(t, w.NS, f.Command)
		if strings.ContainsAny(strings.ReplaceAll(f.Command, "'"+argument(f.Command)+"'", ""), "[]") {
			t.Errorf("a shell takes brackets for a pattern: %s", f.Command)
		}
	}
	for subject, found := range want {
		if !found {
			t.Errorf("%s is not found in %+v", subject, list)
		}
	}
}

// argument is what is quoted in a command.
func argument(command string) string {
	_, rest, _ := strings.Cut(command, "'")
	quoted, _, _ := strings.Cut(rest, "'")
	return quoted
}
