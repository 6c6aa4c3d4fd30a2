package harness

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// commandLimit is the timeout of any command.
const commandLimit = 2 * time.Minute

// A Result is the result of a command.
type Result struct {
	Stdout, Stderr []byte
	Code           int // exit code, -1 if a signal ended it
}

// A Command is run inside a namespace.
type Command struct {
	Path  string   // of the program
	Name  string   // argv[0], empty = last element of Path
	Args  []string // without argv[0]
	Env   []string // KEY=value, added to the test's own
	Stdin []byte
	Boxes []Sandbox // restrictions of the command
	UID   int       // user to run as, and group of the same number; 0 = as the test
	Proc  string    // folder to show as /proc, in a mount namespace of the command's own
	// Ambient are capabilities that the user has besides, as a service manager gives them.
	Ambient []uintptr
	Limit   time.Duration // its timeout, 0 = two minutes

	// Terminal is the width of a terminal to write to, 0 = two pipes. Stdout then has both outputs.
	Terminal int
}

func joinBoxes(boxes []Sandbox) string {
	names := make([]string, len(boxes))
	for i, b := range boxes {
		names[i] = string(b)
	}
	return strings.Join(names, ",")
}

// Run runs one of our programs ("ss", "netstat", "nlstat") or, if name has a slash or is none of
// those, any other, inside the namespace. A non-zero exit is a result, not a failure.
func (ns *NS) Run(name string, args ...string) Result {
	ns.t.Helper()
	return ns.Exec(&Command{Path: ns.program(name), Name: filepath.Base(name), Args: args})
}

// Exec runs a command inside the namespace, with the C locale and no terminal, so that both programs
// of a comparison see the same.
func (ns *NS) Exec(c *Command) Result {
	ns.t.Helper()
	if c.UID != 0 || slices.Contains(c.Boxes, NoRights) {
		NeedsUsers(ns.t)
	}
	limit := cmp.Or(c.Limit, commandLimit)
	ctx, cancel := context.WithTimeout(ns.t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Path)
	name := c.Name
	if name == "" {
		name = filepath.Base(c.Path)
	}
	cmd.Args = append([]string{name}, c.Args...)
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), c.Env...)
	if len(c.Boxes) > 0 {
		// The test binary restricts itself and executes the command.
		cmd.Path = "/proc/self/exe"
		cmd.Args = append([]string{"sandbox", c.Path}, cmd.Args...)
		cmd.Env = append(cmd.Env, sandboxEnv+"="+joinBoxes(c.Boxes))
	}
	cmd.Stdin = bytes.NewReader(c.Stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if c.UID != 0 {
		id := uint32(c.UID)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: id, Gid: id}, AmbientCaps: c.Ambient,
		}
	}
	var err error
	var screen func() []byte
	if c.Terminal != 0 {
		if screen, err = attach(cmd, c.Terminal); err != nil {
			ns.t.Fatalf("open a terminal: %v", err)
		}
	}
	ns.Do(func() {
		if err = showProc(c.Proc); err == nil {
			err = cmd.Run()
		}
	})
	if screen != nil {
		stdout.Write(screen())
	}
	if len(c.Boxes) > 0 && cmd.Process != nil {
		removeGroup(cmd.Process.Pid)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		// Its output must not be compared.
		ns.t.Fatalf("%s %q took more than %v", c.Path, c.Args, limit)
	}
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		ns.t.Fatalf("run %s: %v", c.Path, err)
	}
	return Result{Stdout: stdout.Bytes(), Stderr: stderr.Bytes(), Code: cmd.ProcessState.ExitCode()}
}

// showProc puts a folder in the place of /proc, for the calling thread and the commands it starts.
func showProc(folder string) error {
	if folder == "" {
		return nil
	}
	runtime.LockOSThread() // never unlocked: the thread ends with the command
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	// The root need not be a mount: it is none in a plain chroot.
	if err := unix.Mount("", "/proc", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return unix.Mount(folder, "/proc", "", unix.MS_BIND, "")
}
