package owner

import (
	"fmt"
	"os"
)

// Method is a way to find the owners. Both see the same sockets, but not under the same conditions.
type Method uint8

// The ways to find the owners.
const (
	// Auto takes the value of the environment variable NLSTAT_OWNER ("bpf" or "proc") if it is set, else
	// whichever is faster here and allowed.
	Auto Method = iota
	// BPF runs a task_file iterator in the kernel: since Linux 5.8, with BTF, CAP_BPF and CAP_PERFMON (or
	// CAP_SYS_ADMIN) in the initial user namespace. It sees the tables of all processes of the caller's
	// pid namespace, whatever their user, and hidepid does not apply.
	BPF
	// Proc walks /proc/PID/fd. Processes of other users need CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.
	Proc
)

// Environment is the variable that decides what Auto means.
const Environment = "NLSTAT_OWNER"

// String returns the name that ParseMethod understands.
func (m Method) String() string {
	switch m {
	case BPF:
		return "bpf"
	case Proc:
		return "proc"
	default:
		return "auto"
	}
}

// ParseMethod is the inverse of String.
func ParseMethod(s string) (Method, error) {
	for _, m := range []Method{Auto, BPF, Proc} {
		if s == m.String() {
			return m, nil
		}
	}
	return Auto, fmt.Errorf("unknown method %q to find socket owners: want auto, bpf or proc", s)
}

// resolve asks the environment what Auto means.
func (m Method) resolve() (Method, error) {
	s, ok := os.LookupEnv(Environment)
	if m != Auto || !ok || s == "" {
		return m, nil
	}
	m, err := ParseMethod(s)
	if err != nil {
		return m, fmt.Errorf("%s: %w", Environment, err)
	}
	return m, nil
}
