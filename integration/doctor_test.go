//go:build integration

package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// finding is one of `nlstat doctor --json`.
type finding struct {
	ID, Severity, Subject, Text, Who, Cause, Remedy, Command string
	Value, Limit                                             float64
	Since                                                    float64
}

// examine runs doctor in a namespace.
func examine(t testing.TB, ns *harness.NS, during func(), args ...string) (list []finding, code int) {
	t.Helper()
	done := make(chan harness.Result, 1)
	go func() { done <- ns.Run("nlstat", append([]string{"doctor", "--json", "--for", "1500ms"}, args...)...) }()
	if during != nil {
		time.Sleep(700 * time.Millisecond)
		during()
	}
	r := <-done
	if err := json.Unmarshal(r.Stdout, &list); err != nil {
		t.Fatalf("%v: %s%s", err, r.Stdout, r.Stderr)
	}
	return list, r.Code
}

// find returns the finding of a check, nil if there is none.
func find(list []finding, id string) *finding {
	i := slices.IndexFunc(list, func(f finding) bool { return f.ID == id })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// TestDoctor causes one problem after the other: doctor finds it, names the process and the number, shows
// it with a working command, and finds nothing after it is cured.
func TestDoctor(t *testing.T) {
	var ripening []*illness
	for i := range sicknesses {
		if sick := &sicknesses[i]; sick.ripens > 0 { // meanwhile the others run
			ripening = append(ripening, fallIll(t, sick))
		}
	}
	for i := range sicknesses {
		if sick := &sicknesses[i]; sick.ripens == 0 && !sick.machine {
			t.Run(sick.id, func(t *testing.T) { fallIll(t, sick).treat(t) })
		}
	}
	for _, ill := range ripening {
		t.Run(ill.id, ill.treat)
	}
}

// An illness is a sickness in a namespace.
type illness struct {
	*sickness
	ns          *harness.NS
	began       time.Time
	during, end func()
}

// fallIll causes the problem in a new namespace.
func fallIll(t *testing.T, sick *sickness) *illness {
	t.Helper()
	ns := harness.New(t)
	ill := &illness{sickness: sick, ns: ns}
	if list, code := examine(t, ns, nil, ill.args("--for", "200ms")...); len(list) != 0 || code != 0 {
		t.Fatalf("%s is found in an empty namespace: exit code %d, %+v", sick.id, code, list)
	}
	ill.during, ill.end = sick.begin(&ward{NS: ns, t: t})
	ill.began = time.Now()
	return ill
}

// args are those of doctor.
func (ill *illness) args(more ...string) []string {
	args := append([]string{ill.id + ill.limits}, more...)
	if ill.machine {
		args = append(args, "-N", "1")
	}
	return args
}

// treat checks that the problem is found, cures it, and checks that nothing is found.
func (ill *illness) treat(t *testing.T) {
	t.Helper()
	ns := ill.ns.With(t)
	time.Sleep(time.Until(ill.began.Add(ill.ripens)))
	list, code := examine(t, ns, ill.during, ill.args()...)
	f := find(list, ill.id)
	if f == nil {
		t.Fatalf("not found: exit code %d, %+v", code, list)
	}
	checkFinding(t, ns, ill.sickness, f)
	if want := map[string]int{"note": 0, "warning": 1, "critical": 1}[f.Severity]; code != want {
		t.Errorf("exit code %d for %s", code, f.Severity)
	}
	if ill.end != nil {
		ill.end()
	}
	if ill.lasts {
		return
	}
	if list, code := examine(t, ns, nil, ill.args("--for", "300ms")...); len(list) != 0 || code != 0 {
		t.Errorf("still found: exit code %d, %+v", code, list)
	}
}

// checkFinding checks the text of a finding, and that its command shows something.
func checkFinding(t *testing.T, ns *harness.NS, sick *sickness, f *finding) {
	t.Helper()
	if f.Severity != sick.severity || !strings.Contains(f.Text, sick.text) {
		t.Errorf("%s %q, want %s %q", f.Severity, f.Text, sick.severity, sick.text)
	}
	if self := fmt.Sprintf("/%d", os.Getpid()); !sick.nobody && !strings.Contains(f.Who, self) {
		t.Errorf("who is %q, want this process, %s", f.Who, self)
	}
	if f.Cause == "" || f.Remedy == "" || f.Since <= 0 {
		t.Errorf("something is missing: %+v", f)
	}
	if !strings.HasPrefix(f.Command, "nlstat ") {
		t.Errorf("the command is %q", f.Command)
	}
	checkCommand(t, ns, f.Command)
	for _, m := range quotedCommand.FindAllStringSubmatch(f.Remedy, -1) {
		checkCommand(t, ns, m[1])
	}
	checkSettings(t, sick, f.Remedy)
}

var (
	// quotedCommand is a command in the text of a remedy.
	quotedCommand = regexp.MustCompile("`([^`]+)`")
	// quotedSetting is a setting in the text of a remedy, and the value that it is said to have.
	quotedSetting = regexp.MustCompile(`\b(net\.[a-z0-9_.]*[a-z0-9])(?:(?: is|, which is) ([0-9]+(?: [0-9]+)*))?`)
)

// checkCommand runs a command as a shell does: it shows something.
func checkCommand(t *testing.T, ns *harness.NS, line string) {
	t.Helper()
	if tool, _, _ := strings.Cut(line, " "); tool != "nlstat" {
		if _, err := exec.LookPath(tool); err != nil {
			t.Logf("not run, without %s here (integration/setup installs it): %s", tool, line)
			return
		}
	}
	if strings.Contains(line, "--watch") {
		line += "=100ms --times 2"
	}
	r := ns.Exec(&harness.Command{
		Path: harness.Tool(t, "sh"), Args: []string{"-c", line},
		Env: []string{"PATH=" + filepath.Dir(harness.Program(t, "nlstat")) + ":" + os.Getenv("PATH") + ":/usr/sbin:/sbin"},
	})
	if r.Code != 0 || len(r.Stdout) == 0 {
		t.Errorf("%s: exit code %d, %s", line, r.Code, r.Stderr)
	}
}

// checkSettings looks up the settings that a remedy names: they are there, with the values that it quotes.
func checkSettings(t *testing.T, sick *sickness, remedy string) {
	t.Helper()
	for _, m := range quotedSetting.FindAllStringSubmatch(remedy, -1) {
		name := "/proc/sys/" + strings.ReplaceAll(m[1], ".", "/")
		value, err := os.ReadFile(name)
		if sick.machine || errors.Is(err, os.ErrNotExist) { // a setting of the whole machine
			inFirst(t, func() { value, err = os.ReadFile(name) })
		}
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
		} else if is := strings.Join(strings.Fields(string(value)), " "); m[2] != "" && m[2] != is {
			t.Errorf("%s is %s, said to be %s", m[1], is, m[2])
		}
	}
}

