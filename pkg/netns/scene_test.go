//go:build linux

package netns

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Scenes are processes in namespaces of their own, of the test binary. They print one line when they are
// ready, and run until their standard input ends.

const sceneVariable = "NETNS_TEST_SCENE"

var scenes = map[string]func() (string, error){
	"mounted": func() (string, error) { return mounted(nil) },
	"pipe":    func() (string, error) { return mounted(coverPipe) },
	"plain":   func() (string, error) { return mounted(coverPlain) },
	"device":  func() (string, error) { return mounted(coverDevice) },
	"other":   func() (string, error) { return mounted(coverOther) },
	"folder":  func() (string, error) { return mounted(coverFolder) },
	"silent":  func() (string, error) { return mounted(coverSilent) },
	"self":    namedSelf,
	"bomb":    bomb,
	"hung":    hung,
	"socket":  socketOnly,
	"nobody":  nobody,
}

func TestMain(m *testing.M) {
	scene := scenes[os.Getenv(sceneVariable)]
	if scene == nil {
		os.Exit(m.Run())
	}
	runtime.LockOSThread() // unshare affects this thread
	line, err := scene()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stdout, "not there:", err) // the test reads it
		os.Exit(1)
	}
	_, _ = fmt.Fprintln(os.Stdout, line)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test ends
	os.Exit(0)
}

// scene starts a scene and returns what it prints, in words, and its process.
func scene(t *testing.T, name string, attr *syscall.SysProcAttr, files ...*os.File) (words []string, pid int) {
	t.Helper()
	root(t)
	// Users without rights may not read the directory of the binary.
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe")
	cmd.Env = append(os.Environ(), sceneVariable+"="+name)
	cmd.Dir = "/"
	if attr.Credential == nil {
		cmd.Dir = t.TempDir()
	}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr, cmd.ExtraFiles = attr, files
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends then
		_ = cmd.Wait() // any exit code
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if why, cannot := strings.CutPrefix(line, "not there: "); cannot {
		t.Skip("needs a scene that cannot be made here: " + why)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(line), cmd.Process.Pid
}

// apart are the namespaces of a scene that mounts something.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET}
}

// private stops the propagation of mounts to the rest of the machine.
func private() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private, which needs a root that is a mount, not a plain chroot: %w", err)
	}
	return nil
}

// mounted creates a namespace that only the mount at ns keeps alive, which cover may cover. It returns its
// inode.
func mounted(cover func(point string) error) (string, error) {
	if err := private(); err != nil {
		return "", err
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	point := filepath.Join(dir, "ns")
	inode, err := ownInode()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(point, nil, 0o600); err != nil {
		return "", err
	}
	if err := unix.Mount(ownNet, point, "", unix.MS_BIND, ""); err != nil {
		return "", err
	}
	if cover != nil {
		if err := cover(point); err != nil {
			return "", err
		}
	}
	// Earlier goroutines may have used other threads, which exist as long as the process.
	return strconv.FormatUint(inode, 10), leave()
}

// leave moves all threads out of the network namespace of the process.
func leave() error {
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_UNSHARE, unix.CLONE_NEWNET, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func bind(source, point string) error { return unix.Mount(source, point, "", unix.MS_BIND, "") }

func coverPipe(point string) error {
	return errors.Join(unix.Mkfifo(point+".pipe", 0o666), bind(point+".pipe", point))
}

func coverPlain(point string) error {
	return errors.Join(os.WriteFile(point+".plain", []byte("x"), 0o600), bind(point+".plain", point))
}

func coverDevice(point string) error { return bind("/dev/null", point) }

func coverOther(point string) error { return bind("/proc/self/ns/uts", point) }

// coverFolder replaces a directory of the path by a symbolic link to the namespace's.
func coverFolder(point string) error {
	dir := filepath.Dir(point)
	inner := filepath.Join(dir, "inner")
	err := errors.Join(
		os.Mkdir(inner, 0o755), os.WriteFile(inner+"/ns", nil, 0o600), bind(ownNet, inner+"/ns"), unix.Unmount(point, 0),
		os.Rename(inner, dir+"/moved"), os.Symlink("moved", inner),
		unix.Mount("none", dir+"/moved", "tmpfs", 0, ""),
	)
	return err
}

// namedSelf mounts its network namespace as /run/netns/self, and prints its inode.
func namedSelf() (string, error) {
	inode, inodeErr := ownInode()
	return strconv.FormatUint(inode, 10), errors.Join(
		inodeErr, private(), unix.Mount("none", "/run", "tmpfs", 0, ""), os.Mkdir("/run/netns", 0o755),
		os.WriteFile("/run/netns/self", nil, 0o600), bind(ownNet, "/run/netns/self"),
	)
}

// bombPoints is the number of mount points of a bomb, bombTimes the number of mounts on each; half are
// covered.
const bombPoints, bombTimes = 100, 50

// bomb fills a mount namespace with mounts of its network namespace.
func bomb() (string, error) {
	if err := errors.Join(private(), os.Mkdir("points", 0o755), bind("points", "points"), os.Mkdir("times", 0o755)); err != nil {
		return "", err
	}
	for i := range bombPoints {
		point := filepath.Join("points", strconv.Itoa(i))
		if err := errors.Join(os.WriteFile(point, nil, 0o600), bind(ownNet, point)); err != nil {
			return "", err
		}
		if i%2 == 0 {
			if err := bind("/dev/null", point); err != nil {
				return "", err
			}
		}
	}
	for i := range bombTimes {
		dir := filepath.Join("times", strconv.Itoa(i))
		if err := errors.Join(os.Mkdir(dir, 0o755), unix.Mount("points", dir, "", unix.MS_BIND|unix.MS_REC, "")); err != nil {
			return "", err
		}
	}
	return "there", leave()
}

// socketOnly leaves a socket in a namespace that nothing else keeps alive, and returns its inode.
func socketOnly() (string, error) {
	inode, err := ownInode()
	if err != nil {
		return "", err
	}
	if _, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); err != nil {
		return "", err
	}
	return strconv.FormatUint(inode, 10), leave()
}

// nobody does without rights what needs none, and returns what failed.
func nobody() (string, error) {
	if err := asNobody(); err != nil {
		return err.Error(), nil //nolint:nilerr // the test reads it
	}
	return "right", nil
}

func asNobody() error {
	list, err := List(withoutTest, nil)
	if err != nil {
		return err
	}
	own := list.Self()
	if own == nil {
		return errors.New("no own namespace")
	}
	f, err := own.Open()
	if err != nil {
		return err
	}
	if err := Do(int(f.Fd()), func() error { return nil }); err != nil {
		return err
	}
	if err := Do(foreignFD, func() error { return nil }); !errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("enter another namespace: %w", err)
	}
	if list.Stats.Denied == 0 || list.Stats.SocketsSearched {
		return fmt.Errorf("stats %+v", list.Stats)
	}
	return nil
}
