package load

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/vishvananda/netlink"
)

// A Spec says how much of each kind Start makes. The zero value makes nothing.
type Spec struct {
	TCP       int // established IPv4 sockets over loopback: half of them clients, half servers
	UDP       int // bound IPv4 sockets
	Unix      int // stream sockets in pairs, every tenth pair with a name
	Routes    int // IPv4 host routes
	Conntrack int // UDP flows
	NetNS     int // processes in namespaces of their own
	Processes int // processes with five UDP sockets each
	Threads   int // of one process, which listens
	Links     int // veth pairs: an even number
}

// Flags declares one flag for each kind.
func (s *Spec) Flags(f *flag.FlagSet) {
	f.IntVar(&s.TCP, "tcp", 0, "TCP sockets")
	f.IntVar(&s.UDP, "udp", 0, "UDP sockets")
	f.IntVar(&s.Unix, "unix", 0, "unix sockets")
	f.IntVar(&s.Routes, "routes", 0, "IPv4 routes")
	f.IntVar(&s.Conntrack, "conntrack", 0, "conntrack entries")
	f.IntVar(&s.NetNS, "netns", 0, "network namespaces, a process in each")
	f.IntVar(&s.Processes, "processes", 0, "processes with five sockets each")
	f.IntVar(&s.Threads, "threads", 0, "threads of one process, which listens")
	f.IntVar(&s.Links, "links", 0, "links")
}

// insideEnv marks a process that Reexec started.
const insideEnv = "NLSTAT_LOAD_INSIDE"

// Reexec runs this program again in a network namespace of its own and returns its exit code. In the
// program that it started it returns inside = true at once, with loopback up.
func Reexec() (inside bool, code int, err error) {
	if os.Getenv(insideEnv) != "" {
		lo, err := netlink.LinkByName("lo")
		if err != nil {
			return true, 0, fmt.Errorf("find loopback: %w", err)
		}
		return true, 0, netlink.LinkSetUp(lo)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = os.Args
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return false, exit.ExitCode(), nil
	}
	return false, 0, err
}

// A Load is what Start made.
type Load struct{ children []*child }

// Start makes what spec says in the namespace of this process. On an error nothing stays.
//
// Children are this program started again: its main must call Child first, or they would start children
// of their own.
func Start(spec *Spec) (*Load, error) {
	if os.Getenv(childEnv) != "" {
		return nil, errors.New("a child of a load starts a load: its main does not call load.Child")
	}
	l := &Load{}
	if err := l.start(spec); err != nil {
		l.Stop()
		return nil, err
	}
	return l, nil
}

func (l *Load) start(spec *Spec) error {
	if err := l.sockets(spec); err != nil {
		return err
	}
	if err := l.processes(spec); err != nil {
		return err
	}
	if err := addLinks(spec.Links); err != nil {
		return fmt.Errorf("add links: %w", err)
	}
	if err := addRoutes(spec.Routes); err != nil {
		return fmt.Errorf("add routes: %w", err)
	}
	if err := addConntrack(spec.Conntrack); err != nil {
		return fmt.Errorf("add conntrack entries: %w", err)
	}
	return nil
}

// Stop ends the child processes. Routes and flows go with the namespace.
func (l *Load) Stop() {
	for _, c := range l.children {
		c.stop()
	}
	l.children = nil
}
