//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// secretWord is in each line that the attacker may not read.
const secretWord = "SeCrEtWoRd"

// A naming is a way to make a program open a file.
type naming struct {
	program string
	env     string   // variable, "" = none
	words   []string // FILE is replaced
}

// namings are all flags and variables that name files.
var namings = []naming{
	{"nlstat", "NLSTAT_CONFIG=FILE", nil},
	{"nlstat", "HOME=HOMEDIR", nil},
	{"nlstat", "XDG_CONFIG_HOME=HOMEDIR/.config", nil},
	{"nlstat", "PROC_ROOT=FILE", nil},
	{"nlstat", "TMPDIR=FILE", []string{"--replay", "-"}},
	{"nlstat", "HOSTALIASES=FILE", []string{"-r", "listen"}},
	{"nlstat", "RES_OPTIONS=FILE", []string{"-r", "listen"}},
	{"nlstat", "LOCALDOMAIN=FILE", []string{"-r", "listen"}},
	{"nlstat", "TZ=:FILE", []string{"record", "-"}},
	{"nlstat", "ZONEINFO=FILE", []string{"links"}},
	{"nlstat", "", []string{"--replay", "FILE"}},
	{"nlstat", "", []string{"links", "--replay", "FILE"}},
	{"nlstat", "", []string{"--record", "FILE"}},
	{"nlstat", "", []string{"routes", "--record=FILE"}},
	{"nlstat", "", []string{"record", "FILE"}},
	{"nlstat", "", []string{"record", "--redact-key", "FILE", "/dev/null"}},
	{"nlstat", "", []string{"record", "--redact-key=FILE", "-"}},
	{"nlstat", "", []string{"diff", "FILE"}},
	{"nlstat", "", []string{"diff", "FILE", "FILE"}},
	{"nlstat", "", []string{"-N", "FILE"}},
	{"nlstat", "", []string{"doctor", "--replay", "FILE"}},
	{"nlstat", "", []string{"show", "tcp", "--replay", "FILE"}},
	{"nlstat", "", []string{"summary", "--record", "FILE", "--redact-key", "FILE"}},
	{"nlstat", "", []string{"man", "FILE"}},
	{"nlstat", "", []string{"ss", "-F", "FILE"}},
	{"nlstat", "", []string{"ss", "-D", "FILE"}},
	{"ss", "", []string{"-F", "FILE"}},
	{"ss", "", []string{"-tanF", "FILE"}},
	{"ss", "", []string{"-D", "FILE"}},
	{"ss", "", []string{"-tan", "-D", "FILE"}},
	{"ss", "", []string{"-N", "FILE"}},
	{"ss", "", []string{"cgroup", "FILE"}},
	{"ss", "TCPDIAG_FILE=FILE", []string{"-tan"}},
	{"ss", "PROC_ROOT=FILE", []string{"-tanp"}},
	{"ss", "PROC_NET_TCP=FILE", []string{"-tan"}},
	{"ss", "PROC_NET_UDP=FILE", []string{"-uan"}},
	{"ss", "PROC_NET_UNIX=FILE", []string{"-xan"}},
	{"ss", "PROC_NET_RAW=FILE", []string{"-wan"}},
	{"ss", "PROC_NET_PACKET=FILE", []string{"-0an"}},
	{"ss", "PROC_NET_NETLINK=FILE", []string{"-fnetlink"}},
	{"ss", "PROC_SLABINFO=FILE", []string{"-s"}},
	{"netstat", "TZ=:FILE", []string{"-tan"}},
	{"netstat", "HOSTALIASES=FILE", []string{"-ta"}},
}

// A treasure is a directory with files of root, under names that an attacker would use.
type treasure struct {
	dir   string
	names []string
	files []string // what must stay as it is
}

func bury(t *testing.T) *treasure {
	t.Helper()
	dir := openDir(t)
	text := strings.Repeat(secretWord+":$6$"+secretWord+":19000\n", 4)
	guard := exec.CommandContext(t.Context(), "sleep", "600")
	guard.Env = []string{"A=" + secretWord}
	if err := guard.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = guard.Process.Kill(), guard.Wait() }) // killed
	tr := &treasure{dir: dir, files: []string{dir + "/secret", dir + "/closed/file", dir + "/options"}}
	err := errors.Join(
		os.WriteFile(dir+"/secret", []byte(text), 0o600),
		os.Mkdir(dir+"/closed", 0o700),
		os.WriteFile(dir+"/closed/file", []byte(text), 0o666),
		os.WriteFile(dir+"/options", []byte("--"+secretWord+"\n-"+secretWord+"\n["+secretWord+"]\n"), 0o600),
		os.Symlink("secret", dir+"/link"),
		os.Symlink("link", dir+"/link of link"),
		os.Symlink("closed/new", dir+"/dangling"),
		unix.Mkfifo(dir+"/fifo", 0o666), os.Chmod(dir+"/fifo", 0o666),
		unix.Mkfifo(dir+"/closed fifo", 0o600),
		os.Mkdir(dir+"/own", 0o755), os.Chown(dir+"/own", attacker, attacker),
		os.Link(dir+"/secret", dir+"/own/hard link"),
	)
	if err != nil {
		t.Fatal(err)
	}
	pid := guard.Process.Pid
	tr.names = []string{
		dir + "/secret", dir + "/closed/file", dir + "/options", dir + "/link", dir + "/link of link", dir + "/dangling",
		dir + "/closed/new", dir + "/fifo", dir + "/closed fifo", dir + "/own/hard link", dir + "/own/../link", dir, dir + "/closed",
		fmt.Sprintf("/proc/%d/environ", pid), fmt.Sprintf("/proc/%d/root%s/secret", pid, dir), fmt.Sprintf("/proc/%d/fd/0", pid),
		"/proc/self/mem", "/proc/self/fd/0", "/proc/thread-self/environ", "/dev/zero", "/dev/full", "/dev/kmsg", "/dev/ptmx",
		"/proc/kmsg", "/proc/sysrq-trigger", "",
	}
	return tr
}

