package load

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A child is a process that holds sockets until its standard input ends.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	ready *bufio.Reader
}

// childEnv says what a child holds: "KIND FIRST COUNT".
const childEnv = "NLSTAT_LOAD_CHILD"

// spareFDs are descriptors that a child needs for itself.
const spareFDs = 64

// Child turns this process into one that holds sockets, if a Load started it as such. It returns when
// the Load is stopped; main calls it first and ends if it reports true.
func Child() (bool, error) {
	job := os.Getenv(childEnv)
	if job == "" {
		return false, nil
	}
	var kind string
	var first, count int
	if _, err := fmt.Sscan(job, &kind, &first, &count); err != nil {
		return true, fmt.Errorf("%s=%q: %w", childEnv, job, err)
	}
	if err := hold(kind, first, count); err != nil {
		return true, err
	}
	if _, err := fmt.Println("ready"); err != nil { //nolint:forbidigo // the protocol with the parent
		return true, err
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return true, err
}

func hold(kind string, first, count int) error {
	switch kind {
	case "tcp":
		return holdTCP(first, count)
	case "udp":
		return holdUDP(first, count)
	case "unix":
		return holdUnix(first, count)
	case "threads":
		return holdThreads(count)
	default:
		return fmt.Errorf("unknown kind of socket %q", kind)
	}
}

// sockets starts the children that hold sockets: as few as the limit of descriptors allows, but one per
// processor at least, all at the same time.
func (l *Load) sockets(spec *Spec) error {
	limit, err := descriptors()
	if err != nil {
		return err
	}
	for _, part := range []struct {
		kind  string
		count int
	}{{"tcp", spec.TCP}, {"udp", spec.UDP}, {"unix", spec.Unix}} {
		for first := 0; first < part.count; {
			n := min(limit, max(part.count/2, 2)&^1, part.count-first)
			if err := l.spawn(part.kind, first, n); err != nil {
				return err
			}
			first += n
		}
	}
	if spec.Threads > 0 {
		if err := l.spawn("threads", 0, spec.Threads); err != nil {
			return err
		}
	}
	return l.wait()
}

func (l *Load) spawn(kind string, first, count int) error {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{"load-" + kind}
	job := kind + " " + strconv.Itoa(first) + " " + strconv.Itoa(count)
	cmd.Env = append(os.Environ(), childEnv+"="+job, "GOGC=off")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	l.children = append(l.children, &child{cmd: cmd, stdin: stdin, ready: bufio.NewReader(stdout)})
	return nil
}

// wait waits until all children are ready.
func (l *Load) wait() error {
	for _, c := range l.children {
		if c.ready == nil {
			continue
		}
		line, err := c.ready.ReadString('\n')
		if strings.TrimSpace(line) != "ready" {
			return fmt.Errorf("%s did not get ready: %w", c.cmd.Args[0], err)
		}
		c.ready = nil
	}
	return nil
}

func (c *child) stop() {
	if c.stdin != nil {
		_ = c.stdin.Close() // the child ends by it, or by the signal below
	} else {
		_ = c.cmd.Process.Kill() // it may be gone already
	}
	_ = c.cmd.Wait() // killed is what we want
}

// descriptors raises the limit of open files as far as it goes, up to 200,000, and returns what a child
// may use of it. An even number, for pairs.
func descriptors() (int, error) {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return 0, os.NewSyscallError("getrlimit", err)
	}
	const want = 200_000
	raised := unix.Rlimit{Cur: want, Max: max(lim.Max, want)}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &raised); err != nil {
		raised = unix.Rlimit{Cur: min(lim.Max, want), Max: lim.Max}
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &raised); err != nil {
			return 0, os.NewSyscallError("setrlimit", err)
		}
	}
	n := int(raised.Cur) - spareFDs
	if n < 2 {
		return 0, fmt.Errorf("limit of %d open files is too low", raised.Cur)
	}
	return n &^ 1, nil
}
