package transcript

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func sorted(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// environment is what a case of a set runs with, its input being unpacked into a folder. netstat's
// reference has no variables: the directory is mounted over its /proc. Ours disables its deliberate
// differences.
func (s *Set) environment(dir string, own []string) []string {
	env := []string{"NETSTAT_STRICT=1"}
	if s.Program == "ss" {
		env = append(env, "PROC_ROOT="+filepath.Join(dir, "proc"))
		if _, err := os.Stat(filepath.Join(dir, "dump")); err == nil {
			env = append(env, "TCPDIAG_FILE="+filepath.Join(dir, "dump"))
		}
	}
	for _, v := range own {
		env = append(env, strings.ReplaceAll(v, "$DIR", dir))
	}
	return env
}

// Ask runs a reference over an unpacked input. netstat needs a user namespace for that, or root.
func (s *Set) Ask(reference, dir, line string) (Answer, error) {
	own, args := Words(strings.ReplaceAll(line, "$DIR", dir))
	cmd := exec.Command(reference, args...)
	if s.Program == "netstat" {
		const show = `mount --make-private /proc && mount --bind "$0" /proc && exec "$@"`
		cmd = exec.Command("sh", append([]string{"-c", show, filepath.Join(dir, "proc"), reference}, args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET}
		if os.Geteuid() != 0 {
			cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		}
	}
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}, s.environment(dir, own)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return Answer{}, err
	}
	return answer(dir, stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()), nil
}

// answer writes $DIR for the folder, which is another every time.
func answer(dir, stdout, stderr string, code int) Answer {
	return Answer{strings.ReplaceAll(stdout, dir, "$DIR"), strings.ReplaceAll(stderr, dir, "$DIR"), code}
}