// inFirst runs f in the first network namespace of the machine, as far as its processes tell.
func inFirst(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		fd, err := unix.Open("/proc/1/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err == nil {
			defer unix.Close(fd) //nolint:errcheck // nothing is written
			err = unix.Setns(fd, unix.CLONE_NEWNET)
		}
		if err != nil {
			done <- err
			return
		}
		f()
	}()
	if err := <-done; err != nil {
		t.Skipf("the first network namespace: %v", err)
	}
}

// TestDoctorLearnedMTU checks that a path with a learned MTU is not reported: packets are small enough and
// are lost for another reason.
func TestDoctorLearnedMTU(t *testing.T) {
	w := &ward{NS: harness.New(t), t: t}
	w.Address("lo", "10.9.0.1/32")
	w.routerSays("10.9.0.1", 1300)
	w.blackhole("10.9.0.1:8096", 600)
	if list, code := examine(t, w.NS, nil, "pmtu", "--for", "200ms"); len(list) != 0 || code != 0 {
		t.Errorf("exit code %d, %+v", code, list)
	}
}

// TestDoctorRefused checks that users without rights get the checks that were not possible, never that they
// passed.
func TestDoctorRefused(t *testing.T) {
	harness.NeedsUsers(t)
	ns := harness.New(t)
	as := func(words ...string) harness.Result {
		return ns.Exec(&harness.Command{Path: harness.Program(t, "nlstat"), Args: words, UID: nobodyID})
	}
	if _, err := os.Stat("/proc/sys/net/netfilter/nf_conntrack_max"); err != nil {
		t.Skip("no connection tracking here, which is what is refused: ", err)
	}
	r := as("doctor", "--for", "200ms")
	if r.Code != withoutRights || !strings.Contains(string(r.Stdout), "conntrack (needs CAP_NET_ADMIN)") {
		t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	r = as("doctor", "--for", "200ms", "--nagios")
	if r.Code != 3 || !strings.HasPrefix(string(r.Stdout), "NLSTAT UNKNOWN - 24 checks, no finding, 1 left out for lack of rights ") {
		t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
	(&ward{NS: ns, t: t}).listen("127.0.0.1:8080", 1)
	r = as("why", ":8080")
	if r.Code != withoutRights || !strings.Contains(string(r.Stdout), "held by an unknown process") {
		t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
	}
}

// TestDoctorHealthy checks that nothing is found where nothing is wrong.
func TestDoctorHealthy(t *testing.T) {
	ns := harness.New(t)
	for _, args := range [][]string{nil, {"-A"}} {
		r := ns.Run("nlstat", append([]string{"doctor", "--for", "300ms"}, args...)...)
		if len(args) == 0 && (r.Code != 0 || strings.Count(string(r.Stdout), "\n") != 1 || !strings.HasPrefix(string(r.Stdout), "24 checks, 0 findings")) {
			t.Errorf("exit code %d\n%s%s", r.Code, r.Stdout, r.Stderr)
		}
		if !strings.Contains(string(r.Stdout), "24 checks") {
			t.Errorf("%v: %s%s", args, r.Stdout, r.Stderr)
		}
	}
}

// TestDoctorIdle opens 20 services that nobody uses: nothing is wrong with them.
func TestDoctorIdle(t *testing.T) {
	ns := harness.New(t)
	w := &ward{NS: ns, t: t}
	w.Address("lo", "10.9.0.1/32")
	for i := range 5 {
		port := strconv.Itoa(7000 + i)
		w.listen("0.0.0.0:"+port, 128)
		w.listen("[::1]:"+port, 0)
		w.UDP("10.9.0.1:" + port)
		l := w.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		if err := unix.Bind(l.FD, &unix.SockaddrUnix{Name: fmt.Sprintf("@idle-%d", i)}); err != nil {
			t.Fatal(err)
		}
		if err := unix.Listen(l.FD, i); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	r := ns.Run("nlstat", "doctor", "--for", "1s")
	if r.Code != 0 || !strings.HasPrefix(string(r.Stdout), "24 checks, 0 findings") {
		t.Errorf("after %v: exit code %d\n%s%s", time.Since(begun), r.Code, r.Stdout, r.Stderr)
	}
}
