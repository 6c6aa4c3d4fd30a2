//go:build integration

package integration

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/integration/harness"
)

// TestAttackPlaces uses existing and missing paths in directories that are closed to the caller: the output
// for both is the same.
func TestAttackPlaces(t *testing.T) {
	ns := harness.New(t)
	harness.NeedsUsers(t)
	port := ns.Listen("127.0.0.1:0").Port()
	for i := range elevations {
		e := &elevations[i]
		t.Run(e.name, func(t *testing.T) {
			ns := ns.With(t)
			dir := openDir(t)
			if err := closedPlaces(t, ns, dir); err != nil {
				t.Fatal(err)
			}
			c := e.elevated(t, "nlstat")
			r := ns.Exec(with(c, e.env, "-N", dir+"/namespace", "-tl"))
			if e.asRoot { // entering needs CAP_SYS_ADMIN
				atWork(t, e.name, &r, port)
			}
			for _, place := range []string{
				"file", "folder", "folder/file", "link", "fifo", "socket", "namespace", "folder/../file", "./file", "dangling", "file/below",
			} {
				for _, line := range []string{"-N FILE", "-N FILE links", "stats -N FILE", "why -N FILE 127.0.0.1:1"} {
					if got, want := saidOf(ns, c, e, line, dir+"/closed/"+place), saidOf(ns, c, e, line, dir+"/closed/none"); got != want {
						t.Errorf("%s: %s of %s: %s; of what is not there: %s", e.name, line, place, got, want)
					}
				}
			}
		})
	}
}

// closedPlaces makes a directory for root alone with one file of each kind, and a namespace that is visible
// to all.
func closedPlaces(t *testing.T, ns *harness.NS, dir string) error {
	t.Helper()
	closed := dir + "/closed"
	err := errors.Join(os.Mkdir(closed, 0o755), os.WriteFile(closed+"/file", nil, 0o644), os.Mkdir(closed+"/folder", 0o755),
		os.WriteFile(closed+"/folder/file", nil, 0o644), os.Symlink("file", closed+"/link"), unix.Mkfifo(closed+"/fifo", 0o644),
		unix.Mknod(closed+"/socket", unix.S_IFSOCK|0o644, 0), os.Symlink("none", closed+"/dangling"))
	for _, path := range []string{dir + "/namespace", closed + "/namespace"} {
		err = errors.Join(err, os.WriteFile(path, nil, 0o644))
		ns.Do(func() { err = errors.Join(err, unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, "")) })
		t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) }) // as it was
	}
	return errors.Join(err, os.Chmod(closed, 0o700))
}

// saidOf returns the exit code and all output of a command, without the path.
func saidOf(ns *harness.NS, c harness.Command, e *elevation, line, place string) string {
	r := ns.Exec(with(c, e.env, strings.Fields(strings.Replace(line, "FILE", place, 1))...))
	said := strings.ReplaceAll(string(r.Stdout)+string(r.Stderr), place, "PLACE")
	return fmt.Sprintf("exit code %d, %s", r.Code, said)
}
