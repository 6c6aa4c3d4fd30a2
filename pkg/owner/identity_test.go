//go:build linux

package owner_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nlstat/nlstat/pkg/owner"
)

// statOf returns the stat file of a process with this name and start time in ticks.
func statOf(comm string, start uint64) string {
	return fmt.Sprintf("7 (%s) S %s%d 0 0\n", comm, strings.Repeat("1 ", 18), start)
}

const never = 1 << 60 // ticks: later than any scan

// TestReused reuses a process id between the scan and the read of its name.
func TestReused(t *testing.T) {
	const link = "fd/3"
	for _, tt := range []struct {
		name, now string // stat at the second read
		link      string // file of the descriptor at the second read, "" if it is closed
		want      string
	}{
		{"since before the scan, closed", statOf("server", 0), "", "server"},
		{"since before the scan", statOf("server", 0), "socket:[100]", "server"},
		{"young, still holds it", statOf("server", never), "socket:[100]", "server"},
		{"reused", statOf("other", never), "", ""},
		{"reused, with another socket", statOf("other", never), "socket:[101]", ""},
		{"reused, with a file", statOf("other", never), "/dev/null", ""},
		{"a name like a stat", statOf("x) S 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0 (", never), "", ""},
		{"no stat", "", "", ""},
	} {
		root := tree{"7/" + link: "-> socket:[100]", "7/cmdline": "/bin/server\x00", "7/cgroup": "0::/a.service", "7/status": "Uid:\t1\t1\t1\t1\n"}.make(t)
		x, err := owner.Scan(t.Context(), &owner.Config{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		forge(t, root, "7/stat", tt.now)
		if err := os.Remove(filepath.Join(root, "7", link)); err != nil {
			t.Fatal(err)
		}
		if tt.link != "" {
			if err := os.Symlink(tt.link, filepath.Join(root, "7", link)); err != nil {
				t.Fatal(err)
			}
		}
		p := x.Process(7)
		_, uid := p.UID()
		group := p.Cgroup().Unit != ""
		if got := string(p.Comm()); got != tt.want {
			t.Errorf("%s: Comm = %q, want %q", tt.name, got, tt.want)
		}
		if known := tt.want != ""; uid != known || group != known || (len(p.Cmdline()) > 0) != known {
			t.Errorf("%s: user %v, group %v, arguments %q", tt.name, uid, group, p.Cmdline())
		}
	}
}

// TestReusedBetween reuses a process id between two reads.
func TestReusedBetween(t *testing.T) {
	root := tree{"7/fd/3": "-> socket:[100]", "7/stat": statOf("server", 5), "7/cmdline": "/bin/server\x00"}.make(t)
	x, err := owner.Scan(t.Context(), &owner.Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(x.Process(7).Comm()); got != "server" {
		t.Fatalf("Comm = %q", got)
	}
	forge(t, root, "7/stat", statOf("other", 6))
	if got := x.Process(7).Cmdline(); len(got) > 0 {
		t.Errorf("Cmdline = %q, of another process", got)
	}
}

// TestYoung has a process that started during the scan and has closed all sockets but its first.
func TestYoung(t *testing.T) {
	tr := tree{"7/fd/3": "-> socket:[100]"}
	for fd := range 50 {
		tr[fmt.Sprintf("7/fd/%d", 10+fd)] = fmt.Sprintf("-> socket:[%d]", 101+fd)
	}
	root := tr.make(t)
	x, err := owner.Scan(t.Context(), &owner.Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	for fd := range 50 {
		if err := os.Remove(filepath.Join(root, fmt.Sprintf("7/fd/%d", 10+fd))); err != nil {
			t.Fatal(err)
		}
	}
	forge(t, root, "7/stat", statOf("server", never))
	if got := string(x.Process(7).Comm()); got != "server" {
		t.Errorf("Comm = %q, want server", got)
	}
}

func forge(t *testing.T, root, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestOwnStart compares the times of the scan and of this process, which started before.
func TestOwnStart(t *testing.T) {
	x, err := owner.Scan(t.Context(), &owner.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := x.Process(int32(os.Getpid()))
	if got, want := string(p.Program()), filepath.Base(os.Args[0]); got != want {
		t.Errorf("Program = %q, want %q", got, want)
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name, comm, cmdline string
		program, want       string
		called, not         []string
	}{
		{"short", "nginx", "/usr/sbin/nginx\x00-g\x00", "nginx", "nginx", []string{"nginx"}, []string{"", "/usr/sbin/nginx", "ngin"}},
		{"title", "nginx", "nginx: worker process\x00", "nginx: worker process", "nginx", []string{"nginx"}, []string{"nginx: worker process"}},
		{
			"long", "systemd-resolve", "/usr/lib/systemd/systemd-resolved\x00", "systemd-resolved", "systemd-resolved",
			[]string{"systemd-resolve", "systemd-resolved"},
			[]string{"systemd-resolver", "systemd"},
		},
		{"long without folder", "systemd-resolve", "systemd-resolved\x00", "systemd-resolved", "systemd-resolved", []string{"systemd-resolved"}, nil},
		{"long without end", "systemd-resolve", "./systemd-resolved", "systemd-resolved", "systemd-resolved", nil, nil},
		{"whole with 15", "exactly-fifteen", "/bin/exactly-fifteen\x00", "exactly-fifteen", "exactly-fifteen", []string{"exactly-fifteen"}, nil},
		{"long, says otherwise", "systemd-resolve", "/bin/sh\x00", "sh", "systemd-resolve", []string{"systemd-resolve"}, []string{"sh", "systemd-resolved"}},
		{"pretends", "bash", "systemd-resolved\x00", "systemd-resolved", "bash", []string{"bash"}, []string{"systemd-resolved"}},
		{"endless", "systemd-resolve", "systemd-resolved" + strings.Repeat("x", 300) + "\x00", "", "systemd-resolve", nil, nil},
		{"kernel thread", "kworker/0:1", "", "", "kworker/0:1", []string{"kworker/0:1"}, nil},
		{"folder", "x", "/bin/\x00", "", "x", nil, []string{""}},
	} {
		root := tree{"7/stat": statOf(tt.comm, 0), "7/cmdline": tt.cmdline}.make(t)
		x, err := owner.Scan(t.Context(), &owner.Config{Root: root})
		if err != nil {
			t.Fatal(err)
		}
		p := x.Process(7)
		if got := string(p.Program()); got != tt.program {
			t.Errorf("%s: Program = %q, want %q", tt.name, got, tt.program)
		}
		if got := string(p.Name()); got != tt.want {
			t.Errorf("%s: Name = %q, want %q", tt.name, got, tt.want)
		}
		for _, name := range tt.called {
			if !p.Called(name) {
				t.Errorf("%s: is not called %q", tt.name, name)
			}
		}
		for _, name := range tt.not {
			if p.Called(name) {
				t.Errorf("%s: is called %q", tt.name, name)
			}
		}
	}
}
