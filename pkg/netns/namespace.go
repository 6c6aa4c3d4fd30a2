//go:build linux

package netns

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// self names the caller's own namespace.
const self = "self"

// A Namespace is one network namespace of the host. It is a plain value without open descriptors.
type Namespace struct {
	// Inode identifies it while it exists: the number in "net:[4026531840]". The kernel reuses it later.
	Inode uint64
	// Names are the mounts that lead to it: first those of `ip netns`, then others of the caller's
	// mount namespace, then foreign ones, of which only the first few are kept.
	Names []Name
	// PID is the process of the lowest number in it; if there is none, a thread in it of a process whose first
	// thread is elsewhere (/proc has threads, too); 0 if there is no thread either.
	PID int
	// Self says that it is the namespace of the thread that called List, which can be used without rights.
	Self bool

	routes  []route // ways to open it
	strayed bool    // PID is not the first thread of a process
}

// A Name is a mount of a namespace, or a link to one in the directory of `ip netns`.
type Name struct {
	// Name is NAME of /run/netns/NAME (or /var/run/netns/NAME) in the caller's mount namespace, if no
	// other namespace has it, else the same as Path. It may contain any byte but '/' and NUL.
	Name string
	// Path opens the namespace. For a foreign name it begins with /proc/PID/root.
	Path string
	// Foreign says that the mount is in another mount namespace, whose owner chose the name: it is
	// for display only and may be covered by something else.
	Foreign bool
}

// LocalName returns the first name in the caller's mount namespace, "" if there is none.
func (n *Namespace) LocalName() string {
	if len(n.Names) == 0 || n.Names[0].Foreign {
		return ""
	}
	return n.Names[0].Name
}

// LocalNames returns all names in the caller's mount namespace: its own short ones, and paths.
func (n *Namespace) LocalNames() []string {
	var names []string
	for _, name := range n.Names {
		if !name.Foreign {
			names = append(names, name.Name)
		}
	}
	return names
}

// String returns the best name of the namespace: its local name, "self", "pid 77", a foreign path, or
// "net:[4026531840]". Resolve accepts all of them.
func (n *Namespace) String() string {
	switch name := n.LocalName(); {
	case name != "":
		return name
	case n.Self:
		return self
	case n.PID != 0:
		return pidPrefix + strconv.Itoa(n.PID)
	case len(n.Names) > 0:
		return n.Names[0].Path
	default:
		return link(n.Inode)
	}
}

// OnlyOf reports whether only descriptors of one process, such as its sockets, were found to keep the
// namespace alive. Since Linux 6.19, where the kernel lists namespaces itself, sockets of other processes
// are not found.
func (n *Namespace) OnlyOf(pid int) bool {
	if n.Self || n.PID != 0 || len(n.Names) > 0 {
		return false
	}
	own := "/proc/" + strconv.Itoa(pid) + "/fd/"
	for i := range n.routes {
		r := &n.routes[i]
		switch {
		case r.kind == byID, r.kind == bySocket && r.id == uint64(pid):
		case r.kind == byLink && strings.HasPrefix(r.path, own):
		default:
			return false
		}
	}
	return true
}

const pidPrefix = "pid "

// ErrGone says that a namespace no longer exists, or that its path leads elsewhere now.
var ErrGone = errors.New("network namespace has gone")

// Open opens the namespace for [Do] or diag's Config.NetNS, and verifies that it is the one that List
// found. It does not block. Errors are ErrGone and os.ErrPermission. Opening needs no more rights than
// listing; entering needs CAP_SYS_ADMIN.
func (n *Namespace) Open() (*os.File, error) {
	o, err := newOpener()
	if err != nil {
		return nil, fmt.Errorf("open network namespace %q: %w", n, err)
	}
	err = ErrGone
	for i := range n.routes {
		fd, failed := o.open(&n.routes[i], n.Inode)
		if failed == nil {
			return os.NewFile(uintptr(fd), link(n.Inode)), nil
		}
		if !gone(failed) || errors.Is(err, ErrGone) {
			err = failed // the last reason, preferably not ErrGone
		}
	}
	if gone(err) && !errors.Is(err, ErrGone) {
		err = fmt.Errorf("%w: %w", ErrGone, err)
	}
	return nil, fmt.Errorf("open network namespace %q: %w", n, err)
}

