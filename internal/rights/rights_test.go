package rights

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestKeepOnly(t *testing.T) {
	all := unix.CapUserData{Effective: ^uint32(0), Permitted: ^uint32(0), Inheritable: ^uint32(0)}
	keep := keepOnly([2]unix.CapUserData{all, all})
	has := func(c uint) bool { return keep[c/32].Effective>>(c%32)&1 == 1 }
	for _, c := range needed {
		if !has(c) {
			t.Errorf("capability %d is gone", c)
		}
	}
	for _, c := range []uint{unix.CAP_SYS_MODULE, unix.CAP_DAC_OVERRIDE, unix.CAP_SETUID, unix.CAP_SYS_RAWIO} {
		if has(c) {
			t.Errorf("capability %d is kept", c)
		}
	}
	if keep[0].Inheritable|keep[1].Inheritable != 0 {
		t.Error("something is inherited")
	}
	if none := keepOnly([2]unix.CapUserData{}); none != ([2]unix.CapUserData{}) {
		t.Errorf("keepOnly of nothing = %+v", none)
	}
}

// dropping are the calls that drop capabilities.
var dropping = map[string]func() error{
	"drop":              Drop,
	"drop twice":        func() error { return errors.Join(Drop(), Drop()) },
	"confine":           func() error { return Confine(&Confinement{Read: []string{"/proc"}}) },
	"confine processes": func() error { return Confine(&Confinement{Processes: true}) },
	"drop and confine":  func() error { return errors.Join(Drop(), Confine(&Confinement{Processes: true})) },
	"confine, rename":   func() error { return Confine(&Confinement{Processes: true, Rename: true}) },
}

// TestDrop drops for good, so it does it in children: static builds of this test without cgo.
func TestDrop(t *testing.T) {
	if kind := os.Getenv("NLSTAT_DROP"); kind != "" {
		dropAndLook(t, kind)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root: others have nothing to drop")
	}
	bin := static(t)
	for kind := range dropping {
		t.Run(kind, func(t *testing.T) {
			child := exec.CommandContext(t.Context(), bin, "-test.run", "^TestDrop$", "-test.v")
			child.Env = append(os.Environ(), "NLSTAT_DROP="+kind)
			if out, err := child.CombinedOutput(); err != nil {
				t.Fatalf("child: %v\n%s", err, out)
			}
		})
	}
}

func dropAndLook(t *testing.T, kind string) {
	t.Helper()
	rest := make(chan struct{})
	defer close(rest)
	for range 4 { // threads of before
		go func() { runtime.LockOSThread(); <-rest }()
	}
	runtime.Gosched()
	if err := dropping[kind](); errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil || len(tasks) < 5 {
		t.Fatalf("%d threads, %v", len(tasks), err)
	}
	keeps := strings.Contains(kind, "rename")
	for _, task := range tasks {
		b, err := os.ReadFile("/proc/self/task/" + task.Name() + "/status")
		if err != nil {
			t.Fatal(err)
		}
		// CAP_SYS_MODULE is bit 16: the digit of bits 16 to 19 must not have it.
		for line := range strings.Lines(string(b)) {
			if set, ok := strings.CutPrefix(line, "CapPrm:\t"); ok && strings.ContainsAny(set[11:12], "13579bdf") != keeps {
				t.Errorf("thread %s has %s, keeps CAP_SYS_MODULE: %t", task.Name(), line, keeps)
			}
			if line == "NoNewPrivs:\t0\n" {
				t.Errorf("thread %s may gain privileges", task.Name())
			}
		}
	}
}
