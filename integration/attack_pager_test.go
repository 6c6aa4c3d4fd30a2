//go:build integration

package integration

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
	"github.com/nlstat/nlstat/internal/pty"
)

// pagerVariables are set by an attacker for a program with more rights: HERE is the attacker's directory,
// in which the named program leaves a file if it is run.
var pagerVariables = []string{
	"PATH=HERE", "PAGER=HERE/evil", "NLSTAT_PAGER=HERE/evil", "PAGER=evil -x --", "PAGER=sh -c 'touch HERE/ran'", "NLSTAT_PAGER=HERE/evil +x",
	"LESSOPEN=|HERE/evil %s", "LESSOPEN=||-HERE/evil %s", "LESSCLOSE=HERE/evil %s", "LESS=+!HERE/evil", "LESSEDIT=HERE/evil", "EDITOR=HERE/evil",
	"VISUAL=HERE/evil", "SHELL=HERE/evil", "LESSKEY=HERE/evil", "LESSKEYIN=HERE/evil", "LESSHISTFILE=HERE/ran", "TERMINFO=HERE", "TERM=../../HERE",
	"LD_PRELOAD=HERE/evil", "GODEBUG=HERE", "BASH_ENV=HERE/evil", "ENV=HERE/evil", "LESSSECURE=0", "LESSSECURE_ALLOW=shell,edit", "MANPAGER=HERE/evil",
}

// TestAttackPagers starts a list that is longer than the screen, with more rights than the caller's, and
// types the pager's keys for a shell, an editor and a file: none is started or created.
func TestAttackPagers(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	for i := range 40 {
		ns.Listen(fmt.Sprintf("127.0.0.1:%d", 7000+i))
	}
	for _, e := range elevations {
		c := e.elevated(t, "nlstat")
		for i, v := range pagerVariables {
			if e.name != "sudo" && i%5 != 0 {
				continue // the same function decides
			}
			here := openDir(t)
			evil := fmt.Sprintf("#!/bin/sh\ntouch %s/ran\nexec cat\n", here)
			err := errors.Join(
				os.Chmod(here, 0o777), os.WriteFile(here+"/evil", []byte(evil), 0o755), os.WriteFile(here+"/less", []byte(evil), 0o755),
				os.WriteFile(here+"/more", []byte(evil), 0o755),
			)
			if err != nil {
				t.Fatal(err)
			}
			env := append([]string{"TERM=xterm", "HOME=" + here}, append(e.env, strings.ReplaceAll(v, "HERE", here))...)
			k := keyboard(t, ns, with(c, env, "-a"))
			k.until("127.0.0.1:70|Press RETURN")
			k.keys("\n!touch "+here+"/ran\n", "v", "o"+here+"/ran\n", "O"+here+"/ran\n", "#"+here+"/evil\n", "+!touch "+here+"/ran\n", "s"+here+"/ran\n|^touch "+here+"/ran\n:e /etc/shadow\n", "\n")
			if code := k.ended(); code != 0 && code != 3 {
				t.Errorf("%s, %s: exit code %d: %s", e.name, v, code, k.seen())
			}
			if _, err := os.Stat(here + "/ran"); err == nil {
				t.Errorf("%s, %s: a program of the caller's was run, or a file made", e.name, v)
			}
			if strings.Contains(k.seen(), "root:") {
				t.Errorf("%s, %s: the pager shows a file", e.name, v)
			}
		}
	}
}

// pagedLines are lists longer than the screen, of each sort of run and format.
var pagedLines = []string{
	"-a", "-a --record FILE", "-a --json", "-a --jsonl", "-a --csv", "listen", "-A -l", "-a --template {{local}}", "-g local -l",
	"show listen", "stats", "limits", "-N self -a", "listen --record FILE --redact", "-a --rate=1ms", "kill listening", "listen --json",
}

// TestAttackPagerRights looks at what the pager may do which a user without rights has started that way: no more than he.
func TestAttackPagerRights(t *testing.T) {
	harness.Tool(t, "less")
	ns := harness.New(t)
	harness.NeedsUsers(t)
	for i := range 40 {
		ns.Listen(fmt.Sprintf("127.0.0.1:%d", 7000+i))
	}
	for i := range elevations {
		e := &elevations[i]
		if e.asRoot {
			continue // root starts it
		}
		t.Run(e.name, func(t *testing.T) {
			own := openDir(t)
			if err := os.Chown(own, attacker, attacker); err != nil {
				t.Fatal(err)
			}
			for i, line := range pagedLines {
				line = strings.ReplaceAll(line, "FILE", fmt.Sprint(own, "/recording", i))
				k := keyboardOf(t, ns.With(t), with(e.elevated(t, "nlstat"), append([]string{"TERM=xterm"}, e.env...), strings.Fields(line)...), 100, 3)
				checkPagerRights(t, line, k.cmd.Process.Pid)
				k.ended()
			}
		})
	}
}

func checkPagerRights(t *testing.T, line string, nlstat int) {
	t.Helper()
	var status []byte
	// It is nlstat until then, and is less before it has given up what nlstat may: once it sleeps it has.
	for end := time.Now().Add(attackTime); !strings.HasPrefix(string(status), "Name:\tless\n") || !bytes.Contains(status, []byte("\nState:\tS")); {
		status, _ = os.ReadFile(fmt.Sprintf("/proc/%d/status", childOf(t, nlstat))) // it may be one that has ended
		if time.Now().After(end) {
			t.Fatalf("nlstat %s: no less", line)
		}
	}
	for row := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(strings.TrimSpace(row), ":\t")
		if strings.HasPrefix(name, "Cap") && name != "CapBnd" && strings.Trim(value, "0") != "" {
			t.Errorf("nlstat %s: less has %s %s", line, name, value)
		}
		if want := fmt.Sprintf("%d\t%[1]d\t%[1]d\t%[1]d", attacker); name == "Uid" && value != want {
			t.Errorf("nlstat %s: less runs as %s", line, value)
		}
	}
}