// home returns a home folder whose configuration is a link to the file.
func (tr *treasure) home(t *testing.T, file string) string {
	t.Helper()
	home := openDir(t)
	err := errors.Join(os.MkdirAll(home+"/.config/nlstat", 0o755), os.Symlink(file, home+"/.config/nlstat/config"))
	if err != nil && file != "" {
		t.Fatal(err)
	}
	return home
}

// checkUntouched checks that no secret file was changed or created.
func (tr *treasure) checkUntouched(t *testing.T) {
	t.Helper()
	for _, file := range tr.files {
		text, err := os.ReadFile(file)
		var st unix.Stat_t
		if err := unix.Stat(file, &st); err != nil || st.Uid != 0 {
			t.Errorf("%s: %v, owner %d", file, err, st.Uid)
		}
		if err != nil || !strings.Contains(string(text), secretWord) {
			t.Errorf("%s was changed: %q, %v", file, text, err)
		}
	}
	if list, err := os.ReadDir(tr.dir + "/closed"); err != nil || len(list) != 1 {
		t.Errorf("closed has %v, %v", list, err)
	}
}

// TestAttackFiles passes secret files in every way to every program with more rights than its caller:
// nothing is printed or changed, and no process blocks.
func TestAttackFiles(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	port := ns.Listen("127.0.0.1:0").Port()
	plain := map[string]string{"nlstat": "listen", "ss": "-tln", "netstat": "-tln"}
	for i := range elevations {
		e := &elevations[i]
		t.Run(e.name, func(t *testing.T) {
			tr := bury(t)
			ns := ns.With(t)
			cat := e.elevated(t, "cat")
			if r := ns.Exec(with(cat, e.env, tr.dir+"/secret")); !strings.Contains(string(r.Stdout), secretWord) {
				t.Skipf("%s gives no rights here: %s", e.name, r.Stderr)
			}
			programs := map[string]harness.Command{}
			for name, word := range plain {
				programs[name] = e.elevated(t, name)
				r := ns.Exec(with(programs[name], e.env, word))
				atWork(t, e.name+": "+name, &r, port)
			}
			for k, n := range namings {
				if e.asRoot && (n.program != "nlstat" || n.words != nil && n.words[0] == "ss") {
					continue // a caller that may run cat by sudo may read any file
				}
				for j, file := range tr.names {
					if i > 0 && j%4 != 0 || (j+k)%3 != 0 {
						continue // the same function opens them all
					}
					tr.try(t, ns, e, programs[n.program], n, file)
				}
			}
			tr.checkUntouched(t)
		})
	}
}

func (tr *treasure) try(t *testing.T, ns *harness.NS, e *elevation, c harness.Command, n naming, file string) {
	t.Helper()
	home := ""
	if strings.Contains(n.env, "HOMEDIR") {
		home = tr.home(t, file)
	}
	put := strings.NewReplacer("FILE", file, "HOMEDIR", home)
	env := slices.Clone(e.env)
	if n.env != "" {
		env = append(env, put.Replace(n.env))
	}
	var words []string
	for _, w := range n.words {
		words = append(words, put.Replace(w))
	}
	what := fmt.Sprintf("%s: %s %s %q", e.name, n.program, n.env, words)
	r := ns.Exec(with(c, env, words...))
	sane(t, what, &r)
	if strings.Contains(string(r.Stdout)+string(r.Stderr), secretWord) {
		t.Errorf("%s: a secret comes out:\n%s%s", what, r.Stdout, r.Stderr)
	}
}

