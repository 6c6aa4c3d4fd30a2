package rights

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A caller is the user whose rights apply to the files that a command line names.
type caller struct {
	uid, gid int
	sudo     bool // uid and gid are of the user who called sudo or pkexec, not the real ones
}

// callerOf returns the caller if the process has more rights. In a root shell that was started by sudo the
// caller is root; if sudo started this program itself, it is the user who called sudo.
func callerOf(c *credentials) (who caller, limited bool) {
	if c.uid != 0 {
		return caller{uid: c.uid, gid: c.gid}, c.exceed()
	}
	return invoker()
}

// invoker returns the user who started nlstat through sudo or pkexec. A rule for ss or netstat permits the
// same as for the originals, so these are excluded.
func invoker() (who caller, ok bool) {
	for _, v := range [...]struct{ uid, gid string }{{"SUDO_UID", "SUDO_GID"}, {"PKEXEC_UID", "PKEXEC_UID"}} {
		uid, err := strconv.ParseUint(os.Getenv(v.uid), 10, 31)
		if err != nil || uid == 0 {
			continue
		}
		if v.uid == "SUDO_UID" && !startedBySudo() {
			continue
		}
		gid, err := strconv.ParseUint(os.Getenv(v.gid), 10, 31)
		if err != nil {
			gid = uid // pkexec does not set it; distributions give each user a group of this number
		}
		return caller{uid: int(uid), gid: int(gid), sudo: true}, true
	}
	return caller{}, false
}

// startedBySudo reports whether sudo started nlstat itself, not a shell from which nlstat was started.
func startedBySudo() bool {
	words := strings.Fields(os.Getenv("SUDO_COMMAND"))
	return len(words) > 0 && strings.HasPrefix(filepath.Base(words[0]), "nlstat")
}

// Limited reports whether files that the command line or the environment names are opened with the rights of
// the caller, which are less than those of this process.
func Limited() bool {
	c := readCredentials()
	_, limited := callerOf(&c)
	return limited
}

// AsCaller calls f with the caller's rights only: without capabilities, and as the caller's user and group if
// this process runs as another user. f must stay on its goroutine; goroutines that it starts have the rights
// of the process. If the process has no more rights than its caller, f is called without changes.
func AsCaller(f func() error) error {
	c := readCredentials()
	who, limited := callerOf(&c)
	if !limited {
		return f()
	}
	return lowered(who, f)
}

// lowered calls f on a thread with the caller's rights. If they cannot be set, f is not called; if the rights
// of the thread cannot be restored, the thread is not used again.
func lowered(who caller, f func() error) error {
	runtime.LockOSThread()
	restore, err := lower(who)
	if err == nil {
		err = f()
	}
	if lost := restore(); lost != nil {
		return errors.Join(err, lost)
	}
	runtime.UnlockOSThread()
	return err
}

// lower drops rights of the calling thread. restore undoes the changes, also after an error.
func lower(who caller) (restore func() error, err error) {
	var undo []func() error
	restore = func() error {
		var failed error
		for _, f := range slices.Backward(undo) {
			failed = errors.Join(failed, f())
		}
		return failed
	}
	if who.sudo {
		groups, err := unix.Getgroups()
		if err != nil {
			return restore, fmt.Errorf("read groups: %w", err)
		}
		undo = append(undo, func() error { return setGroups(groups) })
		if err := setGroups([]int{who.gid}); err != nil {
			return restore, fmt.Errorf("take the groups of user %d: %w", who.uid, err)
		}
	}
	h, have, err := capabilities()
	if err != nil {
		return restore, err
	}
	// The user first: changing it needs a capability, and changes some.
	undo = append(undo, func() error { return setCapabilities(&h, &have) })
	gid, uid := os.Getegid(), os.Geteuid()
	undo = append(undo, func() error { return setFSUser(uid, gid) })
	if err := setFSUser(who.uid, who.gid); err != nil {
		return restore, err
	}
	none := have
	none[0].Effective, none[1].Effective = 0, 0
	return restore, setCapabilities(&h, &none)
}
