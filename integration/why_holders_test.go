//go:build integration

package integration

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A keeper is a process that opens a listener in one control group and goes on in another, as systemd does
// for socket units, and what runs in containers does without that.
type keeper struct {
	comm, address string
	// opened and kept are control groups below the root of the test's own: where the listener is opened, and
	// where the process stays.
	opened, kept string
	// service is the control group of another process that the listener is handed on to, "" = there is none.
	service string
}

// keeperEnv tells a process which keeper it is: its fields, with | between them.
const keeperEnv = "NLSTAT_TEST_KEEPER"

// keep is the main function of a keeper. The end of its standard input is its end.
func keep(text string) error {
	f := strings.Split(text, "|")
	comm, address, kept, service := f[0], f[1], f[2], f[3]
	l, err := net.Listen("tcp4", address)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(kept, "cgroup.procs"), []byte("0"), 0); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/self/comm", []byte(comm), 0); err != nil {
		return err
	}
	if service == "" {
		say(fmt.Sprint(os.Getpid(), 0))
		_, err = io.Copy(io.Discard, os.Stdin)
		return errors.Join(err, l.Close())
	}
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return errors.New("no TCP listener")
	}
	file, err := tcp.File()
	if err != nil {
		return err
	}
	group, err := os.Open(service)
	if err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, keeperEnv+"=") }), holderEnv+"=served")
	cmd.Stdin, cmd.ExtraFiles = os.Stdin, []*os.File{file}
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	if err := cmd.Start(); err != nil {
		return err
	}
	say(fmt.Sprint(os.Getpid(), cmd.Process.Pid))
	return cmd.Wait()
}

// start starts a keeper in the namespace of the test. It returns its number, and that of the service.
func (k *keeper) start(w *ward) (pid, service int) {
	w.t.Helper()
	root := sceneGroup(w.t)
	if root == nil {
		w.t.Skip("no control groups of version 2")
	}
	dir := func(name string) string {
		if name == "" {
			return ""
		}
		path := filepath.Join(root.Name(), name)
		if err := os.MkdirAll(path, 0o755); err != nil {
			w.t.Fatal(err)
		}
		return path
	}
	opened, err := os.Open(dir(k.opened))
	if err != nil {
		w.t.Fatal(err)
	}
	defer opened.Close() //nolint:errcheck // read-only
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), keeperEnv+"="+strings.Join([]string{k.comm, k.address, dir(k.kept), dir(k.service)}, "|"))
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(opened.Fd())}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() }) // it ends with its input
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, bad := fmt.Sscan(line, &pid, &service); bad != nil {
		w.t.Fatalf("%q, %v, %v", line, err, bad)
	}
	if service != 0 { // which runs this program until it has its name
		waitComm(w.t, service, "served")
	}
	return pid, service
}

// waitComm waits until a process has a name.
func waitComm(t *testing.T, pid int, comm string) {
	t.Helper()
	for late := time.Now().Add(10 * time.Second); time.Now().Before(late); time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err == nil && strings.TrimSpace(string(text)) == comm {
			return
		}
	}
	t.Fatalf("%d is not %s", pid, comm)
}

