package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
)

// A breakout is what a mistake in a decoder would be used for. wants are the classes of commands that it is
// possible in: of tight ones, those that look at other processes, and those that record.
type breakout struct {
	name  string
	try   func(dir string) error
	wants string
}

func openAs(name string, flags int) func(string) error {
	return func(dir string) error {
		fd, err := unix.Open(filepath.Join(dir, name), flags|unix.O_CLOEXEC, 0o600)
		if err == nil {
			err = unix.Close(fd)
		}
		return err
	}
}

var breakouts = [...]breakout{
	{"read a file", openAs("file", unix.O_RDONLY), "processes"},
	{"write to a file", openAs("file", unix.O_WRONLY), ""},
	{"append to a file", openAs("file", unix.O_WRONLY|unix.O_APPEND), ""},
	{"empty a file", openAs("file", unix.O_RDONLY|unix.O_TRUNC), ""},
	{"make a file", openAs("new", unix.O_RDWR|unix.O_CREAT), ""},
	{"make a folder", func(dir string) error { return unix.Mkdir(dir+"/folder", 0o700) }, ""},
	{"make a link", func(dir string) error { return unix.Symlink("/etc/shadow", dir+"/link") }, ""},
	{"make a device", func(dir string) error { return unix.Mknod(dir+"/device", unix.S_IFCHR|0o600, 0x103) }, ""},
	{"change an owner", func(dir string) error { return unix.Chown(dir+"/file", 0, 0) }, ""},
	{"change a mode", func(dir string) error { return unix.Chmod(dir+"/file", 0o4755) }, ""},
	{"mount", func(dir string) error { return unix.Mount("none", dir, "tmpfs", 0, "") }, ""},
	{"start a program", func(string) error { return exec.Command("/bin/true").Run() }, ""},
	{"trace", func(string) error { return unix.PtraceAttach(os.Getppid()) }, ""},
	{"rename a file", func(dir string) error { return unix.Rename(dir+"/file", dir+"/file") }, "recording"},
	{"remove a file", func(dir string) error { return unix.Unlink(dir + "/spare") }, "recording"},
}

// confinedProgram is nlstat which, once it is confined, tries to break out. It tells its parent what worked.
func confinedProgram() {
	dir := os.Getenv("CONFINED_DIR")
	told := os.NewFile(3, "told")
	code := Main(Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Drop: rights.Drop,
		Confine: func(c *rights.Confinement) error {
			if err := rights.Confine(c); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(told, "confined") // the parent misses it
			for i := range breakouts {
				if breakouts[i].try(dir) == nil {
					_, _ = fmt.Fprintln(told, breakouts[i].name)
				}
			}
			return nil
		},
	})
	os.Exit(code)
}

// confinedCommands are the classes of commands.
var confinedCommands = map[string][]string{
	"tight": {
		"--replay ZOO -a", "--replay ZOO -a --json", "listen --replay ZOO", "summary --replay ZOO", "-g process --replay ZOO",
		"diff ZOO ZOO", "explain rtt>50ms", "fields", "fields --schema", "links", "links --rate 1ms", "routes", "routes -a --json",
		"addresses", "neighbors", "groups", "stats", "stats --rate 1ms", "links --replay LINKS", "links --watch=10ms --times 2",
		"events links --for 10ms", "events routes --for 10ms --jsonl",
	},
	"processes": {
		"", "-a --json", "listen", "summary", "-g user", "wait -q tcp or udp or unix", "kill sport=1 and sport=2", "-N self",
		"-N self links", "diff ZOO", "--watch=10ms --times 2 --jsonl", "doctor --for 100ms", "why 127.0.0.1:1", "show sport=1",
		"-A events links --for 10ms",
	},
	"recording":           {"links --record DIR/new.nls", "routes --record DIR/new.nls", "stats --record DIR/new.nls"},
	"processes recording": {"record DIR/new.nls", "--record DIR/new.nls", "-A links --record DIR/new.nls"},
}

// TestConfinedCommands runs commands of each class that try to break out after their files are open.
func TestConfinedCommands(t *testing.T) {
	program := filepath.Join(t.TempDir(), "nlstat-confined")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	landlocked := hasLandlock()
	if !landlocked {
		t.Log("this kernel has no Landlock: files can be read")
	}
	for class, lines := range confinedCommands {
		for _, line := range lines {
			t.Run(class+" "+line, func(t *testing.T) {
				dir := t.TempDir()
				err := errors.Join(os.WriteFile(dir+"/file", nil, 0o600), os.WriteFile(dir+"/spare", nil, 0o600))
				if err != nil {
					t.Fatal(err)
				}
				words := strings.NewReplacer("DIR", dir, "ZOO", wd+"/testdata/zoo.nls", "LINKS", wd+"/testdata/tables/links.nls")
				got := runConfined(t, program, dir, strings.Fields(words.Replace(line)))
				for _, b := range breakouts {
					want := b.wants != "" && strings.Contains(class, b.wants)
					if b.name == "read a file" && !landlocked {
						continue
					}
					if got[b.name] != want {
						t.Errorf("it can %s: %t, want %t", b.name, got[b.name], want)
					}
				}
			})
		}
	}
}

// runConfined runs a command and returns what it said that it could do.
func runConfined(t *testing.T, program, dir string, args []string) map[string]bool {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = read.Close() }() // nothing is lost
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "CONFINED_DIR="+dir, "NLSTAT_CONFIG=")
	cmd.ExtraFiles = []*os.File{write}
	out, err := cmd.CombinedOutput()
	_ = write.Close()                                                                                     // the command had its own
	if code := cmd.ProcessState.ExitCode(); code != exitOK && code != exitRights && code != exitNothing { // of doctor
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
	var told bytes.Buffer
	if _, err := told.ReadFrom(read); err != nil {
		t.Fatal(err)
	}
	can := map[string]bool{}
	for line := range strings.Lines(told.String()) {
		can[strings.TrimSpace(line)] = true
	}
	if !can["confined"] {
		t.Error("it was not confined")
	}
	return can
}

func hasLandlock() bool {
	_, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	return errno == 0
}
