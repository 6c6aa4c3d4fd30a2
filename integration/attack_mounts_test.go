//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// mountTricks are mounts of a user over names of network namespaces, in the user's own namespaces, as shell
// scripts: $N is the user's directory of names.
var mountTricks = []struct{ name, script string }{
	{"a namespace under the name of another", `touch $N/blue; mount --bind /proc/self/ns/net $N/blue`},
	{"a namespace called self", `touch $N/self; mount --bind /proc/self/ns/net $N/self`},
	{"a number for a name", `touch $N/1; mount --bind /proc/self/ns/net $N/1`},
	{"a FIFO over a namespace", `touch $N/a; mount --bind /proc/self/ns/net $N/a; mkfifo $N/f; mount --bind $N/f $N/a`},
	{"a plain file over a namespace", `touch $N/a $N/f; mount --bind /proc/self/ns/net $N/a; mount --bind $N/f $N/a`},
	{"a device over a namespace", `touch $N/a; mount --bind /proc/self/ns/net $N/a; mount --bind /dev/zero $N/a`},
	{"a terminal over a namespace", `touch $N/a; mount --bind /proc/self/ns/net $N/a; mount --bind /dev/tty $N/a`},
	{"another type of namespace", `touch $N/a; mount --bind /proc/self/ns/uts $N/a`},
	{"a user namespace over one", `touch $N/a; mount --bind /proc/self/ns/net $N/a; mount --bind /proc/self/ns/user $N/a`},
	{"a folder over the names", `touch $N/a; mount --bind /proc/self/ns/net $N/a; mount -t tmpfs none $N`},
	{"a link in place of the folder", `mkdir $N/d $N/e; touch $N/d/a; mount --bind /proc/self/ns/net $N/d/a; mv $N/d $N/x; ln -s /dev $N/d`},
	{"a name that is gone", `touch $N/a; mount --bind /proc/self/ns/net $N/a; unshare -m sh -c "umount $N/a; rm $N/a"`},
	{"a name that a terminal obeys", `n="$N/$(printf '\033[31m\nx\342\200\256')"; touch "$n"; mount --bind /proc/self/ns/net "$n"`},
	{"a mount table with forged lines", `n="$N/$(printf 'a 1:4 net:[1] - nsfs nsfs rw\n9 9 0:4 net:[4026531840] x')"; touch "$n"; mount --bind /proc/self/ns/net "$n"`},
	{"hundreds of mounts", `i=0; touch $N/a; while [ $i -lt 400 ]; do mount --bind /proc/self/ns/net $N/a; i=$((i + 1)); done`},
	{"a long path", `d=$N; i=0; while [ $i -lt 12 ]; do d=$d/$(printf '%0200d' $i); i=$((i + 1)); done; mkdir -p $d; touch $d/a; mount --bind /proc/self/ns/net $d/a`},
	{"a socket in place of a name", `touch $N/a; mount --bind /proc/self/ns/net $N/a; mount --bind /proc/self/fd $N`},
	{"one namespace over another", `touch $N/a; mount --bind /proc/self/ns/net $N/a; unshare -n mount --bind /proc/self/ns/net $N/a`},
	{"a loop of links in place of the folder", `mkdir $N/d; touch $N/d/a; mount --bind /proc/self/ns/net $N/d/a; mv $N/d $N/x; ln -s e $N/d; ln -s d $N/e`},
	{"a chain of links to another's process", `mkdir $N/d; touch $N/d/a; mount --bind /proc/self/ns/net $N/d/a; mv $N/d $N/x; ln -s /proc/1/root $N/r; ln -s r/dev $N/d`},
	{"a FIFO in place of the folder", `mkdir $N/d; touch $N/d/a; mount --bind /proc/self/ns/net $N/d/a; mv $N/d $N/x; mkfifo $N/d`},
	{"all of /proc over the names", `touch $N/a; mount --bind /proc/self/ns/net $N/a; mount --rbind /proc $N`},
	{"a folder without rights", `mkdir $N/d; touch $N/d/a; mount --bind /proc/self/ns/net $N/d/a; chmod 0 $N/d`},
	{"a mount that comes and goes", `touch $N/a; (i=0; while [ $i -lt 200 ]; do mount --bind /proc/self/ns/net $N/a; umount $N/a; i=$((i + 1)); done) & true`},
	{"an overlay", `mkdir $N/l $N/u $N/w $N/m; touch $N/m/a; mount --bind /proc/self/ns/net $N/m/a; mount -t overlay -o lowerdir=$N/l,upperdir=$N/u,workdir=$N/w none $N/m`},
}