// TestAttackTerminal types while a list is paged or watched: the terminal is as it was afterwards.
func TestAttackTerminal(t *testing.T) {
	ns := harness.New(t)
	for i := range 40 {
		ns.Listen(fmt.Sprintf("127.0.0.1:%d", 7000+i))
	}
	c := harness.Command{Path: harness.Program(t, "nlstat"), Name: "nlstat"}
	for _, line := range []string{"-a", "-w=50ms", "-a --record FILE", "links -w=50ms", "summary -w=50ms"} {
		for _, keys := range []string{"q", "\x03", "\x1c", "\x03\x03", "qq", "\x1a", "\x04", "/x\n", "\x0c", "\x1b[A", " \x03 "} {
			dir := t.TempDir()
			k := keyboard(t, ns, with(c, []string{"TERM=xterm", "PAGER=less"}, strings.Fields(strings.Replace(line, "FILE", dir+"/recording", 1))...))
			k.until("PROTO|NAME|every")
			if keys == "\x1a" { // there is no shell to continue it
				_ = k.cmd.Process.Signal(unix.SIGCONT) // as a shell would
				keys = "q"
			}
			k.keys(keys)
			code := k.ended()
			what := fmt.Sprintf("nlstat %s, keys %q", line, keys)
			if strings.Contains(k.seen(), "goroutine ") {
				t.Errorf("%s: a trace: %s", what, k.seen())
			}
			if after := k.modes(); after != k.before {
				t.Errorf("%s: exit code %d, the terminal was %+v, is %+v", what, code, k.before, after)
			}
			left, err := filepath.Glob(dir + "/*")
			if err != nil || strings.Contains(line, "FILE") && code == 0 && len(left) != 1 || len(left) > 1 {
				t.Errorf("%s: exit code %d, %q are left, %v\n%s", what, code, left, err, k.seen())
			}
		}
	}
}

// A keyed is a command with a terminal and a keyboard.
type keyed struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File
	slave  *os.File
	text   chan []byte
	all    bytes.Buffer
	before unix.Termios // as the terminal was
}

// keyboard starts a command with a terminal of 24 lines of its own.
func keyboard(t *testing.T, ns *harness.NS, c *harness.Command) *keyed {
	t.Helper()
	return keyboardOf(t, ns, c, 100, 24)
}

// keyboardOf is keyboard with a terminal of a size.
func keyboardOf(t *testing.T, ns *harness.NS, c *harness.Command, width, height int) *keyed {
	t.Helper()
	master, slave, err := pty.Open(width, height)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	if err := os.Chmod(slave.Name(), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), c.Path, c.Args...)
	cmd.Env = append(append(os.Environ(), "NLSTAT_CONFIG=", "LC_ALL=C.UTF-8"), c.Env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, AmbientCaps: c.Ambient}
	if c.UID != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(c.UID), Gid: uint32(c.UID)}
	}
	k := &keyed{t: t, cmd: cmd, master: master, slave: slave, text: make(chan []byte, 64)}
	k.before = k.modes()
	ns.Do(func() { err = cmd.Start() })
	if err != nil {
		t.Fatal(err)
	}
	go func() { // ends with the terminal
		defer close(k.text)
		for {
			b := make([]byte, 4096)
			n, err := master.Read(b)
			if n > 0 {
				k.text <- b[:n]
			}
			if err != nil && !errors.Is(err, io.EOF) || n == 0 {
				return
			}
		}
	}()
	t.Cleanup(func() { _, _ = master.Close(), slave.Close() }) // nothing is lost
	return k
}

// until waits until one of the words, with | between them, has come.
func (k *keyed) until(words string) {
	k.t.Helper()
	late := time.After(attackTime)
	for {
		for word := range strings.SplitSeq(words, "|") {
			if strings.Contains(k.all.String(), word) {
				return
			}
		}
		select {
		case b := <-k.text:
			k.all.Write(b)
		case <-late:
			_ = k.cmd.Process.Kill() // it hangs
			k.t.Fatalf("%q never came: %q", words, &k.all)
		}
	}
}

// keys types words and waits after each.
func (k *keyed) keys(words ...string) {
	for _, w := range words {
		_, _ = k.master.WriteString(w) // it may have ended
		idle := time.After(60 * time.Millisecond)
	drain:
		for {
			select {
			case b := <-k.text:
				k.all.Write(b)
			case <-idle:
				break drain
			}
		}
	}
}

// ended types q until the command ends, because an interrupt discards typed keys, and returns the exit
// code.
func (k *keyed) ended() int {
	k.t.Helper()
	done := make(chan struct{})
	go func() { _ = k.cmd.Wait(); close(done) }() // the code is looked at
	late := time.After(attackTime)
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case b := <-k.text:
			k.all.Write(b)
		case <-again.C:
			_, _ = k.master.WriteString("q") // it may have ended
		case <-done:
			return k.cmd.ProcessState.ExitCode()
		case <-late:
			k.t.Errorf("it does not end: %q", &k.all)
			_ = k.cmd.Process.Kill() // it hangs
			late = nil
		}
	}
}

func (k *keyed) seen() string { return k.all.String() }

func (k *keyed) modes() unix.Termios {
	k.t.Helper()
	m, err := pty.Modes(k.slave)
	if err != nil {
		k.t.Fatal(err)
	}
	return m
}
