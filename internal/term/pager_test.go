package term

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestPagerCommand(t *testing.T) {
	less := systemLess()
	if less == "" {
		t.Log("no less: a process with more rights than its caller has no pager")
	}
	secure := []string{"LESSSECURE=1", "LESSHISTFILE=-", "PATH=/usr/bin:/bin:/usr/local/bin"}
	for _, c := range []struct {
		name     string
		environ  []string
		elevated bool
		words    []string
		env      []string
	}{
		{"usual", []string{"HOME=/h"}, false, []string{"less", "-FRSX"}, []string{"LESSSECURE=1", "HOME=/h"}},
		{"options", []string{"LESS=-R"}, false, []string{"less"}, []string{"LESSSECURE=1", "LESS=-R"}},
		{"another", []string{"PAGER=more -d"}, false, []string{"more", "-d"}, []string{"LESSSECURE=1", "PAGER=more -d"}},
		{
			"ours first",
			[]string{"PAGER=more", "NLSTAT_PAGER=most"},
			false,
			[]string{"most"},
			[]string{"LESSSECURE=1", "PAGER=more", "NLSTAT_PAGER=most"},
		},
		{"none", []string{"PAGER="}, false, nil, nil},
		{"cat", []string{"PAGER=cat"}, false, nil, nil},
		{
			"allowed again",
			[]string{"LESSSECURE=0", "LESSSECURE_ALLOW=shell"},
			false,
			[]string{"less", "-FRSX"},
			[]string{"LESSSECURE=1"},
		},
		{"none of ours", []string{"NLSTAT_PAGER=cat"}, true, nil, nil},
		{"elevated", []string{
			"PAGER=sh -c sh", "LESSOPEN=|sh", "LESSKEYIN=/k", "LESS=+!sh", "HOME=/h", "PATH=/h", "TERM=xterm",
			"TERMINFO=/h", "LC_ALL=C.UTF-8", "LANG=../h", "LD_PRELOAD=/h/x.so",
		}, true, []string{less, "-FRSX"}, append(secure, "TERM=xterm", "LC_ALL=C.UTF-8")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.elevated && c.words != nil && less == "" {
				c.words, c.env = nil, nil
			}
			got := pagerCommand(c.environ, c.elevated)
			if d := cmp.Diff(c.words, got.words); d != "" {
				t.Errorf("words (-want +got)\n%s", d)
			}
			if d := cmp.Diff(c.env, got.env); d != "" {
				t.Errorf("environment (-want +got)\n%s", d)
			}
		})
	}
}

// TestPagerGets checks what the program gets, and that what it does to the terminal is undone.
func TestPagerGets(t *testing.T) {
	dir, path := script(t, "less", `stty raw -echo </dev/tty; echo "secure: $LESSSECURE$*"; cat >`+"$0.got")
	p := newPTY(t, 10, 80)
	before := p.modes()
	p.start("pager", path, "SUDO_UID=", "SUDO_USER=", "DOAS_USER=", "PKEXEC_UID=", "LESS=")
	if code := p.code(); code != 7 {
		t.Errorf("code %d: %s", code, p.text())
	}
	p.awaitText("secure: 1-FRSX")
	if p.modes() != before {
		t.Error("the terminal is not as it was")
	}
	got, err := os.ReadFile(filepath.Join(dir, "less.got"))
	if err != nil || strings.Count(string(got), "\n") != 30 {
		t.Errorf("the pager got %q, %v", got, err)
	}
}

// TestPagerKeys checks that ^C and ^\ leave pager and process alone together: the process waits for a pager
// that ignores them, as less does, and ends with it.
func TestPagerKeys(t *testing.T) {
	_, path := script(t, "less", `trap 'echo key' INT QUIT
cat >/dev/null
echo reading $$
until [ -e "$0.end" ]; do read x </dev/tty; done`)
	end := strings.TrimPrefix(strings.SplitN(path, ":", 2)[0], "PATH=") + "/less.end"
	p := newPTY(t, 10, 80)
	p.start("pager", path, "SUDO_UID=", "SUDO_USER=")
	p.awaitText("reading ")
	for i, key := range []string{"\x03", "\x1c", "\x03"} {
		p.typed(key)
		p.await("the pager gets the key", func() bool { return strings.Count(p.text(), "key") > i })
	}
	if err := p.cmd.Process.Signal(unix.Signal(0)); err != nil {
		t.Errorf("the process is gone: %v", err)
	}
	if err := os.WriteFile(end, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p.typed("\n")
	if code := p.code(); code != 7 {
		t.Errorf("code %d: %s", code, p.text())
	}
}

// TestPagerTerminated checks that a pager does not outlive a process that is told to end, even one that ignores
// SIGTERM, and that the terminal is as it was.
func TestPagerTerminated(t *testing.T) {
	for _, program := range []string{
		"cat >/dev/null; echo pager $$.; exec sleep 1000",
		"trap '' TERM; cat >/dev/null; stty raw -echo </dev/tty; echo pager $$.; exec sleep 1000",
		"trap '' TERM; echo pager $$.; exec sleep 1000", // which reads nothing
	} {
		_, path := script(t, "less", program)
		p := newPTY(t, 10, 80)
		before := p.modes()
		p.start("pager", path, "SUDO_UID=", "SUDO_USER=")
		p.awaitText(".")
		_, rest, _ := strings.Cut(p.text(), "pager ")
		word, _, _ := strings.Cut(rest, ".")
		pid, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.cmd.Process.Signal(unix.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := p.code(); code != 8 {
			t.Errorf("%s: code %d: %s", program, code, p.text())
		}
		if err := unix.Kill(pid, 0); err == nil {
			t.Errorf("%s: the pager is still there", program)
			_ = unix.Kill(pid, unix.SIGKILL) // it is of this test
		}
		if p.modes() != before {
			t.Errorf("%s: the terminal is not as it was", program)
		}
	}
}

// TestPagerShort writes what fits without a pager, and NewPager wants none where nobody can type.
func TestPagerShort(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("PAGER", "less")
	p := newPTY(t, 10, 80)
	pager := NewPager(t.Context(), p.slave, p.slave)
	if pager == nil {
		t.Skip("a pager is only for less, which is missing")
	}
	if _, err := pager.Write([]byte("one\ntwo\n")); err != nil {
		t.Fatal(err)
	}
	if err := pager.Close(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := p.master.Read(buf); string(buf[:n]) != "one\r\ntwo\r\n" {
		t.Errorf("seen %q, %v", buf[:n], err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }() // it was only read
	if NewPager(t.Context(), null, p.slave) != nil || NewPager(t.Context(), p.slave, null) != nil {
		t.Error("a pager although input or output is no terminal")
	}
	t.Setenv("TERM", "dumb")
	if NewPager(t.Context(), p.slave, p.slave) != nil {
		t.Error("a pager on a dumb terminal")
	}
}
