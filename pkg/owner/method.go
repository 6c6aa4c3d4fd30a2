package owner

import (
	"fmt"
	"os"
)

// Method is a way to find the owners. Both find the same sockets, but need different rights.
type Method uint8

// The ways to find the owners.
const (
	// MethodAuto takes the value of the environment variable NLSTAT_OWNER ("bpf" or "proc") if it is set, else
	// the faster one that is permitted.
	MethodAuto Method = iota
	// MethodBPF runs a task_file iterator in the kernel: since Linux 5.8, with BTF, CAP_BPF and CAP_PERFMON
	// (or CAP_SYS_ADMIN) in the initial user namespace. It reads the tables of all processes of the caller's
	// pid namespace, of all users, and hidepid does not apply.
	MethodBPF
	// MethodProc walks /proc/PID/fd. Processes of other users need CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
	MethodProc
)

// Environment is the environment variable that sets the method for MethodAuto.
const Environment = "NLSTAT_OWNER"

// String returns the name that ParseMethod accepts.
func (m Method) String() string {
	switch m {
	case MethodBPF:
		return "bpf"
	case MethodProc:
		return "proc"
	default:
		return "auto"
	}
}

// MarshalText returns what String does.
func (m Method) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// ParseMethod is the inverse of String.
func ParseMethod(s string) (Method, error) {
	for _, m := range []Method{MethodAuto, MethodBPF, MethodProc} {
		if s == m.String() {
			return m, nil
		}
	}
	return MethodAuto, fmt.Errorf("unknown method %q to find socket owners: want auto, bpf or proc", s)
}

// resolve replaces MethodAuto by the method of the environment, if it is set.
func (m Method) resolve() (Method, error) {
	s, ok := os.LookupEnv(Environment)
	if m != MethodAuto || !ok || s == "" {
		return m, nil
	}
	m, err := ParseMethod(s)
	if err != nil {
		return m, fmt.Errorf("%s: %w", Environment, err)
	}
	return m, nil
}
