//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// A completionShell is a shell and the script that prints its completions.
type completionShell struct{ name, script string }

// complete returns the shell's completions of the last word of a line.
func (s *completionShell) complete(t *testing.T, ns *harness.NS, line, home string) harness.Result {
	t.Helper()
	return ns.Exec(&harness.Command{
		Path: "/bin/sh",
		Args: []string{
			"-c", `cd "$HOME" && exec "$0" -c "$1"`, harness.Tool(t, s.name), strings.ReplaceAll(s.script, "%TYPED%", line),
		},
		Env: []string{
			"PATH=" + filepath.Dir(harness.Program(t, "nlstat")) + ":" + os.Getenv("PATH"),
			"HOME=" + home, "XDG_CONFIG_HOME=" + home, "NLSTAT_CONFIG=",
		},
		Limit: attackTime,
	})
}

// completionShells complete a line with nlstat's own scripts. %TYPED% is replaced by the line.
var completionShells = []completionShell{
	{"bash", `
. <(nlstat completion bash) || exit 90
_get_comp_words_by_ref() { cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=("${COMP_WORDS[@]}") cword=$COMP_CWORD; }
_init_completion() { _get_comp_words_by_ref; }
__ltrim_colon_completions() { :; }
compopt() { :; }
COMP_LINE="nlstat %TYPED%"; read -ra COMP_WORDS <<<"$COMP_LINE"; [[ $COMP_LINE != *' ' ]] || COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; __start_nlstat nlstat; printf '%s\n' "${COMPREPLY[@]}"`},
	{"zsh", `
zmodload zsh/zpty
zpty z 'TERM=dumb zsh -f -i'
zpty -w z "autoload -Uz compinit; compinit -u -D; source <(nlstat completion zsh); LISTMAX=1000; PS1='REA''DY> '"
zpty -r -m z out '*READY> *'
zpty -w -n z 'nlstat %TYPED%'$'\t\t\t'
zpty -w -n z $'\C-uprint DO\'\'NE\n'
zpty -r -m z out '*DONE*READY> *'
print -r -- ${out//[^a-zA-Z0-9._:=-]/$'\n'}`},
	{"fish", `
nlstat completion fish | source
complete -C'nlstat %TYPED%' | string split -f1 \t`},
}

// TestAttackCompletion completes words among processes, links and namespaces of names that a shell would run,
// and behind words that are such names: nothing is run, and none of them is offered.
func TestAttackCompletion(t *testing.T) {
	ns := harness.New(t)
	dir := t.TempDir()
	for i, name := range []string{
		"$(>pwned1)", "`>pwned2`", "a;>pwned3", "(>pwned4)", "*", "~root", "-rf", "a'b", `a"b`, "<(>pwned5)", "a|b", "{a,b}", "=ls", "#a", "!!",
		"harmless",
	} {
		text, err := os.ReadFile(harness.Tool(t, "sleep"))
		program := filepath.Join(dir, name)
		if err := errors.Join(err, os.WriteFile(program, text, 0o755)); err != nil {
			t.Fatal(err)
		}
		holder := ns.UDP(fmt.Sprintf("127.0.0.1:%d", 7000+i))
		file := os.NewFile(uintptr(holder.FD), "socket")
		holder.FD = -1
		cmd := exec.CommandContext(t.Context(), program, "600")
		cmd.ExtraFiles = []*os.File{file}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = file.Close()                                            // the process has its own
		t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() }) // killed
	}
	namedToRun(t, ns)
	for _, shell := range completionShells {
		t.Run(shell.name, func(t *testing.T) {
			for line, want := range map[string]string{
				"process=": "harmless", "iface=": "", "links -N ": "", "dev ": "", "netns=": "", "unit=": "", "top -N ": "", "links -": "--json", "-c pro": "proto", "-N ": "", "kill -k t": "tcp", "explain process=ha": "harmless",
				`\$\(touch\ pwned6\) process=ha`: "", "a\\;b -c pro": "", `\*\ \(x\) -c pro`: "",
			} {
				home := t.TempDir()
				r := shell.complete(t, ns.With(t), line, home)
				offered := strings.Fields(string(r.Stdout))
				if want != "" && !strings.Contains(string(r.Stdout), want) {
					t.Errorf("%q: %q is not offered: %q, %s", line, want, offered, r.Stderr)
				}
				if strings.Contains(string(r.Stdout), "pwned1") || strings.Contains(string(r.Stdout), "`>pwned2`") ||
					strings.Contains(string(r.Stdout), "$(>pwned7)") {
					t.Errorf("%q: a name is offered: %q", line, offered)
				}
				if made, err := filepath.Glob(home + "/*pwned*"); err != nil || len(made) > 0 {
					t.Errorf("%q: names were run: %q, %v", line, made, err)
				}
			}
		})
	}
}

// namedToRun gives links and namespaces names that a shell would run, with ten ways to do so.
func namedToRun(t *testing.T, ns *harness.NS) {
	t.Helper()
	for i, name := range []string{
		"$(>pwned7)", "`>pwned7`", "a;>pwned7", "<(>pwned7)", "a|>pwned7", "a&>pwned7", "*", "~root", "{a,b}", "!!", "'$(>pwned7)", "\"`>pwned7`",
	} {
		ns.Veth(name, "", ns.NS, fmt.Sprint("p", i), "")
		path := filepath.Join("/run/netns", name)
		err := errors.Join(os.MkdirAll("/run/netns", 0o755), os.WriteFile(path, nil, 0o600))
		ns.Do(func() { err = errors.Join(err, unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, "")) })
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		t.Cleanup(func() { _, _ = unix.Unmount(path, unix.MNT_DETACH), os.Remove(path) }) // as it was
	}
}
