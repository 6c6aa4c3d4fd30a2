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
	{"nlstat", "GODEBUG=netdns=FILE", []string{"-r", "listen"}},
	{"nlstat", "PROC_NET_TCP=FILE", []string{"ss", "-tan"}},
	{"nlstat", "TCPDIAG_FILE=FILE", []string{"ss", "-tan"}},
	{"nlstat", "", []string{"__complete", "--replay", "FILE", "process="}},
	{"nlstat", "", []string{"why", "--replay", "FILE", ":1"}},
	{"nlstat", "", []string{"events", "--for=1ms", "--record", "FILE"}},
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

// filled returns the environment, beside a given one, and the words with names put into them.
func (n *naming) filled(put *strings.Replacer, given []string) (env, words []string) {
	env = slices.Clone(given)
	if n.env != "" {
		env = append(env, put.Replace(n.env))
	}
	for _, w := range n.words {
		words = append(words, put.Replace(w))
	}
	return env, words
}

func (tr *treasure) try(t *testing.T, ns *harness.NS, e *elevation, c harness.Command, n naming, file string) {
	t.Helper()
	home := ""
	if strings.Contains(n.env, "HOMEDIR") {
		home = tr.home(t, file)
	}
	put := strings.NewReplacer("FILE", file, "HOMEDIR", home)
	env, words := n.filled(put, e.env)
	what := fmt.Sprintf("%s: %s %s %q", e.name, n.program, n.env, words)
	r := ns.Exec(with(c, env, words...))
	sane(t, what, &r)
	if strings.Contains(string(r.Stdout)+string(r.Stderr), secretWord) {
		t.Errorf("%s: a secret comes out:\n%s%s", what, r.Stdout, r.Stderr)
	}
}

// ownFiles are the ways to have a file made: OWN is the caller's folder, FILE a new name there.
var ownFiles = []naming{
	{"nlstat", "", []string{"record", "FILE"}}, // the first is replayed
	{"nlstat", "", []string{"--record", "FILE"}},
	{"nlstat", "", []string{"links", "--record", "FILE"}},
	{"nlstat", "", []string{"record", "--redact", "FILE"}},
	{"nlstat", "", []string{"-A", "--record", "FILE"}},
	{"nlstat", "", []string{"routes", "--record=FILE"}},
	{"nlstat", "", []string{"stats", "--rate=1ms", "--record", "FILE"}},
	{"nlstat", "", []string{"summary", "--record", "FILE"}},
	{"nlstat", "", []string{"addresses", "--json", "--record", "FILE"}},
	{"nlstat", "", []string{"record", "--redact-key", "OWN/key", "FILE"}},
	{"nlstat", "", []string{"record", "FILE", "-k", "all", "-a"}},
	{"nlstat", "", []string{"record", "OWN/../own/./FILENAME"}},
	{"nlstat", "", []string{"record", "OWN/here/FILENAME"}},
	{"nlstat", "NLSTAT_CONFIG=OWN/config", []string{"record", "FILE"}},
	{"ss", "", []string{"-tan", "-D", "FILE"}},
	{"ss", "", []string{"-D", "FILE"}},
}

// ownReads are the ways to read the caller's files: each shows the port of a listener, without a header
// if a configuration says so.
var ownReads = []naming{
	{"nlstat", "", []string{"--replay", "OWN/0", "listening"}},
	{"nlstat", "", []string{"listen", "--replay", "OWN/0"}},
	{"nlstat", "", []string{"-a", "--json", "--replay=OWN/here/0"}},
	{"nlstat", "", []string{"--replay", "OWN/link", "-l"}},
	{"nlstat", "", []string{"show", "listen", "--replay", "OWN/0"}},
	{"nlstat", "", []string{"--replay", "OWN/3", "-l"}},
	{"nlstat", "NLSTAT_CONFIG=OWN/config", []string{"listen"}},
	{"nlstat", "HOME=OWN/home", []string{"listen"}},
	{"nlstat", "XDG_CONFIG_HOME=OWN/home/.config", []string{"listen"}},
	{"nlstat", "", []string{"ss", "-tln", "-F", "OWN/filter"}},
	{"ss", "", []string{"-tln", "-F", "OWN/filter"}},
	{"ss", "", []string{"-tln", "-F", "OWN/here/filter"}},
	{"ss", "TCPDIAG_FILE=OWN/14", []string{"-tln"}},
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
			own := tr.dir + "/own"
			if err := furnish(own, port); err != nil {
				t.Fatal(err)
			}
			programs := map[string]harness.Command{"nlstat": e.elevated(t, "nlstat"), "ss": e.elevated(t, "ss")}
			before, err := filepath.Glob(own + "/*")
			if err != nil {
				t.Fatal(err)
			}
			run := func(n naming, file string) harness.Result {
				put := strings.NewReplacer("FILENAME", file, "FILE", own+"/"+file, "OWN", own)
				env, words := n.filled(put, e.env)
				return ns.Exec(with(programs[n.program], env, words...))
			}
			for k, n := range ownFiles {
				file := fmt.Sprint(k)
				r := run(n, file)
				var st unix.Stat_t
				err := unix.Stat(own+"/"+file, &st)
				asRoot := e.asRoot && n.program == "ss" // sudo ss has the rights of the original
				mode := map[string]uint32{"nlstat": 0o600, "ss": 0o644}[n.program]
				if err != nil || st.Uid != attacker && !asRoot || st.Mode&0o777&^mode != 0 || r.Code != 0 && r.Code != 3 {
					t.Errorf("%s %s %q: exit code %d, %s; owner %d, mode %o, %v", n.program, n.env, n.words, r.Code, r.Stderr, st.Uid, st.Mode, err)
				}
			}
			for _, n := range ownReads {
				if e.asRoot && n.env != "" && n.program == "nlstat" {
					continue // configures root, who must own it
				}
				r := run(n, "")
				if !strings.Contains(string(r.Stdout), fmt.Sprint(port)) ||
					n.env != "" && n.program == "nlstat" && strings.Contains(string(r.Stdout), "PROTO") {
					t.Errorf("%s %s %q: exit code %d, %s%s", n.program, n.env, n.words, r.Code, r.Stdout, r.Stderr)
				}
			}
			list, err := filepath.Glob(own + "/*")
			if err != nil || len(list) != len(before)+len(ownFiles) {
				t.Errorf("left behind: %q, %v", list, err)
			}
		})
	}
}