// containerID is what Docker calls a container.
const containerID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestWhyHolders asks for ports that are held by service managers, by services that they have started, and by
// containers.
func TestWhyHolders(t *testing.T) {
	for _, tt := range []struct {
		name   string
		keeper keeper
		chain  []string // %d is the keeper, %s the service
		never  []string
	}{
		{
			name:   "socket unit whose service is not started",
			keeper: keeper{comm: "systemd", address: "0.0.0.0:8080", opened: "system.slice/web.socket", kept: "init.scope"},
			chain: []string{
				"port 8080 is taken", "0.0.0.0:8080 (tcp) is held by systemd/%d [",
				"opened for the socket unit web.socket: systemctl status web.socket",
				"systemd keeps it for a service that is not started yet", "bind(2) fails",
			},
			never: []string{"init.scope"},
		},
		{
			name: "socket unit whose service runs",
			keeper: keeper{
				comm: "systemd", address: "0.0.0.0:8080", opened: "system.slice/web.socket", kept: "init.scope", service: "system.slice/web.service",
			},
			chain: []string{
				"port 8080 is taken", "0.0.0.0:8080 (tcp) is held by served/%s and systemd/%d", "opened for the socket unit web.socket",
				"part of web.service: systemctl status web.service", "bind(2) fails",
			},
			never: []string{"not started", "init.scope"},
		},
		{
			name:   "service that opened it itself",
			keeper: keeper{comm: "web", address: "127.0.0.1:8080", opened: "system.slice/web.service", kept: "system.slice/web.service"},
			chain:  []string{"127.0.0.1:8080 (tcp) is held by web/%d", "part of web.service"},
			never:  []string{"socket unit", "not started"},
		},
		{
			name: "container in this network namespace",
			keeper: keeper{
				comm: "web", address: "127.0.0.1:8080", opened: "system.slice/docker-" + containerID + ".scope", kept: "system.slice/docker-" + containerID + ".scope",
			},
			chain: []string{"127.0.0.1:8080 (tcp) is held by web/%d", "in the docker container 0123456789ab ["},
			never: []string{"part of", containerID},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &ward{NS: harness.New(t), t: t}
			pid, service := tt.keeper.start(w)
			var chain []string
			for _, part := range tt.chain {
				part = strings.ReplaceAll(part, "%s", fmt.Sprint(service))
				chain = append(chain, strings.ReplaceAll(part, "%d", fmt.Sprint(pid)))
			}
			checkChain(t, w.Run("nlstat", "why", ":8080"), chain, tt.never...)
		})
	}
}

// checkChain checks that an answer says some parts in their order, and others nowhere.
func checkChain(t *testing.T, r harness.Result, chain []string, never ...string) {
	t.Helper()
	if r.Code != 0 && r.Code != withoutRights {
		t.Fatalf("exit code %d: %s", r.Code, r.Stderr)
	}
	rest := string(r.Stdout)
	for _, part := range chain {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("%q is missing, or not in its place:\n%s", part, r.Stdout)
			return
		}
		rest = after
	}
	for _, part := range never {
		if part != "" && strings.Contains(string(r.Stdout), part) {
			t.Errorf("%q is said:\n%s", part, r.Stdout)
		}
	}
}

// TestWhyContainers asks for a port that docker-proxy holds, and that a translation leads to: what serves it is
// in the network namespace of a container.
func TestWhyContainers(t *testing.T) {
	web := &ward{NS: harness.New(t), t: t}
	web.Address("lo", "172.17.0.2/32")
	inside := keeper{comm: "web", address: "0.0.0.0:80", opened: "docker/" + containerID, kept: "docker/" + containerID}
	pid, _ := inside.start(web)
	other := &ward{NS: harness.New(t), t: t} // another container, which serves the same port
	other.Address("lo", "172.17.0.3/32")
	other.Listen("0.0.0.0:80")
	target := []string{
		"0.0.0.0:80 (tcp) in network namespace ", fmt.Sprintf(" is held by web/%d", pid), "in the docker container 0123456789ab",
	}
	proxy := []string{"port 8080 is taken", "0.0.0.0:8080 (tcp) is held by", "docker-proxy forwards its connections to 172.17.0.2:80"}
	t.Run("proxy", func(t *testing.T) {
		w := &ward{NS: harness.New(t), t: t}
		w.proxy(w.listen("0.0.0.0:8080", 8))
		checkChain(t, w.Run("nlstat", "why", ":8080"), append(proxy, target...), fmt.Sprintf("/%d [sock_diag]", os.Getpid()))
	})
	t.Run("translation", func(t *testing.T) {
		w := &ward{NS: harness.New(t), t: t}
		w.lan()
		w.translated("10.9.0.1")
		nat := []string{"port 8080 is free here", "packets to 10.9.0.1:8080 are sent to 172.17.0.2:80 instead"}
		checkChain(t, w.Run("nlstat", "why", ":8080"), append(nat, target...))
	})
}

// vrf makes a VRF whose table is the one of lan0, as programs that are bound to it use it.
func (w *ward) vrf() {
	w.t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "red"
	red := &netlink.Vrf{LinkAttrs: attrs, Table: 10}
	if err := netlink.LinkAdd(red); err != nil {
		if errors.Is(err, unix.EOPNOTSUPP) {
			w.t.Skip("this kernel has no VRF")
		}
		w.t.Fatal(err)
	}
	lan0, err := netlink.LinkByName("lan0")
	if err == nil {
		err = errors.Join(netlink.LinkSetUp(red), netlink.LinkSetMaster(lan0, red))
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
