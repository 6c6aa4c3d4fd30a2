package rights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain is also the program that has more rights than its caller.
func TestMain(m *testing.M) {
	programs := map[string]func() []string{"caller": callerProgram, "confine": confineProgram, "user": userProgram}
	if program := programs[os.Getenv("RIGHTS_CHILD")]; program != nil {
		for _, fault := range program() {
			fmt.Println(fault) //nolint:forbidigo // the parent reads it
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const nobody = 65534

// elevations are the ways to more rights than the caller has, each with what prepares the program.
var elevations = []struct {
	name    string
	env     []string
	asRoot  bool
	prepare func(bin string) error
}{
	{name: "file capabilities", prepare: giveCapabilities},
	{name: "set-user-ID", prepare: func(bin string) error { return os.Chmod(bin, 0o755|os.ModeSetuid) }},
	{
		name: "sudo", asRoot: true,
		env: []string{"SUDO_UID=65534", "SUDO_GID=65534", "SUDO_COMMAND=/usr/bin/nlstat record x"},
	},
	{name: "pkexec", asRoot: true, env: []string{"PKEXEC_UID=65534"}},
}

// giveCapabilities is setcap cap_sys_ptrace,cap_dac_read_search,cap_dac_override+ep.
func giveCapabilities(bin string) error {
	var x [20]byte // struct vfs_cap_data, revision 2
	binary.LittleEndian.PutUint32(x[0:], 0x02000000|1)
	binary.LittleEndian.PutUint32(x[4:], 1<<unix.CAP_SYS_PTRACE|1<<unix.CAP_DAC_READ_SEARCH|1<<unix.CAP_DAC_OVERRIDE)
	return unix.Setxattr(bin, "security.capability", x[:], 0)
}

// scene makes the files that a caller may name: those in the folder closed are root's alone.
func scene(t *testing.T) string {
	t.Helper()
	unix.Umask(0o022)
	dir := t.TempDir()
	steps := []error{
		os.Chmod(filepath.Dir(dir), 0o755), // it is closed to others
		os.WriteFile(dir+"/secret", []byte("SECRET"), 0o600),
		os.WriteFile(dir+"/public", []byte("public"), 0o644),
		os.Mkdir(dir+"/closed", 0o700),
		os.WriteFile(dir+"/closed/file", []byte("SECRET"), 0o644),
		os.Mkdir(dir+"/own", 0o755),
		os.Chown(dir+"/own", nobody, nobody),
		unix.Mkfifo(dir+"/fifo", 0o666),
		os.Chmod(dir+"/fifo", 0o666),
		os.WriteFile(dir+"/theirs", []byte("--x\n"), 0o644),
		os.Chown(dir+"/theirs", 1234, 1234),
		os.WriteFile(dir+"/mine", []byte("--x\n"), 0o644),
		os.Chown(dir+"/mine", nobody, nobody),
		os.WriteFile(dir+"/open", []byte("--x\n"), 0o644),
		os.Chmod(dir+"/open", 0o664),
		os.WriteFile(dir+"/large", make([]byte, maxConfig+1), 0o644),
		os.Symlink("secret", dir+"/link"),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	return dir
}

// static builds this test without cgo, and returns where it is.
func static(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "program")
	if out, err := buildSelf(t, bin, "0"); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return bin
}

// buildSelf builds this test, with CGO_ENABLED as given.
func buildSelf(t *testing.T, bin, cgo string) (out []byte, err error) {
	t.Helper()
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	return build.CombinedOutput()
}

// TestCaller runs the program below in each way to more rights.
func TestCaller(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: others have no rights to give")
	}
	program, err := os.ReadFile(static(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range elevations {
		t.Run(e.name, func(t *testing.T) {
			dir := scene(t)
			bin := filepath.Join(dir, "program")
			if err := os.WriteFile(bin, program, 0o755); err != nil {
				t.Fatal(err)
			}
			if e.prepare != nil {
				if err := e.prepare(bin); err != nil {
					t.Skipf("not here: %v", err)
				}
			}
			child := exec.CommandContext(t.Context(), bin, dir)
			child.Env = append([]string{
				"RIGHTS_CHILD=caller", "PROC_ROOT=/x", "PROC_NET_TCP=/x", "TZ=:/x", "HOME=/x",
			}, e.env...)
			child.SysProcAttr = &syscall.SysProcAttr{}
			if !e.asRoot {
				child.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
			}
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			_, _ = write.WriteString("piped") // small enough for any pipe
			_ = write.Close()                 // what was written stays
			child.ExtraFiles = []*os.File{read}
			out, err := child.CombinedOutput()
			_ = read.Close() // the child has its own
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if len(out) > 0 {
				t.Errorf("%s", out)
			}
		})
	}
}

// callerProgram has more rights than its caller, and returns what is wrong.
func callerProgram() (faults []string) {
	dir := os.Args[1]
	var mu sync.Mutex
	fault := func(format string, args ...any) {
		mu.Lock()
		faults = append(faults, fmt.Sprintf(format, args...))
		mu.Unlock()
	}
	late := time.AfterFunc(20*time.Second, func() { panic("something blocks") })
	defer late.Stop()
	if _, err := os.ReadFile(dir + "/closed/file"); err != nil {
		return []string{"no rights to begin with: " + err.Error()}
	}
	if !Elevated() || !Limited() {
		fault("Elevated %v, Limited %v", Elevated(), Limited())
	}
	CleanEnvironment()
	for _, name := range []string{"PROC_ROOT", "PROC_NET_TCP", "TZ"} {
		if _, ok := os.LookupEnv(name); ok {
			fault("%s is still set", name)
		}
	}
	var wait sync.WaitGroup
	for range 8 { // on several threads at once, each of which has all its rights again afterwards
		wait.Go(func() {
			for range 50 {
				opens(dir, fault)
			}
		})
	}
	wait.Wait()
	creates(dir, fault)
	configs(dir, fault)
	if text, err := ReadFile("/dev/fd/3"); string(text) != "piped" {
		fault("/dev/fd/3: %q, %v", text, err)
	}
	return faults
}

func opens(dir string, fault func(string, ...any)) {
	for name, want := range map[string]error{
		"/secret": fs.ErrPermission, "/closed/file": fs.ErrPermission, "/link": fs.ErrPermission,
		"/fifo": ErrNotFile, "/own": ErrNotFile, "/public": nil, "/none": fs.ErrNotExist,
	} {
		text, err := ReadFile(dir + name)
		if !errors.Is(err, want) || err == nil && string(text) != "public" {
			fault("%s: %q, %v; want %v", name, text, err, want)
		}
	}
	if _, err := Open("/dev/tty"); err == nil {
		fault("a device was opened")
	}
	if f, err := Open(os.DevNull); err != nil {
		fault("null: %v", err)
	} else {
		_ = f.Close() // it was only read
	}
	err := AsCaller(func() error {
		_, err := os.Stat(dir + "/closed/file")
		return err
	})
	if !errors.Is(err, fs.ErrPermission) {
		fault("AsCaller: %v", err)
	}
	if _, err := os.ReadFile(dir + "/closed/file"); err != nil {
		fault("the process has lost its rights: %v", err)
	}
}

func creates(dir string, fault func(string, ...any)) {
	for _, name := range []string{"/secret", "/closed/new", "/new", "/link"} {
		if _, err := Create(dir+name, 0o600); !errors.Is(err, fs.ErrPermission) {
			fault("Create %s: %v", name, err)
		}
	}
	if text, err := os.ReadFile(dir + "/secret"); string(text) != "SECRET" {
		fault("secret: %q, %v", text, err)
	}
	f, err := Create(dir+"/own/new", 0o600)
	if err != nil {
		fault("Create: %v", err)
		return
	}
	defer func() { _ = f.Close() }() // checked below
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil || st.Uid != nobody || st.Mode&0o777 != 0o600 {
		fault("created as %d, mode %o, %v", st.Uid, st.Mode, err)
	}
	if _, err := io.WriteString(f, "x"); err != nil {
		fault("write: %v", err)
	}
	if again, err := Create(dir+"/own/new", 0o600); err != nil {
		fault("Create again: %v", err)
	} else if st, err := again.Stat(); err != nil || st.Size() != 0 {
		fault("not truncated: %v, %v", st, err)
	}
}

// configs checks ReadConfig. Under sudo the real user is root, whose own files may be closed to the caller.
func configs(dir string, fault func(string, ...any)) {
	wants := map[string]error{
		"/theirs": ErrOwner, "/open": ErrWritable, "/large": ErrTooLarge, "/fifo": ErrNotFile, "/none": fs.ErrNotExist,
		"/mine": nil, "/secret": fs.ErrPermission, "/public": nil,
	}
	if os.Getuid() == 0 {
		wants["/mine"], wants["/secret"] = ErrOwner, nil
	}
	for name, want := range wants {
		text, err := ReadConfig(dir + name)
		if !errors.Is(err, want) {
			fault("ReadConfig %s: %q, %v; want %v", name, text, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "--x") {
			fault("ReadConfig %s quotes the file: %v", name, err)
		}
	}
	if text, err := ReadConfig(os.DevNull); err != nil || len(text) > 0 {
		fault("ReadConfig null: %q, %v", text, err)
	}
}