// furnish makes the files that the caller has: a key, a filter, configurations, and links to a recording and to the
// folder itself.
func furnish(own string, port int) error {
	config := []byte("--no-header\n")
	err := errors.Join(
		os.WriteFile(own+"/key", []byte("a key of more than sixteen bytes"), 0o600),
		os.WriteFile(own+"/filter", fmt.Appendf(nil, "sport = :%d\n", port), 0o600),
		os.WriteFile(own+"/config", config, 0o600), os.MkdirAll(own+"/home/.config/nlstat", 0o700),
		os.WriteFile(own+"/home/.config/nlstat/config", config, 0o600),
		os.Symlink("0", own+"/link"), os.Symlink(".", own+"/here"),
	)
	for _, name := range []string{"key", "filter", "config", "home", "home/.config", "home/.config/nlstat", "home/.config/nlstat/config"} {
		err = errors.Join(err, os.Chown(own+"/"+name, attacker, attacker))
	}
	return err
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

// racedNamings are ways to name a file, or one below a folder, that another one replaces meanwhile.
var racedNamings = []naming{
	{"nlstat", "NLSTAT_CONFIG=FILE", nil},
	{"nlstat", "HOME=HOMEDIR", nil},
	{"nlstat", "XDG_CONFIG_HOME=HOMEDIR/.config", []string{"links"}},
	{"nlstat", "", []string{"--replay", "FILE"}},
	{"nlstat", "", []string{"links", "--replay", "FILE"}},
	{"nlstat", "", []string{"diff", "FILE", "FILE"}},
	{"nlstat", "", []string{"record", "FILE"}},
	{"nlstat", "", []string{"routes", "--record=FILE"}},
	{"nlstat", "", []string{"record", "--redact-key", "FILE", "OWN/new"}},
	{"nlstat", "", []string{"-N", "FILE"}},
	{"nlstat", "", []string{"man", "FILE"}},
	{"nlstat", "", []string{"ss", "-F", "FILE"}},
	{"ss", "", []string{"-F", "FILE"}},
	{"ss", "", []string{"-D", "FILE"}},
	{"ss", "", []string{"-N", "FILE"}},
	{"ss", "", []string{"cgroup", "FILE"}},
	{"ss", "TCPDIAG_FILE=FILE", []string{"-tan"}},
}

// TestAttackFileRaces swaps a file, or a folder on the way to it, for a secret while it is opened.
func TestAttackFileRaces(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	e := &elevations[0]
	tr := bury(t)
	dir := tr.dir + "/own"
	if err := errors.Join(
		os.WriteFile(dir+"/mine", []byte("--no-header\n"), 0o644), os.Chown(dir+"/mine", attacker, attacker),
		os.Mkdir(dir+"/folder", 0o755), os.Chown(dir+"/folder", attacker, attacker),
		os.WriteFile(dir+"/folder/file", []byte("--no-header\n"), 0o644), os.Chown(dir+"/folder/file", attacker, attacker),
	); err != nil {
		t.Fatal(err)
	}
	swap(t, dir+"/swapped", dir+"/mine", tr.dir+"/secret", tr.dir+"/options", tr.dir+"/fifo", "/dev/null")
	swap(t, dir+"/on the way", dir+"/folder", tr.dir+"/closed")
	port := ns.Listen("127.0.0.1:0").Port()
	programs := map[string]harness.Command{"nlstat": e.elevated(t, "nlstat"), "ss": e.elevated(t, "ss")}
	for name, word := range map[string]string{"nlstat": "listen", "ss": "-tln"} {
		r := ns.Exec(with(programs[name], e.env, word))
		atWork(t, name, &r, port)
	}
	for range 10 {
		for _, n := range racedNamings {
			n.words = slices.Clone(n.words)
			for i, w := range n.words {
				n.words[i] = strings.ReplaceAll(w, "OWN", dir)
			}
			for _, file := range []string{dir + "/swapped", dir + "/on the way/file"} {
				tr.try(t, ns, e, programs[n.program], n, file)
			}
		}
	}
	tr.checkUntouched(t)
}

// swap makes a name a link to each of the files in turn, until the test ends.
func swap(t *testing.T, name string, targets ...string) {
	t.Helper()
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
			_ = os.Symlink(targets[i%len(targets)], name+".next") // may be there
			_ = os.Rename(name+".next", name)                     // repeated by the attacker
		}
	}()
	t.Cleanup(func() { close(stop); <-swapped })
}