// TestAttackOwnFiles checks that the same programs read the caller's own files, and that new files belong
// to the caller.
func TestAttackOwnFiles(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	port := ns.Listen("127.0.0.1:0").Port()
	for i := range elevations {
		e := &elevations[i]
		t.Run(e.name, func(t *testing.T) {
			tr := bury(t)
			ns := ns.With(t)
			c := e.elevated(t, "nlstat")
			for _, words := range [][]string{
				{"record", tr.dir + "/own/one"},
				{"--record", tr.dir + "/own/two"},
				{"links", "--record", tr.dir + "/own/three"},
				{"record", "--redact", tr.dir + "/own/four"},
				{"-A", "--record", tr.dir + "/own/five"},
			} {
				r := ns.Exec(with(c, e.env, words...))
				var st unix.Stat_t
				err := unix.Stat(words[len(words)-1], &st)
				if err != nil || st.Uid != attacker || st.Mode&0o777 != 0o600 || r.Code != 0 && r.Code != 3 {
					t.Errorf("nlstat %q: exit code %d, %s; owner %d, mode %o, %v", words, r.Code, r.Stderr, st.Uid, st.Mode, err)
				}
			}
			r := ns.Exec(with(c, e.env, "--replay", tr.dir+"/own/one", "listening"))
			if !strings.Contains(string(r.Stdout), fmt.Sprint(port)) {
				t.Errorf("replay: exit code %d, %s%s", r.Code, r.Stdout, r.Stderr)
			}
			list, err := filepath.Glob(tr.dir + "/own/*")
			if err != nil || len(list) != 6 { // the hard link among them
				t.Errorf("left behind: %q, %v", list, err)
			}
		})
	}
}

// TestAttackManual has the manual written, a file for each command, into folders that are closed to the caller, and
// into one of his, where names lead elsewhere: it is written as he would write it.
func TestAttackManual(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	for i := range elevations {
		e := &elevations[i]
		t.Run(e.name, func(t *testing.T) {
			tr := bury(t)
			ns := ns.With(t)
			c := e.elevated(t, "nlstat")
			own := tr.dir + "/own/"
			for _, folder := range []string{tr.dir, tr.dir + "/closed", tr.dir + "/secret", tr.dir + "/fifo", tr.dir + "/none", "/proc", "/dev", ""} {
				r := ns.Exec(with(c, e.env, "man", folder))
				sane(t, "man "+folder, &r)
				if r.Code == 0 {
					t.Errorf("nlstat man %s: exit code 0", folder)
				}
			}
			for _, to := range []string{"../secret", "../closed/file", "../closed/new", "../options", "../fifo", "../link of link", "hard link", "/dev/full"} {
				if err := os.Symlink(to, own+"nlstat.1"); err != nil {
					t.Fatal(err)
				}
				r := ns.Exec(with(c, e.env, "man", own))
				sane(t, "man with a link to "+to, &r)
				if r.Code == 0 {
					t.Errorf("nlstat man with a link to %s: exit code 0", to)
				}
				if err := os.Remove(own + "nlstat.1"); err != nil {
					t.Fatal(err)
				}
			}
			r := ns.Exec(with(c, e.env, "man", own))
			var st unix.Stat_t
			if err := unix.Stat(own+"nlstat.1", &st); err != nil || st.Uid != attacker || r.Code != 0 {
				t.Errorf("nlstat man: exit code %d, %s; owner %d, %v", r.Code, r.Stderr, st.Uid, err)
			}
			tr.checkUntouched(t)
			if made, err := filepath.Glob(tr.dir + "/nlstat*"); err != nil || len(made) > 0 {
				t.Errorf("%q were made, %v", made, err)
			}
		})
	}
}

// TestAttackFileRaces swaps a file for a secret while it is opened.
func TestAttackFileRaces(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	e := &elevations[0]
	tr := bury(t)
	dir := tr.dir + "/own"
	if err := errors.Join(
		os.WriteFile(dir+"/mine", []byte("--no-header\n"), 0o644), os.Chown(dir+"/mine", attacker, attacker),
	); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	swapped := make(chan struct{})
	go func() { // until the runs are over
		defer close(swapped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			target := []string{dir + "/mine", tr.dir + "/secret", tr.dir + "/options", tr.dir + "/fifo"}[i%4]
			_ = os.Symlink(target, dir+"/next")        // may be there
			_ = os.Rename(dir+"/next", dir+"/swapped") // repeated by the attacker
		}
	}()
	port := ns.Listen("127.0.0.1:0").Port()
	programs := map[string]harness.Command{"nlstat": e.elevated(t, "nlstat"), "ss": e.elevated(t, "ss")}
	for name, word := range map[string]string{"nlstat": "listen", "ss": "-tln"} {
		r := ns.Exec(with(programs[name], e.env, word))
		atWork(t, name, &r, port)
	}
	for range 20 {
		for _, n := range []naming{
			{"nlstat", "NLSTAT_CONFIG=FILE", nil},
			{"nlstat", "", []string{"--replay", "FILE"}},
			{"nlstat", "", []string{"record", "FILE"}},
			{"nlstat", "", []string{"record", "--redact-key", "FILE", dir + "/new"}},
			{"ss", "", []string{"-F", "FILE"}},
			{"ss", "", []string{"-D", "FILE"}},
			{"ss", "TCPDIAG_FILE=FILE", []string{"-tan"}},
		} {
			tr.try(t, ns, e, programs[n.program], n, dir+"/swapped")
		}
	}
	close(stop)
	<-swapped
	tr.checkUntouched(t)
}
