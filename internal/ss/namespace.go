package ss

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/netns"
)

// Folders of named network namespaces and their configuration.
const (
	namespaces    = "/var/run/netns/"
	namespaceEtcs = "/etc/netns/"
)

// enterNamespace moves the calling thread, the only one that opens sockets and files, into a named network
// namespace. From then on, for this process only, /sys is that of the namespace and its files below
// /etc/netns/NAME cover those of /etc.
func (p *program) enterNamespace(name string) error {
	runtime.LockOSThread() // never unlocked: the thread is in another namespace
	file, err := rights.Open(namespaces + name)
	if err != nil {
		return fail(exitValue, "Cannot open network namespace \""+name+"\": "+errorText(err)+"\n")
	}
	p.netns = file // open until the end: names are looked up in it
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fail(exitValue, "setting the network namespace \""+name+"\" failed: "+errorText(err)+"\n")
	}
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fail(exitValue, "unshare failed: "+errorText(err)+"\n")
	}
	if err := unix.Mount("", "/", "none", unix.MS_SLAVE|unix.MS_REC, ""); err != nil {
		return fail(exitValue, "\"mount --make-rslave /\" failed: "+errorText(err)+"\n")
	}
	if err := remountSys(name); err != nil {
		return err
	}
	p.bindEtc(name)
	return nil
}

// dialHere opens the resolver's sockets in the namespace of -N: the resolver uses threads that are not in it.
func (p *program) dialHere(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = netns.Do(int(p.netns.Fd()), func() error {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// remountSys mounts a sysfs of the new namespace, read-only if the old one was and cannot be unmounted.
func remountSys(name string) error {
	var flags uintptr
	if unix.Unmount("/sys", unix.MNT_DETACH) != nil {
		var st unix.Statfs_t
		if unix.Statfs("/sys", &st) == nil && st.Flags&unix.ST_RDONLY != 0 {
			flags = unix.MS_RDONLY
		}
	}
	if err := unix.Mount(name, "/sys", "sysfs", flags, ""); err != nil {
		return fail(exitValue, "mount of /sys failed: "+errorText(err)+"\n")
	}
	return nil
}

// bindEtc covers files of /etc by those of the namespace.
func (p *program) bindEtc(name string) {
	dir := namespaceEtcs + name
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // it has none
	}
	for _, e := range entries {
		from, to := filepath.Join(dir, e.Name()), filepath.Join("/etc", e.Name())
		if err := unix.Mount(from, to, "none", unix.MS_BIND, ""); err != nil {
			p.complain("Bind " + from + " -> " + to + " failed: " + errorText(err) + "\n")
		}
	}
}
