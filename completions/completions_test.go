package completions

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// hostile are names of links and namespaces that do something where a shell expands them. Links have no room
// for more than 15 bytes, and no blanks, slashes and colons.
var hostile = []string{
	`$(>pwned1)`, "`>pwned2`", `a;>pwned3`, `(>pwned4)`, `$(touch${IFS}p)`, `*`, `~root`, `-I`, `a'b`, `a"b`, `<(>pwned5)`,
	`${x:=y}`, `a|b`, `é&`, `{a,b}`, `=ls`, `#a`, `!!`,
}

// scene makes links and namespaces of the names that are its arguments, and eth0.7 and blue besides.
const scene = `
mount -t tmpfs none /run && mkdir /run/netns && mount -t sysfs none /sys || exit 99
for n; do
	ip link add t0 type veth peer name t1 && ip link set t1 name "x$((i += 1))" || exit 98
	ip link set t0 name "$n" 2>/dev/null || ip link delete t0
	echo >"/run/netns/$n"
done
echo >'/run/netns/a:b:{>pwned6}'; echo >/run/netns/blue
ip link add eth0.7 type veth peer name t1 || exit 97
`

// shells define how each shell is made to complete a line. %LINE% is what was typed.
var shells = []struct{ name, script string }{
	{"bash", `
for f in netstat ss; do . "$SCRIPTS/$f.bash"; done
complete_line() {
	COMP_LINE="$*"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_POINT=${#COMP_LINE}; COMPREPLY=()
	"_nlstat_$1" "$1" "${*: -1}" "${@: -2:1}" 2>/dev/null
	[ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
}
complete_line netstat -I ''; complete_line ss dev ''; complete_line ss -N ''`},
	{"zsh", `
zmodload zsh/zpty
zpty z 'TERM=dumb zsh -f -i'
zpty -w z "fpath=($SCRIPTS \$fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=1000; PS1='REA''DY> '"
zpty -r -m z out '*READY> *'
for line in 'netstat -I ' 'ss dev ' 'ss -N '; do
	zpty -w -n z "$line"$'\t\t\t'
	zpty -w -n z $'\C-uprint DO\'\'NE\n'
	zpty -r -m z out '*DONE*READY> *'
	print -r -- ${out//[^a-zA-Z0-9._:-]/$'\n'}
done`},
	{"fish", `
source $SCRIPTS/netstat.fish; source $SCRIPTS/ss.fish
for line in 'netstat -I ' 'ss dev ' 'ss -N '
	complete -C$line | string split -f1 \t
end`},
}

// TestNames checks that shells offer harmless names, and run none of the others.
func TestNames(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: for links with such names in a network namespace")
	}
	scripts, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range shells {
		t.Run(shell.name, func(t *testing.T) {
			path, err := exec.LookPath(shell.name)
			if err != nil {
				t.Skipf("not here: %v", err)
			}
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), "unshare", append([]string{
				"-nm", "--propagation", "private", "sh", "-c", scene + `exec "$SHELL_PATH" -c "$SHELL_SCRIPT"`, "sh",
			}, hostile...)...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(),
				"SCRIPTS="+scripts, "SHELL_PATH="+path, "SHELL_SCRIPT="+shell.script, "HOME="+dir, "XDG_CONFIG_HOME="+dir)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Skipf("not here: %v: %s", err, out)
			}
			words := strings.Fields(string(out))
			for _, want := range []string{"lo", "eth0.7", "blue"} {
				if !slices.Contains(words, want) {
					t.Errorf("%s is not offered: %q", want, words)
				}
			}
			for _, name := range hostile {
				if shell.name != "zsh" && slices.Contains(words, name) { // whose line is shown too
					t.Errorf("%s is offered", name)
				}
			}
			made, err := filepath.Glob(filepath.Join(dir, "p*"))
			if err != nil || len(made) > 0 {
				t.Errorf("names were run: %q, %v", made, err)
			}
		})
	}
}
