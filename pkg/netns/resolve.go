//go:build linux

package netns

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Errors of Resolve, besides ErrNotNetNS.
var (
	ErrNoName    = errors.New("no network namespace given: expected a name, a process ID, a path or a container")
	ErrNotFound  = errors.New("no such network namespace")
	ErrAmbiguous = errors.New("ambiguous network namespace")
)

// A Match is a process in something with a name, such as a container.
type Match struct {
	Label string // for error messages: `container "web" (3f2a1b…)`
	PID   int
}

// A Lookup finds the processes of a named thing. Finding none is not an error. One process of each
// container is enough.
type Lookup func(ctx context.Context, text string) ([]Match, error)

// A Candidate is a possible meaning of a text.
type Candidate struct {
	Label     string // `name "/run/netns/blue"`, safe to print
	Namespace *Namespace
}

// An AmbiguousError lists the different namespaces that a text may mean. It wraps ErrAmbiguous.
type AmbiguousError struct {
	Text       string
	Candidates []Candidate
}

// Error lists the candidates, safe to print.
func (e *AmbiguousError) Error() string {
	labels := make([]string, len(e.Candidates))
	for i, c := range e.Candidates {
		labels[i] = c.Label + " is " + link(c.Namespace.Inode)
	}
	return fmt.Sprintf("%v %q: %s", ErrAmbiguous, e.Text, strings.Join(labels, ", "))
}

// Unwrap returns ErrAmbiguous.
func (e *AmbiguousError) Unwrap() error { return ErrAmbiguous }

// Resolve returns the namespace that a text stands for:
//
//   - "self": that of the caller
//   - a name of the caller's mount namespace, such as those of `ip netns`
//   - the number of a process or of a namespace's inode, "pid 77", "net:[4026531840]"
//   - a path, which contains a slash: of a mount, or a link such as /proc/77/ns/net
//   - a name of the lookups, such as a container
//
// If these disagree the error is an *AmbiguousError; paths are never ambiguous. Names of other mount
// namespaces are not resolved. Other errors are ErrNoName, ErrNotFound, ErrNotNetNS, os.ErrPermission, and
// those of lookups if nothing else matches. The namespace need not be in the list, which may be that of
// Options.Local.
func Resolve(ctx context.Context, list *Result, text string, lookups ...Lookup) (*Namespace, error) {
	if strings.TrimSpace(text) == "" {
		return nil, ErrNoName
	}
	r := resolver{list: list, text: text}
	if strings.Contains(text, "/") {
		return r.path(text)
	}
	r.self()
	r.names()
	r.inode()
	r.pid()
	if !strings.HasPrefix(text, "net:[") && text != self {
		r.lookups(ctx, lookups)
	}
	return r.decide()
}

type resolver struct {
	list  *Result
	text  string
	found []Candidate
	err   error // the first, returned if nothing was found
}

func (r *resolver) add(label string, n *Namespace) {
	for _, c := range r.found {
		if c.Namespace.Inode == n.Inode && c.Label == label {
			return
		}
	}
	r.found = append(r.found, Candidate{label, n})
}

func (r *resolver) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *resolver) decide() (*Namespace, error) {
	if len(r.found) == 0 {
		if r.err != nil {
			return nil, fmt.Errorf("network namespace %q: %w", r.text, r.err)
		}
		return nil, fmt.Errorf("%w: %q", ErrNotFound, r.text)
	}
	for _, c := range r.found[1:] {
		if c.Namespace.Inode != r.found[0].Namespace.Inode {
			return nil, &AmbiguousError{r.text, r.found}
		}
	}
	return r.found[0].Namespace, nil
}

func (r *resolver) self() {
	if r.text != self {
		return
	}
	if own := r.list.Self(); own != nil {
		r.add("the caller's own", own)
		return
	}
	n, err := r.open(ownNet)
	if err != nil {
		r.fail(err)
		return
	}
	r.add("the caller's own", n)
}

// names compares with all local mounts, also those whose short name another namespace has.
func (r *resolver) names() {
	for i := range r.list.Namespaces {
		n := &r.list.Namespaces[i]
		for _, name := range n.Names {
			if short, ok := ipName(name.Path); !name.Foreign && ok && short == r.text {
				r.add(fmt.Sprintf("name %q", name.Path), n)
			}
		}
	}
}

func (r *resolver) inode() {
	inode, ok := parseLink([]byte(r.text), "net:[")
	if !ok {
		inode, ok = parseNumber([]byte(r.text))
	}
	for i := range r.list.Namespaces {
		if n := &r.list.Namespaces[i]; ok && n.Inode == inode {
			r.add("inode "+strconv.FormatUint(inode, 10), n)
		}
	}
}

func (r *resolver) pid() {
	pid, ok := parseNumber([]byte(strings.TrimPrefix(r.text, pidPrefix)))
	if !ok || pid == 0 || pid > 1<<31-1 {
		return
	}
	number := strconv.FormatUint(pid, 10)
	n, err := r.process(int(pid))
	switch {
	case err == nil:
		r.add("process "+number, n)
	case errors.Is(err, os.ErrPermission) && r.ofList(int(pid)) != nil:
		r.add("process "+number, r.ofList(int(pid)))
	case errors.Is(err, os.ErrNotExist), errors.Is(err, unix.ESRCH):
		r.fail(fmt.Errorf("%w: no process %s", ErrNotFound, number))
	default:
		r.fail(err)
	}
}

// process returns the namespace of a process's first thread.
func (r *resolver) process(pid int) (*Namespace, error) {
	n, err := r.open("/proc/" + strconv.Itoa(pid) + "/ns/net")
	if err == nil && n.PID == 0 {
		n.PID = pid
	}
	return n, err
}

// ofList returns the listed namespace of a process.
func (r *resolver) ofList(pid int) *Namespace {
	for i := range r.list.Namespaces {
		if n := &r.list.Namespaces[i]; n.PID == pid {
			return n
		}
	}
	return nil
}

func (r *resolver) lookups(ctx context.Context, lookups []Lookup) {
	for _, lookup := range lookups {
		matches, err := lookup(ctx, r.text)
		if err != nil {
			r.fail(err)
		}
		for _, m := range matches {
			n, err := r.process(m.PID)
			if err != nil {
				r.fail(err)
				continue
			}
			r.add(printable(m.Label), n)
		}
	}
}

// printable quotes control characters.
func printable(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

func (r *resolver) path(path string) (*Namespace, error) {
	path, err := filepath.Abs(path) // the working directory may change
	if err != nil {
		return nil, fmt.Errorf("network namespace %q: %w", path, err)
	}
	n, err := r.open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %q: %w", ErrNotFound, path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("network namespace %q: %w", path, err)
	}
	return n, nil
}

// open returns the namespace that a path leads to, with its data in the list. Only a namespace is opened,
// and the path becomes its first route: that of the list may be a thread that has ended meanwhile.
func (r *resolver) open(path string) (*Namespace, error) {
	o, err := newOpener()
	if err != nil {
		return nil, err
	}
	way := route{kind: byPath, path: path}
	fd, err := o.open(&way, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd) //nolint:errcheck // read-only
	inode, err := inodeOf(fd)
	if err != nil {
		return nil, err
	}
	for i := range r.list.Namespaces {
		if n := r.list.Namespaces[i]; n.Inode == inode {
			n.routes = append([]route{way}, n.routes...)
			return &n, nil
		}
	}
	own, err := ownInode()
	return &Namespace{Inode: inode, Self: err == nil && own == inode, routes: []route{way}}, nil
}
