package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/nlstat/nlstat/internal/rights"
	"github.com/nlstat/nlstat/internal/term"
	"github.com/nlstat/nlstat/internal/view"
	"github.com/nlstat/nlstat/pkg/diag"
	"github.com/nlstat/nlstat/pkg/inspect"
)

// tell reports what a listing could not determine. If rows, groups or order depend on it, the result itself
// may be wrong and the exit code is 3.
func (l *lister) tell() {
	rep := l.session.Report()
	l.tellNamespaces(&rep)
	for i := range rep.Absent {
		l.tellAbsent(&rep.Absent[i])
	}
	l.tellRecorded(&rep)
	if rep.NAT != nil {
		l.notice("could not read connection tracking for real peers: needs CAP_NET_ADMIN")
		l.rights = l.rights || (l.decides|l.filter.Needs)&inspect.NeedNAT != 0
	}
	if rep.NoEnds {
		l.notice("connections shorter than the interval are not shown: needs CAP_NET_ADMIN")
	}
	if rep.NoOwners {
		l.notice("the recording holds no processes")
	}
	if rep.NoRates {
		l.notice("no rates: they need two samples, and a recording holds one")
	}
	if l.ctx.Err() != nil {
		return // interrupted: the rest is missing for that reason
	}
	if why := l.unknown(); why != "" && l.undecided.Rows > 0 {
		l.notice("could not determine whether %s: %s",
			counted(l.undecided.Rows, "socket matches", "sockets match"), why)
		l.rights = true
		return
	}
	if rep.Owners.Missing && !rep.Owners.Complete() {
		l.notice("%s", missingOwners(&rep.Owners))
		l.rights = l.rights || l.decides&(inspect.NeedOwner|inspect.NeedPeer) != 0
	}
}

// tellUntold reports that the kernel does not return the values of a requested column to this caller. If
// groups or the order depend on it, the exit code is 3.
func (l *lister) tellUntold(o *output, r *arrange) {
	if l.session.replaying() || (&inspect.Place{}).NetAdmin() {
		return
	}
	untold := func(spec string) bool {
		return slices.ContainsFunc(sortFields(&l.table, spec), func(key string) bool {
			return slices.ContainsFunc(l.table.Fields, func(f view.Field[view.Socket]) bool {
				return f.Name == key && f.Right == view.NetAdmin
			})
		})
	}
	decides := untold(r.sort) || untold(r.group)
	if decides || untold(strings.TrimPrefix(o.columns, "+")) {
		l.notice("could not read marks: needs %s", view.NetAdmin)
		l.rights = l.rights || decides
	}
}

// leastPort is the lowest number that -n 22 may mean as a port; lower numbers are limits.
const leastPort = 22

// tellTopN explains on a terminal that -n 443 was a limit, if it left out rows.
func (a *app) tellTopN(rows, limit int) {
	if n := a.habits.topN; n >= leastPort && n == limit && rows > n && term.Of(a.Stdout).Is {
		a.notice("first %d of %d rows; for port %[1]d write :%[1]d", n, rows)
	}
}

// unknown names the incomplete data that the filter depends on, "" if there is none.
func (l *lister) unknown() string {
	rep := l.session.Report()
	const owned = inspect.NeedOwner | inspect.NeedPeer
	switch {
	case (l.filter.Needs|l.undecided.Needs)&owned != 0 && !rep.Owners.Complete():
		return missingOwners(&rep.Owners)
	case l.undecided.Needs&inspect.NeedCgroup != 0:
		return "not all control groups are visible here"
	case l.undecided.Rights:
		return "needs " + strings.Join(l.filter.Rights, ", ")
	default:
		return ""
	}
}

// missingOwners explains why owners may be unknown and the remedy.
func missingOwners(o *inspect.OwnerReport) string {
	why := o.Why
	switch {
	case o.Err != nil:
		return fmt.Sprintf("could not find owners of sockets: %v", o.Err)
	case strings.HasPrefix(why, "could not inspect"), strings.Contains(why, "hidepid"):
		why += "; " + remedy()
	}
	return why
}

// remedy returns the remedy for processes that could not be inspected.
func remedy() string {
	if rights.Inspects() {
		return "a user namespace or a security module denies it despite CAP_SYS_PTRACE"
	}
	if os.Geteuid() == 0 {
		return "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
	}
	return "run as root, or give CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
}

// tellNamespaces reports the namespaces that were skipped.
func (a *app) tellNamespaces(rep *inspect.Report) {
	if rep.Unsearched > 0 {
		a.notice("could not search %s for network namespaces: %s",
			counted(rep.Unsearched, "process", "processes"), remedy())
		a.rights = true
	}
	if rep.Hidden > 0 {
		a.notice("could not open %s that only sockets or descriptors keep",
			counted(rep.Hidden, "network namespace", "network namespaces"))
		a.rights = true
	}
	if rep.Truncated > 0 {
		a.notice("could not search all descriptors of %s for network namespaces",
			counted(rep.Truncated, "process", "processes"))
		a.rights = true
	}
	if rep.SocketsUnsearched {
		a.notice("did not search for network namespaces that only sockets keep: needs CAP_BPF and CAP_PERFMON")
	}
	if rep.Closed > 0 {
		a.notice("could not enter %d of %d network namespaces: needs CAP_SYS_ADMIN", rep.Closed, rep.Namespaces)
		a.rights = true
	}
}

// tellAbsent reports a kind of socket that the kernel lacks, if the command line names it.
func (l *lister) tellAbsent(q *diag.Query) {
	kinds := l.selection.kinds
	if k, ok := q.Kind(); ok && slices.Contains(kinds, k.Table) && !l.session.replaying() {
		l.notice("this kernel has no %s sockets, or no diag module for them", k.Table)
	}
}

// explainNamespace adds suggestions to an error about a namespace.
func explainNamespace(err error) error {
	e, ok := errors.AsType[*inspect.NamespaceError](err)
	if !ok {
		return err
	}
	hint := "nlstat -A -g netns lists them"
	if len(e.Known) > 0 {
		hint = "known: " + enumerate(slices.Compact(slices.Sorted(slices.Values(e.Known)))) + "; " + hint
	}
	if e.Unsearched > 0 {
		hint += "; could not search " + counted(e.Unsearched, "process", "processes") + ": " + remedy()
	}
	return fmt.Errorf("no network namespace is called %q%s (%s)", e.Name, didYouMean(e.Name, e.Known), hint)
}

// tellRecorded reports that a recording does not include all requested sockets, and its selection. For a kind
// of socket that is requested by name the exit code is 3.
func (l *lister) tellRecorded(rep *inspect.Report) {
	if l.made == nil || l.made.plan == nil {
		return
	}
	filter := l.made.texts["filter"]
	less := len(rep.Partial) > 0 && (filter == "" || filter != l.text)
	tables, named := l.made.plan.Tables(), l.selection.choice().Kinds
	for i := range rep.Absent {
		if k, ok := rep.Absent[i].Kind(); ok && !slices.Contains(tables, k.Table) {
			less = true
			l.rights = l.rights || slices.Contains(named, k.Table)
		}
	}
	if text := l.made.String(); less && text != "" {
		l.notice("the recording does not include all of this; it has %s", text)
	}
}