// TestAttackMounts lists all namespaces while a user has such mounts: it ends soon, has no forged names,
// and shows the administrator's namespaces under their names.
func TestAttackMounts(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	unshare := harness.Tool(t, "unshare")
	name := namedAttack(t)
	port := ns.Listen("127.0.0.1:0").Port()
	for _, trick := range mountTricks {
		t.Run(trick.name, func(t *testing.T) {
			dir := openDir(t)
			if err := os.Chmod(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			script := strings.ReplaceAll(trick.script, "blue", name)
			cmd := exec.CommandContext(t.Context(), unshare, "--user", "--map-root-user", "--mount", "--net", "--uts", "sh", "-c",
				`mount -t tmpfs none /run && mkdir /run/netns && N=/run/netns || exit 1; { `+script+`; } 2>"$0/said"; touch "$0/ready"; exec sleep 600`, dir)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: attacker, Gid: attacker}}
			if err := cmd.Start(); err != nil {
				t.Skipf("not here: %v", err)
			}
			defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }() // killed
			if !there(dir + "/ready") {
				t.Skip("not here: users may make no namespaces (nobody may in a chroot)")
			}
			ns := ns.With(t)
			if said, err := os.ReadFile(dir + "/said"); err != nil || len(said) > 0 {
				t.Logf("not all of the trick is possible here: %s", said)
			}
			nlstat := harness.Command{Path: harness.Program(t, "nlstat"), Name: "nlstat", Limit: attackTime}
			for line, want := range map[string]string{
				"-A listen --csv=netns,local": fmt.Sprint(port), "-N " + name + " listen --csv=local": fmt.Sprint(port),
				"listen --csv=local": fmt.Sprint(port), "-A links --csv=netns,name": "lo", "-N self listen --csv=local": fmt.Sprint(port),
			} {
				r := ns.Exec(with(nlstat, nil, strings.Fields(line)...))
				sane(t, line, &r)
				if r.Code != 0 && r.Code != 3 || !strings.Contains(string(r.Stdout), want) {
					t.Errorf("nlstat %s: exit code %d, %s%s", line, r.Code, r.Stdout, r.Stderr)
				}
				if fault := visible(r.Stdout); fault != "" {
					t.Errorf("nlstat %s: output has %s", line, fault)
				}
			}
			if r := ns.Exec(&harness.Command{Path: harness.Program(t, "ss"), Name: "ss", Args: []string{"-N", name, "-tln"}, Limit: attackTime}); r.Code != 0 ||
				!strings.Contains(string(r.Stdout), fmt.Sprint(port)) {
				t.Errorf("ss -N %s: exit code %d, %s%s", name, r.Code, r.Stdout, r.Stderr)
			}
		})
	}
}

// namedAttack gives the namespace of the test a name, as ip netns does.
func namedAttack(t *testing.T) string {
	t.Helper()
	name := fmt.Sprintf("attacked%d", os.Getpid())
	path := filepath.Join("/run/netns", name)
	err := errors.Join(os.MkdirAll("/run/netns", 0o755), os.WriteFile(path, nil, 0o600),
		unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()), path, "", unix.MS_BIND, ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.Unmount(path, unix.MNT_DETACH), os.Remove(path) }) // as it was
	return name
}

// there waits until a file exists.
func there(file string) bool {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return true
		}
	}
	return false
}
