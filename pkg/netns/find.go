package netns

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ownNet is the namespace of the calling thread, which need not be that of the process.
const ownNet = "/proc/thread-self/ns/net"

// A Namespace is one network namespace of the host. It is a plain value and holds nothing open.
type Namespace struct {
	Inode uint64   // identifies it while it lives: the number in "net:[4026531840]"
	Names []string // under which it is mounted, such as those of `ip netns`, sorted
	PID   int      // the process of the lowest number that has a thread in it, 0 if there is none
	path  string   // a file that leads to it
	id    uint64   // of the kernel, for those that nothing else leads to (listns)
}

// String returns a name that people know the namespace by.
func (n *Namespace) String() string {
	switch {
	case len(n.Names) > 0:
		return n.Names[0]
	case n.PID != 0:
		return "pid " + strconv.Itoa(n.PID)
	default:
		return link(n.Inode)
	}
}

// Open opens the namespace, for [Do] or diag's Config.NetNS. It fails if it has gone meanwhile, or if what
// led to it leads to another one now.
func (n *Namespace) Open() (*os.File, error) {
	f, err := n.open()
	if err != nil {
		return nil, fmt.Errorf("open network namespace %s: %w", n, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil || n.Inode != 0 && st.Ino != n.Inode {
		_ = f.Close() // it is another one
		return nil, fmt.Errorf("open network namespace %s: %w", n, unix.ESTALE)
	}
	return f, nil
}

func (n *Namespace) open() (*os.File, error) {
	if n.path == "" {
		return openID(n.id)
	}
	return os.Open(n.path)
}

// Options say how hard [List] searches.
type Options struct {
	// MaxFDs is the number of descriptors that are looked at in each process for namespaces that
	// nothing else keeps alive; 0 = 256, a negative number = all. Each costs 3 us.
	MaxFDs int
	// Proc is used instead of /proc.
	Proc string
}

// List finds the network namespaces of the host: those of all threads, those mounted in any mount
// namespace, those that processes hold a descriptor of, and from Linux 6.19 on all others. Processes
// that cannot be looked into for want of rights are passed over and counted. The list is sorted: named
// ones first, by name, then by process.
func List(o *Options) (spaces []Namespace, denied int, err error) {
	f := finder{proc: "/proc", maxFDs: 256, spaces: map[uint64]*Namespace{}, mounts: map[string]bool{}}
	if o != nil && o.Proc != "" {
		f.proc = o.Proc
	}
	if o != nil && o.MaxFDs != 0 {
		f.maxFDs = o.MaxFDs
	}
	pids, err := numbers(f.proc)
	if err == nil && len(pids) == 0 {
		err = fmt.Errorf("no process in %s: is it mounted?", f.proc) // not even this one
	}
	if err != nil {
		return nil, 0, fmt.Errorf("list processes: %w", err)
	}
	for _, pid := range pids {
		if err := f.process(pid); errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			f.denied++
		}
	}
	f.listns()
	for _, n := range f.spaces {
		slices.Sort(n.Names)
		n.Names = slices.Compact(n.Names)
		spaces = append(spaces, *n)
	}
	slices.SortFunc(spaces, order)
	return spaces, f.denied, nil
}

func order(a, b Namespace) int {
	if named := len(b.Names) - len(a.Names); named != 0 && (len(a.Names) == 0 || len(b.Names) == 0) {
		return named
	}
	if len(a.Names) > 0 {
		return strings.Compare(a.Names[0], b.Names[0])
	}
	return a.PID - b.PID
}

// A finder gathers namespaces by inode.
type finder struct {
	proc   string
	maxFDs int
	spaces map[uint64]*Namespace
	mounts map[string]bool // mount namespaces that were read
	denied int
}

// found notes a namespace that path leads to.
func (f *finder) found(inode uint64, path string) *Namespace {
	n := f.spaces[inode]
	if n == nil {
		n = &Namespace{Inode: inode, path: path}
		f.spaces[inode] = n
	}
	return n
}

// process looks at the threads, mounts and descriptors of a process. Errors of what has ended
// meanwhile are of no interest.
func (f *finder) process(pid int) error {
	dir := filepath.Join(f.proc, strconv.Itoa(pid))
	tids, err := numbers(filepath.Join(dir, "task"))
	for _, tid := range tids {
		path := filepath.Join(dir, "task", strconv.Itoa(tid), "ns/net")
		inode, linkErr := netInode(path)
		if linkErr != nil {
			err = linkErr
			continue
		}
		if n := f.found(inode, path); n.PID == 0 {
			n.PID = pid
		}
	}
	if err != nil {
		return err
	}
	if mnt, err := os.Readlink(filepath.Join(dir, "ns/mnt")); err == nil && !f.mounts[mnt] {
		f.mounts[mnt] = true
		f.mountInfo(dir)
	}
	f.descriptors(dir)
	return nil
}

// descriptors looks for open namespaces.
func (f *finder) descriptors(dir string) {
	d, err := os.Open(filepath.Join(dir, "fd"))
	if err != nil {
		return // process told of it already
	}
	defer d.Close()                             //nolint:errcheck // it was only read
	fds, _ := d.Readdirnames(max(f.maxFDs, -1)) // what could be read
	for _, fd := range fds {
		path := filepath.Join(dir, "fd", fd)
		if inode, err := netInode(path); err == nil {
			f.found(inode, path)
		}
	}
}

// netInode reads a link such as "net:[4026531840]".
func netInode(path string) (uint64, error) {
	text, err := os.Readlink(path)
	if err != nil {
		return 0, err
	}
	return parseLink(text)
}

var errNotNet = errors.New("not a network namespace")

func parseLink(text string) (uint64, error) {
	text, net := strings.CutPrefix(text, "net:[")
	text, closed := strings.CutSuffix(text, "]")
	if !net || !closed {
		return 0, errNotNet
	}
	return strconv.ParseUint(text, 10, 64)
}

func link(inode uint64) string { return "net:[" + strconv.FormatUint(inode, 10) + "]" }

// numbers returns the numeric entries of a folder, sorted.
func numbers(dir string) (n []int, err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close() //nolint:errcheck // it was only read
	names, err := d.Readdirnames(-1)
	for _, name := range names {
		if i, err := strconv.Atoi(name); err == nil {
			n = append(n, i)
		}
	}
	slices.Sort(n)
	return n, err
}
