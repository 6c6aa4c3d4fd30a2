package term

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// A command is the command line of the pager.
type command struct {
	words    []string // nil = no pager
	env      []string
	elevated bool
}

// pagerCommand chooses the program: NLSTAT_PAGER, PAGER or less. No shell is involved. Empty or cat means
// none. less never offers its commands that run programs or write files (LESSSECURE). If this process has
// more rights than its caller, the program is the system's less, and of the caller's environment it only gets
// terminal and language.
func pagerCommand(environ []string, elevated bool) command {
	line, ok := lookup(environ, "NLSTAT_PAGER")
	if !ok {
		line, ok = lookup(environ, "PAGER")
	}
	if !ok {
		line = "less"
	}
	c := command{words: strings.Fields(line), elevated: elevated}
	if len(c.words) == 0 || c.words[0] == "cat" {
		return command{}
	}
	if elevated {
		c.words, c.env = []string{systemLess()}, secureEnviron(environ)
		if c.words[0] == "" {
			return command{}
		}
	} else {
		c.env = plainEnviron(environ)
	}
	options, _ := lookup(c.env, "LESS")
	if filepath.Base(c.words[0]) == "less" && len(c.words) == 1 && options == "" {
		c.words = append(c.words, "-FRSX") // quit if it fits, colors, no wrapping, do not clear the screen
	}
	return c
}

// systemFolders are folders that only root can write to. PATH is ignored.
var systemFolders = [...]string{"/usr/bin", "/bin", "/usr/local/bin"}

// systemLess returns the path of less, "" if there is none.
func systemLess() string {
	for _, dir := range systemFolders {
		path := filepath.Join(dir, "less")
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// plainEnviron adds LESSSECURE, and removes variables that weaken it.
func plainEnviron(environ []string) []string {
	env := []string{"LESSSECURE=1"}
	for _, entry := range environ {
		if !strings.HasPrefix(entry, "LESSSECURE") {
			env = append(env, entry)
		}
	}
	return env
}

// secureEnviron is the environment of a program with more rights than the caller.
func secureEnviron(environ []string) []string {
	env := []string{"LESSSECURE=1", "LESSHISTFILE=-", "PATH=" + strings.Join(systemFolders[:], ":")}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case name == "TERM", name == "LANG", name == "LINES", name == "COLUMNS", strings.HasPrefix(name, "LC_"):
			if !strings.Contains(value, "/") { // no path to a file of the caller's
				env = append(env, entry)
			}
		}
	}
	return env
}

func lookup(environ []string, name string) (value string, ok bool) {
	for _, entry := range environ {
		if v, found := strings.CutPrefix(entry, name+"="); found {
			value, ok = v, true // the last one is used, as in os.Getenv
		}
	}
	return value, ok
}

// build returns the process. It runs as the caller, even if this one is set-user-ID.
func (c *command) build(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.words[0], c.words[1:]...)
	cmd.Env = c.env
	if c.elevated && (os.Geteuid() != os.Getuid() || os.Getegid() != os.Getgid()) {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{
			Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid()), NoSetGroups: true,
		}}
	}
	return cmd
}
