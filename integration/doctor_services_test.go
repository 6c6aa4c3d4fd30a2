//go:build integration

package integration

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nlstat/nlstat/integration/harness"
)

// nobodyID is a user who may do nothing: PostgreSQL does not run as root.
const nobodyID = 65534

// A daemon is a common server of Debian and one request to it.
type daemon struct {
	name    string
	prepare func(d *daemons) (command []string, err error)
	ask     func(d *daemons) error
}

// daemons run in a namespace, with a folder each.
type daemons struct {
	t      *testing.T
	ns     *harness.NS
	dir    string
	client *http.Client
	redis  net.Conn
}

const nginxConf = `daemon off; user nobody nogroup; worker_processes 2; pid %[1]s/nginx.pid; error_log %[1]s/error.log;
events { worker_connections 64; }
http { access_log off; server { listen 127.0.0.1:8080; location / { return 200 "well\n"; } } }
`

var usualDaemons = [...]daemon{
	{
		name: "nginx",
		prepare: func(d *daemons) ([]string, error) {
			conf := filepath.Join(d.dir, "nginx.conf")
			return []string{"-c", conf, "-e", filepath.Join(d.dir, "error.log")},
				os.WriteFile(conf, fmt.Appendf(nil, nginxConf, d.dir), 0o644)
		},
		ask: func(d *daemons) error {
			answer, err := d.client.Get("http://127.0.0.1:8080/")
			if err != nil {
				return err
			}
			return answer.Body.Close()
		},
	},
	{
		name: "redis-server",
		prepare: func(d *daemons) ([]string, error) {
			return []string{"--bind", "127.0.0.1", "--port", "6379", "--dir", d.dir, "--save", ""}, nil
		},
		ask: func(d *daemons) (err error) {
			if d.redis == nil {
				d.ns.Do(func() { d.redis, err = net.Dial("tcp", "127.0.0.1:6379") })
			}
			if err == nil {
				_, err = d.redis.Write([]byte("PING\r\n"))
			}
			if err == nil {
				_, err = bufio.NewReader(d.redis).ReadString('\n')
			}
			return err
		},
	},
	{
		name: "postgres",
		prepare: func(d *daemons) ([]string, error) {
			data := filepath.Join(d.dir, "data")
			cmd := exec.CommandContext(d.t.Context(), postgres("initdb"), "-D", data, "-A", "trust", "-U", "test", "--no-sync")
			cmd.SysProcAttr, cmd.Dir = asNobody(), d.dir
			if out, err := cmd.CombinedOutput(); err != nil {
				return nil, fmt.Errorf("initdb: %w: %s", err, out)
			}
			return []string{"-D", data, "-k", d.dir, "-h", "127.0.0.1", "-p", "5432"}, nil
		},
		ask: func(d *daemons) error {
			r := d.ns.Run(postgres("psql"), "-h", "127.0.0.1", "-U", "test", "-c", "select 1", "postgres")
			if r.Code != 0 {
				return errors.New(string(r.Stderr))
			}
			return nil
		},
	},
}

// postgres returns the path of one of PostgreSQL's programs, which Debian keeps beside its version.
func postgres(name string) string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // the pattern is good
	if len(found) == 0 {
		return name
	}
	return found[len(found)-1]
}

func asNobody() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID, Gid: nobodyID}}
}

// start starts a daemon and waits until it answers. It reports whether it is installed.
func (d *daemons) start(of *daemon) bool {
	d.t.Helper()
	path, err := exec.LookPath(of.name)
	if of.name == "postgres" {
		path, err = exec.LookPath(postgres(of.name))
	}
	if err != nil {
		d.t.Logf("left out: %s is not installed (integration/setup services)", of.name)
		return false
	}
	args, err := of.prepare(d)
	if err != nil {
		d.t.Fatal(err)
	}
	cmd := exec.CommandContext(d.t.Context(), path, args...)
	var said strings.Builder
	cmd.Dir, cmd.Stdout, cmd.Stderr = d.dir, &said, &said
	if of.name != "nginx" {
		cmd.SysProcAttr = asNobody()
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	d.ns.Do(func() { err = cmd.Start() })
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = cmd.Wait()
		if d.t.Failed() {
			d.t.Logf("%s: %.2000s", of.name, said.String())
		}
	})
	for late := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		if err = of.ask(d); err == nil {
			return true
		} else if time.Now().After(late) {
			d.t.Fatalf("%s does not answer: %v", of.name, err)
		}
	}
}

// TestDoctorServices sends some dozens of requests a second to common servers: nothing is found.
func TestDoctorServices(t *testing.T) {
	harness.NeedsUsers(t)
	ns := harness.New(t)
	d := &daemons{t: t, ns: ns, dir: t.TempDir(), client: clientIn(ns)}
	if err := errors.Join(os.Chmod(filepath.Dir(d.dir), 0o755), os.Chown(d.dir, nobodyID, nobodyID)); err != nil {
		t.Fatal(err)
	}
	var running []*daemon
	for i := range usualDaemons {
		if d.start(&usualDaemons[i]) {
			running = append(running, &usualDaemons[i])
		}
	}
	if len(running) == 0 {
		t.Skip("none of nginx, redis-server and postgres is installed (integration/setup services)")
	}
	done := make(chan harness.Result, 1)
	go func() { done <- ns.Run("nlstat", "doctor", "--for", "3s") }()
	for asked := 0; ; asked++ {
		select {
		case r := <-done:
			t.Logf("%d questions to %d servers: %s", asked, len(running), r.Stdout)
			if r.Code != 0 || !strings.HasPrefix(string(r.Stdout), "24 checks, 0 findings") {
				t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
		if err := running[asked%len(running)].ask(d); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDoctorMachine examines the machine that the tests run on: nothing is wrong with it. What it serves may be a
// note. What other tests do passes, and is not looked at in their namespaces while they run.
func TestDoctorMachine(t *testing.T) {
	if inGuest() {
		t.Skip("TestKernelDoctorHealthy does this in a guest")
	}
	t.Run("here", func(t *testing.T) { healthyMachine(t) })
	t.Run("everywhere", func(t *testing.T) {
		load, err := os.ReadFile("/proc/loadavg")
		var now float64
		if _, bad := fmt.Sscan(string(load), &now); err != nil || bad != nil || now > 1 {
			t.Skipf("the machine is not idle: load %q, %v", load, err)
		}
		healthyMachine(t, "-A")
	})
}

func healthyMachine(t *testing.T, args ...string) {
	t.Helper()
	var found string
	for range 3 {
		cmd := exec.CommandContext(t.Context(), harness.Program(t, "nlstat"), append([]string{"doctor", "--for", "1s", "--jsonl"}, args...)...)
		out, err := cmd.Output()
		found = ""
		for line := range strings.Lines(string(out)) {
			if !strings.HasPrefix(line, `{"id":"exposure","severity":"note"`) {
				found += line
			}
		}
		switch code := cmd.ProcessState.ExitCode(); {
		case code != 0 && code != 1 && code != withoutRights:
			t.Fatalf("exit code %d, %v", code, err)
		case found == "":
			return
		}
		t.Logf("found: %s", found)
	}
	t.Errorf("found three times: %s", found)
}
