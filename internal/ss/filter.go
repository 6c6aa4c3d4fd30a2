package ss

import (
	"context"
	"errors"
	"io"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/filter"
)

// filterState is the filter and its source.
type filterState struct {
	stdin io.Reader
	file  io.ReadCloser // of -F
	f     *filter.Filter
}

// match reports whether a socket is to be shown.
func (s *filterState) match(sock *diag.Socket) bool { return s.f == nil || s.f.Match(sock) }

// openFilter opens the file of -F, or takes standard input for a name that begins with a dash.
func (p *program) openFilter(name string) error {
	if p.filter.file != nil {
		return fail(exitUsage, "More than one filter file\n")
	}
	if strings.HasPrefix(name, "-") {
		p.filter.file = io.NopCloser(p.filter.stdin)
		return nil
	}
	f, err := rights.Open(name)
	if err != nil {
		return fail(exitUsage, "fopen filter file: "+errorText(err)+"\n")
	}
	p.filter.file = f
	return nil
}

// compileFilter parses the filter of the remaining words and the file. If its last value named a family,
// only that family is listed.
func (p *program) compileFilter(ctx context.Context, words []string) error {
	o := filter.Options{
		Family: p.sel.preferred,
		Loose:  true,
		TCP:    p.sel.tables.has(tableTCP),
		UDP:    p.sel.tables.has(tableUDP),
		Names:  &filterNames{ctx: ctx, names: p.ports.names, netlink: &p.netlinkNames, complain: p.complain},
	}
	if p.filter.file != nil {
		o.File = p.filter.file
		defer func() { _ = p.filter.file.Close() }() // it was only read
	}
	low, high := readPortRange(p.ports.rangeOf)
	o.Ephemeral = [2]uint16{uint16(low), uint16(high)}
	f, err := filter.Parse(words, &o)
	if err != nil {
		return filterError(err, p.filter.file != nil && rights.Limited())
	}
	p.filter.f = f
	if f.Family != 0 {
		p.sel.families, p.sel.preferred = families(f.Family), f.Family
	}
	return nil
}

// planner lets the kernel evaluate what it can. Sockets must pass in the kernel and here, as in ss.
var planner = filter.Planner{Both: true}

// plan adds to a query the part of the filter that the kernel evaluates. It returns false if no socket can
// pass.
func (p *program) plan(q *diag.Query) bool {
	if p.filter.f == nil {
		return true
	}
	plan := planner.Plan(p.filter.f.Expr, q)
	*q = plan.Query
	return !plan.Empty
}

// filterError is the message of ss for an invalid filter. hide omits its words: those of a file, if the
// process has more rights than its caller.
func filterError(err error, hide bool) error {
	if errors.Is(err, filter.ErrLongLine) {
		return fail(exitUsage, "Too long line in filter\n")
	}
	v, ok := errors.AsType[*filter.ValueError](err)
	if !ok {
		return usageError("ss: bison bellows (while parsing filter): \"syntax error!\" Sorry.\n")
	}
	if hide {
		v = &filter.ValueError{Kind: v.Kind, Word: hidden, Part: hidden, Err: v.Err}
	}
	switch v.Kind {
	case filter.KindDevice:
		return fail(exitValue, "Cannot parse device.\n")
	case filter.KindMark:
		return fail(exitValue, "Cannot parse mark "+v.Word+".\n")
	case filter.KindCgroup:
		return fail(exitValue, "Cannot parse cgroup "+v.Word+".\n")
	case filter.KindHost, filter.KindPort:
	}
	return fail(exitValue, addressError(v)+"Cannot parse dst/src address.\n")
}

// hidden replaces a word of a file.
const hidden = "(not shown)"

// addressError is the line about an invalid host or port, if there is one.
func addressError(v *filter.ValueError) string {
	switch {
	case errors.Is(v.Err, filter.ErrNotAddress):
		return "Error: an inet prefix is expected rather than \"" + v.Part + "\".\n"
	case errors.Is(v.Err, filter.ErrNotPort):
		return "Error: \"" + v.Part + "\" does not look like a port.\n"
	}
	return ""
}

// cgroupID returns the id of a control group by its path: any path whose file handle has the size of an
// id, else one below the mount point of the hierarchy.
func cgroupID(path string) (uint64, string) {
	if id, err := callersHandle(unix.AT_FDCWD, path); err == nil {
		return id, ""
	}
	path = strings.TrimLeft(path, "/")
	if path == "" {
		return 0, "Invalid cgroup2 path\n"
	}
	mount := cgroupMount()
	if mount == "" {
		return 0, noCgroupMount
	}
	dir, err := unix.Open(mount, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, "Failed to open cgroup2 mount\n"
	}
	defer func() { _ = unix.Close(dir) }() // read-only
	id, err := callersHandle(dir, path)
	if err != nil {
		return 0, "Failed to get cgroup2 ID: " + errorText(err) + "\n"
	}
	return id, ""
}
