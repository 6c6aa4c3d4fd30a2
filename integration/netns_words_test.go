//go:build integration

package integration

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestNamespaceWords gives the caller's own namespace a name of `ip netns`, another one two names, and a third
// one a link as container tools make it. Each is found by any of its words, and "self" is the caller's own.
func TestNamespaceWords(t *testing.T) {
	if !boxed(t) {
		return
	}
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close() //nolint:errcheck // read-only
	mountNS(t, own, "/run/netns/mine")
	two, linked := harness.New(t), harness.New(t)
	for _, name := range []string{"blue", "blue2"} {
		mountNS(t, os.NewFile(uintptr(dup(t, two.FD())), name), "/run/netns/"+name)
	}
	held := linked.Path()
	for link, to := range map[string]string{
		"web": held, "dangling": "/proc/0/ns/net", "zero": "/dev/zero", "loop": "loop", "plain": "/etc/passwd",
	} {
		if err := os.Symlink(to, "/run/netns/"+link); err != nil {
			t.Fatal(err)
		}
	}
	ports := map[string]int{}
	for name, ns := range map[string]*harness.NS{"two": two, "linked": linked} {
		ns.Do(func() { ports[name] = ns.Listen("127.0.0.1:0").Port() })
	}
	run := func(line string) (string, int) {
		r := two.Exec(&harness.Command{
			Path: harness.Tool(t, "nsenter"), Args: append([]string{"--net=/run/netns/mine", harness.Program(t, "nlstat")}, strings.Fields(line)...),
		})
		return strings.TrimSpace(string(r.Stdout)), r.Code
	}
	for line, want := range map[string]string{
		"-A -H -l -c netns netns=blue":                                  "blue",
		"-A -H -l -c netns netns=blue2":                                 "blue",
		"-N blue2 -H -l -c local_port":                                  fmt.Sprint(ports["two"]),
		"-A -H -l -c local_port netns=web":                              fmt.Sprint(ports["linked"]),
		"-N web -H -l -c local_port":                                    fmt.Sprint(ports["linked"]),
		"-A -H --count -l not netns=blue and not netns=web":             "0",
		"-A -H --count -l netns!=blue2":                                 "1",
		"-A -H --count -k netlink not netns=self and netns=mine":        "0",
		"-H --count -k netlink -a not netns=self":                       "0",
		"links -A -H -c netns name=lo netns=self":                       "mine",
		"links -A -H --count name=lo and not netns=self and netns=mine": "0",
		"addresses -A -H --count netns=blue2 and not netns=blue":        "0",
	} {
		if got, code := run(line); code != 0 || strings.Join(strings.Fields(got), " ") != want {
			t.Errorf("nlstat %s: exit code %d, %q, want %q", line, code, got, want)
		}
	}
	for _, name := range []string{"dangling", "zero", "loop", "plain"} {
		if got, code := run("-N " + name); code != 2 {
			t.Errorf("nlstat -N %s: exit code %d, %q, want 2", name, code, got)
		}
	}
}

func dup(t *testing.T, fd int) int {
	t.Helper()
	other, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return other
}