// gone reports whether an error says that a path leads nowhere or elsewhere, and not a lack of rights or
// descriptors.
func gone(err error) bool {
	for _, e := range []error{
		ErrGone, ErrNotNetNS, errStuck, unix.ENOENT, unix.ESRCH, unix.ESTALE, unix.ENOTDIR, unix.ELOOP, unix.EXDEV,
		unix.EAGAIN, unix.EBADF, unix.ENOTSOCK, unix.ENAMETOOLONG,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// routesPerKind limits the routes to one namespace that are kept.
const routesPerKind = 3

func (n *Namespace) add(r route) {
	same := 0
	for i := range n.routes {
		if n.routes[i].kind == r.kind {
			same++
		}
	}
	if same < routesPerKind {
		n.routes = append(n.routes, r)
	}
}

// addName adds a mount once: mounts that are doubled by propagation have the same path.
func (n *Namespace) addName(name Name) {
	if !slices.Contains(n.Names, name) {
		n.Names = append(n.Names, name)
	}
}

// folders are the directories of `ip netns`: NETNS_RUN_DIR of iproute2, and its path through the usual link
// /var/run.
var folders = [...]string{"/run/netns", "/var/run/netns"}

// ipName returns NAME of /run/netns/NAME.
func ipName(point string) (string, bool) {
	dir, name := path.Split(point)
	ok := name != "" && slices.Contains(folders[:], strings.TrimSuffix(dir, "/"))
	return name, ok
}

// settle sets the names of namespaces: a short name belongs to one only, and "self" to the caller's own.
func settle(spaces []*Namespace) {
	taken := map[string]*Namespace{}
	for _, n := range spaces {
		if n.Self {
			taken[self] = n
		}
		slices.SortFunc(n.Names, orderNames)
	}
	slices.SortFunc(spaces, func(a, b *Namespace) int { // the first gets the name
		return strings.Compare(a.firstPath(), b.firstPath())
	})
	for _, n := range spaces {
		for i := range n.Names {
			short, ok := ipName(n.Names[i].Path)
			if !ok || n.Names[i].Foreign {
				continue
			}
			if by := taken[short]; by == nil || by == n {
				taken[short] = n
				n.Names[i].Name = short
			}
		}
	}
}

func (n *Namespace) firstPath() string {
	if len(n.Names) == 0 {
		return ""
	}
	return n.Names[0].Path
}

// orderNames puts names of `ip netns` first and foreign ones last.
func orderNames(a, b Name) int {
	if c := rank(a) - rank(b); c != 0 {
		return c
	}
	return strings.Compare(a.Path, b.Path)
}

func rank(n Name) int {
	if n.Foreign {
		return 2
	}
	if _, ok := ipName(n.Path); ok {
		return 0
	}
	return 1
}

// order compares namespaces: named ones first, by name, then by process, then by inode.
func order(a, b *Namespace) int {
	x, y := a.LocalName(), b.LocalName()
	switch {
	case x != "" && y != "":
		return strings.Compare(x, y)
	case x != "":
		return -1
	case y != "":
		return 1
	case a.PID != b.PID && a.PID != 0 && b.PID != 0:
		return a.PID - b.PID
	case a.PID != b.PID:
		return b.PID - a.PID // one has none, and comes last
	case a.Inode < b.Inode:
		return -1
	default:
		return 1
	}
}

func link(inode uint64) string { return "net:[" + strconv.FormatUint(inode, 10) + "]" }

// parseLink reads "net:[4026531840]" or "mnt:[4026531841]".
func parseLink(text []byte, prefix string) (inode uint64, ok bool) {
	if len(text) <= len(prefix)+1 || string(text[:len(prefix)]) != prefix || text[len(text)-1] != ']' {
		return 0, false
	}
	return parseNumber(text[len(prefix) : len(text)-1])
}

// parseNumber reads decimal digits, without an allocation.
func parseNumber(text []byte) (n uint64, ok bool) {
	if len(text) == 0 || len(text) > 19 { // longer ones may overflow
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
